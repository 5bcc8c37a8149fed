//! One call at a time, and no panic across the boundary.

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::{Code, Error};

/// What an opaque pointer points to.
#[derive(Debug)]
pub struct Handle<T> {
    state: AtomicU8,
    value: UnsafeCell<T>,
}

const FREE: u8 = 0;
const BUSY: u8 = 1;
const POISONED: u8 = 2;

impl<T> Handle<T> {
    pub fn new(value: T) -> Self {
        Self { state: AtomicU8::new(FREE), value: UnsafeCell::new(value) }
    }

    /// Runs `work` alone on the value.
    ///
    /// # Errors
    /// `Null`, `Busy` if another call is running, `Panic` now and ever after a caught defect, and
    /// what `work` returns.
    pub fn call<R>(
        this: *const Self,
        work: impl FnOnce(&mut T) -> Result<R, Error>,
    ) -> Result<R, Error> {
        // SAFETY: the header says that a handle is NULL or came from the library and was not freed.
        let this = unsafe { this.as_ref() }.ok_or(Code::Null)?;
        let entered = this.state.compare_exchange(FREE, BUSY, Ordering::Acquire, Ordering::Relaxed);
        match entered {
            Ok(_) => {}
            Err(POISONED) => return Err(Code::Panic.into()),
            Err(_) => return Err(Code::Busy.into()),
        }
        // SAFETY: BUSY was set by us alone, so no other reference to the value exists.
        let value = unsafe { &mut *this.value.get() };
        match catch_unwind(AssertUnwindSafe(|| work(value))) {
            Ok(result) => {
                this.state.store(FREE, Ordering::Release);
                result
            }
            Err(_) => {
                this.state.store(POISONED, Ordering::Release);
                Err(Code::Panic.into())
            }
        }
    }
}

/// Runs `work` where there is no object to poison.
///
/// # Errors
/// `Panic` after a caught defect, and what `work` returns.
pub fn guard<R>(work: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Code::Panic.into()))
}

/// Gives an object to C.
pub fn give<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Takes an object back from C and drops it; NULL is fine.
pub fn free<T>(object: *mut T) {
    if !object.is_null() {
        // SAFETY: the header says that it came from the library, is freed once and used no more.
        let object = unsafe { Box::from_raw(object) };
        let _ = catch_unwind(AssertUnwindSafe(|| drop(object)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caught_defect_poisons_and_a_second_call_is_busy() {
        let handle = Handle::new(1);
        let busy = Handle::call(&handle, |_| Handle::call(&handle, |_| Ok(())));
        assert_eq!(busy.unwrap_err().code, Code::Busy);
        let caught = Handle::call(&handle, |_| -> Result<(), Error> { panic!("on purpose") });
        assert_eq!(caught.unwrap_err().code, Code::Panic);
        assert_eq!(Handle::call(&handle, |value| Ok(*value)).unwrap_err().code, Code::Panic);
        let null: *const Handle<i32> = std::ptr::null();
        assert_eq!(Handle::call(null, |value| Ok(*value)).unwrap_err().code, Code::Null);
    }
}
