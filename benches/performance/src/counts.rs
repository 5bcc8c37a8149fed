//! The counters of `c/count.c`, in a process that has it preloaded.

/// `struct counts`.
#[repr(C)]
pub struct Counts {
    pub allocations: u64,
    pub live: i64,
    pub peak: i64,
}

/// Returns the counters; `None` where they are not preloaded.
pub fn counts() -> Option<&'static mut Counts> {
    // SAFETY: the name ends in a NUL.
    let entry = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"bench_counts".as_ptr()) };
    if entry.is_null() {
        return None;
    }
    // SAFETY: only c/count.c has this name, and there it has this type.
    let entry: extern "C" fn() -> *mut Counts = unsafe { std::mem::transmute(entry) };
    // SAFETY: it returns a variable of the object; the process has one thread, and what changes it in
    // between is an allocation, across which the harness holds no value of it.
    Some(unsafe { &mut *entry() })
}
