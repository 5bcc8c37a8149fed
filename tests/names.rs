//! Names of certificates against what OpenSSL 3.0.19 and 1.1.1w made of them.

use std::fmt::Debug;
use std::path::Path;

use serde_json::Value;
use tlsql::der::{Reader, Value as Der, tag};
use tlsql::trust::{Dn, GeneralName, Name, NameRule, OnelineForm, matches};

#[test]
fn host_names() {
    let mut count = Count::new("host names");
    for vector in vectors("hostname_vectors") {
        let der = base64(text(&vector["cert_der"]));
        let certificate = Names::of(&der);
        let subject = Dn::parse(certificate.subject).expect("a subject");
        let alt_names = certificate.alt_names.and_then(GeneralName::parse);
        let host = text(&vector["host"]);
        for (rule, column) in
            [(NameRule::Mysql57, "mysql_5_7_23"), (NameRule::Mysql84, "mysql_8_4")]
        {
            // Refused when it is set, so that no certificate is ever for it.
            let is_refused = host.is_empty() || host.starts_with('.');
            let expected = if is_refused { None } else { vector[column].as_bool() };
            let name = Name::parse(host);
            let found = name.map(|name| matches(rule, &name, &subject, alt_names.as_deref()));
            count.add(&format!("{} {column}", vector["id"]), &found, &expected);
        }
    }
    count.finish(2 * 115);
}

#[test]
fn one_line_forms() {
    let mut count = Count::new("one-line forms");
    for vector in vectors("name_oneline_vectors") {
        let name = Dn::parse(&base64(text(&vector["name_der"])));
        for (form, column) in
            [(OnelineForm::OpenSsl3, "openssl_3"), (OnelineForm::OpenSsl111, "openssl_1_1_1")]
        {
            let line = name.as_ref().map(|name| name.oneline(form));
            let line = line.map(|line| String::from_utf8(line).expect("ASCII"));
            let expected = vector[column].as_str().map(str::to_owned);
            count.add(&format!("{} {column}", vector["description"]), &line, &expected);
        }
    }
    count.finish(2 * 34);
}

#[test]
fn hashes_and_canonical_forms() {
    let mut hashes = Count::new("name hashes");
    let mut forms = Count::new("canonical forms");
    for vector in vectors("name_hash_vectors") {
        let name = Dn::parse(&base64(text(&vector["name_der"]))).expect("a name");
        let what = text(&vector["description"]);
        hashes.add(what, &format!("{:08x}", name.hash()), &text(&vector["hash"]).to_owned());
        let expected = base64(text(&vector["canonical_der"]));
        forms.add(what, &name.canonical().to_vec(), &expected);
    }
    hashes.finish(23);
    forms.finish(23);
}

/// How many vectors there were and how many of them were met.
struct Count {
    name: &'static str,
    matched: usize,
    wrong: Vec<String>,
}

impl Count {
    fn new(name: &'static str) -> Self {
        Self { name, matched: 0, wrong: Vec::new() }
    }

    fn add<T: Debug + PartialEq>(&mut self, what: &str, found: &T, expected: &T) {
        if found == expected {
            self.matched += 1;
        } else {
            self.wrong.push(format!("{what}: {found:?}, not {expected:?}"));
        }
    }

    fn finish(self, all: usize) {
        let seen = self.matched + self.wrong.len();
        println!("{}: matched {} of {seen}", self.name, self.matched);
        assert!(self.wrong.is_empty(), "{}:\n{}", self.name, self.wrong.join("\n"));
        assert_eq!(seen, all, "{}", self.name);
    }
}

/// Where the names stand in a certificate.
struct Names<'a> {
    subject: &'a [u8],
    /// The subjectAltName's value; `None` too if there are two.
    alt_names: Option<&'a [u8]>,
}

impl<'a> Names<'a> {
    fn of(certificate: &'a [u8]) -> Self {
        let mut fields = sequence(sequence(Reader::new(certificate)));
        // Version, which a v1 certificate lacks, serial number, algorithm, issuer, validity.
        if fields.peek() == Some(tag::constructed(0)) {
            fields.any();
        }
        for _ in 0..4 {
            fields.any().expect("a field");
        }
        let subject = fields.take_value(tag::SEQUENCE).expect("a subject").raw;
        let mut alt_names = Vec::new();
        while let Some(field) = fields.any() {
            if field.tag == tag::constructed(3) {
                let mut extensions = sequence(Reader::new(field.body));
                while let Some(extension) = extensions.any() {
                    alt_names.extend(alt_name(extension));
                }
            }
        }
        let alt_names = match alt_names.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        Self { subject, alt_names }
    }
}

fn alt_name(extension: Der<'_>) -> Option<&[u8]> {
    let mut fields = extension.sequence()?;
    // 2.5.29.17.
    let is_alt_name = fields.take(tag::OID)? == b"\x55\x1d\x11";
    fields.take(tag::BOOLEAN);
    fields.take(tag::OCTET_STRING).filter(|_| is_alt_name)
}

fn sequence(mut reader: Reader<'_>) -> Reader<'_> {
    reader.any().and_then(|value| value.sequence()).expect("a SEQUENCE")
}

fn vectors(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = path.join("tests/data/vectors").join(name).with_extension("json");
    let file = std::fs::read_to_string(&path).expect("vectors");
    let whole: Value = serde_json::from_str(&file).expect("JSON");
    whole["vectors"].as_array().expect("a list").clone()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=').bytes();
    let digits = digits.map(|c| ALPHABET.iter().position(|a| *a == c).expect("base 64") as u32);
    let digits: Vec<_> = digits.collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let bits = four.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - four.len()));
        let [_, three @ ..] = bits.to_be_bytes();
        three.into_iter().take(four.len() * 6 / 8)
    });
    bytes.collect()
}
