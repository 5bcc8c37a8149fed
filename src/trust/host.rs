//! stub
use super::dn::Dn;
use super::general_name::GeneralName;
use super::{Name, NameRule};
pub fn matches(_: NameRule, _: &Name, _: &Dn, _: Option<&[GeneralName<'_>]>) -> bool {
    false
}
pub fn presented_names(_: &Dn, _: Option<&[GeneralName<'_>]>) -> Vec<String> {
    Vec::new()
}
