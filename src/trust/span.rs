//! The place of a part inside a longer DER encoding.

/// Start and length of a part; smaller than a slice, and free of its lifetime.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// Returns the place of `part` in `whole`; `None` if it is not a part of it, and beyond 4 GiB.
    pub fn of(whole: &[u8], part: &[u8]) -> Option<Self> {
        let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        whole.get(start..start.checked_add(part.len())?)?;
        Some(Self { start: u32::try_from(start).ok()?, len: u32::try_from(part.len()).ok()? })
    }

    /// Returns the part; `whole` is the one that `of` was called with.
    pub fn within(self, whole: &[u8]) -> &[u8] {
        let [start, len] = [self.start, self.len].map(|n| usize::try_from(n).unwrap_or_default());
        // invariant: `of` saw that it is inside.
        whole.get(start..start.saturating_add(len)).unwrap_or_default()
    }
}
