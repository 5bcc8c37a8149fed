//! stub
use super::X509Error;
use super::dn::Dn;
use super::general_name::GeneralName;
#[derive(Clone, Debug)]
pub struct NameConstraints;
impl NameConstraints {
    pub fn parse(_: &[u8]) -> Option<Self> {
        Some(Self)
    }
    pub fn check(
        &self,
        _: &mut usize,
        _: &Dn,
        _: &[GeneralName<'_>],
        _: bool,
    ) -> Result<(), X509Error> {
        Ok(())
    }
}
