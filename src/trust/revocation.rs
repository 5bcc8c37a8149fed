//! stub
use super::work::Work;
use super::{Certificate, Store, X509Error};
pub fn check(
    _: &Store,
    _: &[&Certificate],
    _: i64,
    _: &mut Work,
) -> Result<(), (X509Error, usize)> {
    Ok(())
}
