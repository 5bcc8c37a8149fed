//! What may vouch for a certificate: what stands in `ssl_ca` is no CA by standing there.

mod support;

use support::{Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Role};

/// The client's verdict on `leaf` with `ca` as ssl_ca, under VERIFY_IDENTITY of localhost.
fn verdict(ca: &str, leaf: &str, clock: u64) -> Option<Code> {
    let file = |name: &str| std::fs::read(pki::kept(&format!("anchors/{name}.pem"))).unwrap();
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl-mode", "VERIFY_IDENTITY").unwrap();
    builder.add_ca(&file(ca)).unwrap();
    builder.set_clock(clock);
    let client = Context::new(&builder).unwrap();
    let mut builder = Builder::new(Role::Server);
    builder.set_identity(&file(leaf), &file(&format!("{leaf}-key"))).unwrap();
    let server = Context::new(&builder).unwrap();
    let (mut client, mut server) = link(&client, &server, Schedule::Whole);
    run(&mut client, &mut server);
    client.error.as_ref().map(|error| error.code)
}

/// January 2027; the certificates are valid from November 2026 for a hundred years.
const NOW: u64 = 1_799_000_000;
const AFTER: u64 = 5_000_000_000;
const BEFORE: u64 = 1_000_000_000;

#[test]
fn a_self_signed_ca_vouches_for_what_it_signed() {
    assert_eq!(verdict("ca", "below-ca", NOW), None);
}

#[test]
fn a_certificate_that_is_no_ca_vouches_for_itself_only() {
    // T70
    assert_eq!(verdict("not-ca", "not-ca", NOW), None);
    assert_eq!(verdict("not-ca", "below-not-ca", NOW), Some(Code::CertCa));
}

#[test]
fn a_ca_that_may_not_sign_certificates_vouches_for_none() {
    assert_eq!(verdict("no-sign", "below-no-sign", NOW), Some(Code::CertCa));
}

#[test]
fn an_intermediate_alone_is_no_anchor_but_completes_a_chain() {
    // T71
    assert_eq!(verdict("inter", "below-inter", NOW), Some(Code::CertUnknownCa));
    assert_eq!(verdict("ca-and-inter", "below-inter", NOW), None);
    assert_eq!(verdict("ca", "below-inter", NOW), Some(Code::CertUnknownCa));
}

#[test]
fn a_ca_out_of_its_dates_vouches_for_none() {
    assert_eq!(verdict("ca", "below-ca", AFTER), Some(Code::CertExpired));
    assert_eq!(verdict("ca", "below-ca", BEFORE), Some(Code::CertNotYet));
}
