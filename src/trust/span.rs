//! The place of a part inside a longer DER encoding.

/// Start and length of a part; smaller than a slice, and free of its lifetime.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: usize,
    len: usize,
}

impl Span {
    /// Returns the place of `part` in `whole`; `None` if it is not a part of it.
    pub fn of(whole: &[u8], part: &[u8]) -> Option<Self> {
        let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        let len = part.len();
        whole.get(start..start.checked_add(len)?).map(|_| Self { start, len })
    }

    /// Returns the part; `whole` is the one that `of` was called with.
    pub fn within(self, whole: &[u8]) -> &[u8] {
        let end = self.start.saturating_add(self.len);
        // invariant: `of` saw that it is inside.
        whole.get(self.start..end).unwrap_or_default()
    }
}
