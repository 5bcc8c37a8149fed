//! One certificate: what is read of it, and that it does not depend on how it is asked.

use std::net::Ipv4Addr;

use tlsql::trust::{
    Certificate, Dn, GeneralName, Name, NameRule, OnelineForm, matches, presented_names,
};

use super::x509_reference;

/// The input is the certificate.
pub fn run(data: &[u8]) {
    let Ok(certificate) = Certificate::parse(data) else { return };
    agrees_with_x509_parser(&certificate);
    assert_eq!(certificate.der(), data);
    let again = Certificate::parse(certificate.der()).unwrap();
    assert!(again == certificate && facts(&again) == facts(&certificate));
    for len in 0..data.len() {
        assert!(Certificate::parse(&data[..len]).is_err(), "cut to {len} octets");
    }
    assert!(Certificate::parse(&[data, &[0]].concat()).is_err(), "with one more octet");

    for name in [certificate.subject(), certificate.issuer()] {
        check_name(name);
    }
    let (subject, issuer) = (certificate.subject(), certificate.issuer());
    assert_eq!(subject == issuer, subject.canonical() == issuer.canonical());
    assert_eq!(subject == issuer, certificate.is_self_issued());
    assert!(certificate.is_self_issued() || !certificate.is_self_signed());
    check_hosts(&certificate);
    check_constraints(&certificate);
}

/// Returns everything that a certificate can be asked, as text.
fn facts(of: &Certificate) -> String {
    let usage = (of.is_ca(), of.key_usage(), of.is_inconsistent(), of.is_self_signed());
    let ids = (of.serial(), of.subject_key_id(), of.crl_distribution_points());
    let times = (of.not_before(), of.not_after());
    let names = (of.subject(), of.issuer(), of.alt_names(), of.name_constraints());
    format!("{usage:?} {ids:?} {times:?} {names:?} {:?}", of.spki())
}

fn agrees_with_x509_parser(certificate: &Certificate) {
    let Some(parsed) = x509_reference::parse(certificate.der()) else { return };
    assert_eq!(certificate.serial(), parsed.raw_serial());
    assert_eq!(certificate.subject().raw(), parsed.subject().as_raw());
    assert_eq!(certificate.issuer().raw(), parsed.issuer().as_raw());
    assert_eq!(certificate.spki(), parsed.public_key().raw);
    let validity = parsed.validity();
    for (own, other) in [
        (certificate.not_before(), validity.not_before),
        (certificate.not_after(), validity.not_after),
    ] {
        // It takes forms that OpenSSL does not, but where both read one they read the same.
        assert!(own.is_none_or(|own| own == other.timestamp()), "{own:?} is not {other}");
    }
}

fn check_name(name: &Dn) {
    let again = Dn::parse(name.raw()).unwrap();
    assert!(again == *name && again.hash() == name.hash());
    assert_eq!(name.is_empty(), name.raw() == [0x30, 0]);
    assert_eq!(name.is_empty(), name.canonical().is_empty());
    let count = name.attributes().count();
    assert_eq!(count, name.entry_count());
    assert!(name.common_names().count() + name.emails().count() <= count);
    // What is canonical is its own canonical form.
    let canonical = super::asn1::sequence(&[name.canonical()]);
    if let Some(fixed) = Dn::parse(&canonical) {
        assert_eq!(fixed.canonical(), name.canonical());
        assert!(fixed == *name && fixed.hash() == name.hash());
    }
    let [new, old] =
        [OnelineForm::OpenSsl3, OnelineForm::OpenSsl111].map(|form| name.oneline(form));
    for line in [&new, &old] {
        assert!(line.iter().all(|octet| (b' '..=b'~').contains(octet)));
        assert_eq!(line.is_empty(), name.is_empty());
    }
    let unescaped =
        |line: &[u8]| !line.contains(&b'+') && !line.windows(2).any(|two| two == b"\\/");
    if unescaped(&new) {
        assert_eq!(new, old, "the forms differ in what is escaped only");
    }
}

fn check_hosts(certificate: &Certificate) {
    let alt_names = certificate.alt_names();
    let names = alt_names.as_deref();
    let subject = certificate.subject();
    let presented = presented_names(subject, names);
    assert!(presented.len() <= 8 && presented.iter().all(|name| name.shown(300).len() < 2000));

    let is_for = |name: &str| {
        let name = Name::parse(name).unwrap();
        [NameRule::Mysql57, NameRule::Mysql84].map(|rule| matches(rule, &name, subject, names))
    };
    for host in ["db1.example.com", "DB.example.test", "localhost", "a", "xn--a.example.com"] {
        assert_eq!(is_for(host), is_for(&host.to_uppercase()), "{host}");
        let [old, new] = is_for(host);
        assert_eq!(old, new, "the rules differ in addresses only");
    }
    for address in ["127.0.0.1", "10.0.0.1", "::1", "2001:db8::5"] {
        let [old, new] = is_for(address);
        assert!(old || !new, "{address} by the stricter rule alone");
    }
    for name in names.unwrap_or_default() {
        match name {
            GeneralName::Dns(octets) if is_plain(octets) => {
                let host = std::str::from_utf8(octets).unwrap();
                assert!(is_for(host)[0], "{host}");
            }
            GeneralName::Ip(octets) => {
                if let Ok(octets) = <[u8; 4]>::try_from(*octets) {
                    assert_eq!(is_for(&Ipv4Addr::from(octets).to_string()), [true; 2]);
                }
            }
            _ => {}
        }
    }
}

/// Returns whether a name is an ordinary host name, so that the certificate is for it.
fn is_plain(name: &[u8]) -> bool {
    let ordinary = |octet: &u8| octet.is_ascii_alphabetic() || *octet == b'.';
    !name.is_empty() && !name.starts_with(b".") && name.iter().all(ordinary)
}

/// Checks that a budget only goes down, and that more of it changes only whether it suffices.
fn check_constraints(certificate: &Certificate) {
    let Some(constraints) = certificate.name_constraints() else { return };
    let alt_names = certificate.alt_names().unwrap_or_default();
    for by_common_name in [false, true] {
        let check = |budget: usize| {
            let mut left = budget;
            let verdict =
                constraints.check(&mut left, certificate.subject(), &alt_names, by_common_name);
            assert!(left <= budget, "{left} left of {budget}");
            (verdict, budget - left)
        };
        let (verdict, spent) = check(usize::MAX);
        for budget in [0, 1, 2, 7, spent.saturating_sub(1), spent] {
            let (small, small_spent) = check(budget);
            assert!(small_spent <= spent);
            if small.is_ok() || budget >= spent {
                assert_eq!((small, small_spent), (verdict, spent));
            }
        }
    }
}
