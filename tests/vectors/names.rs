//! Names: host name matching, one-line form, hash, and short names of attribute types.

use crate::base64;
use crate::report::Report;
use serde_json::Value;
use tlsql::trust::{Certificate, Dn, Name, NameRule, OnelineForm, matches};

/// Host names (T61–T68, D2).
pub fn hosts(file: &Value, report: &mut Report<'_>) {
    for vector in vectors(file) {
        let certificate = Certificate::parse(&der(&vector["cert_der"])).expect("a certificate");
        let host = text(&vector["host"]);
        for (rule, column) in
            [(NameRule::Mysql57, "mysql_5_7_23"), (NameRule::Mysql84, "mysql_8_4")]
        {
            let names = certificate.alt_names();
            let subject = certificate.subject();
            let ours =
                Name::parse(host).map(|name| matches(rule, &name, subject, names.as_deref()));
            // A host that begins with a dot is already refused as a setting.
            let refused = host.is_empty() || host.starts_with('.');
            let theirs = vector[column].as_bool().filter(|_| !refused);
            let id = format!("{}/{column}", vector["id"]);
            report.results(&id, format!("{theirs:?}"), format!("{ours:?}"));
        }
    }
}

/// Both one-line forms (D6).
pub fn one_lines(file: &Value, report: &mut Report<'_>) {
    for vector in vectors(file) {
        let name = Dn::parse(&der(&vector["name_der"]));
        for (form, column) in
            [(OnelineForm::OpenSsl3, "openssl_3"), (OnelineForm::OpenSsl111, "openssl_1_1_1")]
        {
            let line = name.as_ref().map(|name| name.oneline(form));
            let ours = line.map(|line| String::from_utf8(line).expect("ASCII"));
            let id = format!("{}/{column}", vector["id"]);
            report.results(&id, format!("{:?}", vector[column].as_str()), format!("{ours:?}"));
        }
    }
}

pub fn hashes(file: &Value, report: &mut Report<'_>) {
    for vector in vectors(file) {
        let name = Dn::parse(&der(&vector["name_der"])).expect("a name");
        let id = text(&vector["description"]);
        report.results(
            &format!("{id}/hash"),
            text(&vector["hash"]),
            format!("{:08x}", name.hash()),
        );
        let theirs = der(&vector["canonical_der"]);
        let canonical = format!("{id}/canonical");
        report.results(&canonical, format!("{theirs:02x?}"), format!("{:02x?}", name.canonical()));
    }
}

/// Compares the short name of each object identifier, through the one-line form.
pub fn short_names(file: &Value, report: &mut Report<'_>) {
    for (dotted, short) in file["openssl_3_0_19"].as_object().expect("short names") {
        let attribute = [oid(dotted).as_slice(), &[0x0c, 1, b'x']].concat();
        let name = value(0x30, &value(0x31, &value(0x30, &attribute)));
        let line = Dn::parse(&name).map(|name| name.oneline(OnelineForm::OpenSsl3));
        let ours = line.map_or("none".to_owned(), |line| String::from_utf8_lossy(&line).into());
        report.results(dotted, format!("/{}=x", text(short)), ours);
    }
}

fn oid(dotted: &str) -> Vec<u8> {
    let arcs = dotted.split('.').map(|arc| arc.parse().expect("an arc")).collect::<Vec<u64>>();
    let mut body = Vec::new();
    // OpenSSL has names for some OIDs of one arc.
    let first = arcs[0] * 40 + arcs.get(1).unwrap_or(&0);
    for arc in std::iter::once(&first).chain(arcs.iter().skip(2)) {
        let more = (1..10).rev().map(|i| arc >> (7 * i)).skip_while(|high| *high == 0);
        body.extend(more.map(|high| high as u8 & 0x7f | 0x80));
        body.push(*arc as u8 & 0x7f);
    }
    value(6, &body)
}

/// Returns a DER value shorter than 128 bytes.
fn value(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag, body.len() as u8], body].concat()
}

fn vectors(file: &Value) -> &[Value] {
    file["vectors"].as_array().expect("vectors")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn der(value: &Value) -> Vec<u8> {
    base64::decode(text(value)).expect("base64")
}
