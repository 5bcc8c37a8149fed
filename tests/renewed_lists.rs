//! A client whose revocation list is renewed: no session from before is offered, whatever the new
//! list says, and a list of the same octets changes nothing.
//!
//! The servers are stock rustls; they resume whatever they are offered.

mod support;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls::HandshakeKind;
use support::issued::{base64, value};
use support::plain_server::{KINDS, Met, met_at, server};
use support::{Files, pki};
use tlsql::der::{Value, tag};
use tlsql::{Code, Context, Phase, Reload, Role};

/// The list is issued anew each day: its serial numbers stay, its dates do not.
#[test]
fn a_list_with_other_dates_resumes_nothing() {
    for kind in KINDS {
        let (server, files) = (server(kind), Files::new());
        let client = Context::new(&builder(&files, &dated("crl-client.pem", 1))).unwrap();
        let pool = || PORTS.map(|port| met_at(&client, &server, &[HOST, ("port", port)]));
        is_up(&pool(), HandshakeKind::Full);
        is_up(&pool(), HandshakeKind::Resumed);
        for day in 2..12 {
            let before = digest(&client);
            let next = builder(&files, &dated("crl-client.pem", day));
            client.reload(&next, Reload::default()).unwrap();
            assert_ne!(digest(&client), before, "{kind:?} {day}");
            let first = pool();
            is_up(&first, HandshakeKind::Full);
            let offers =
                first.iter().map(|met| met.host.conn.negotiated().unwrap().offered_session);
            assert_eq!(offers.filter(|offered| *offered).count(), 0, "{kind:?} {day}");
            is_up(&pool(), HandshakeKind::Resumed);
        }
        let count = |name| client.status(name).unwrap();
        assert_eq!(count("Ssl_sessions_reused"), "110", "{kind:?}");
        assert_eq!(count("Ssl_session_cache_misses"), "0", "{kind:?}");
    }
}

#[test]
fn a_list_of_the_same_octets_resumes_everything() {
    for kind in KINDS {
        let (server, files) = (server(kind), Files::new());
        let list = dated("crl-client.pem", 1);
        let client = Context::new(&builder(&files, &list)).unwrap();
        let pool = || PORTS.map(|port| met_at(&client, &server, &[HOST, ("port", port)]));
        is_up(&pool(), HandshakeKind::Full);
        let before = digest(&client);
        // Text around the list and its line ends are none of its octets.
        let commented = format!("Issued every day.\r\n{}", list.replace('\n', "\r\n"));
        for text in [&list, &commented, &list] {
            client.reload(&builder(&files, text), Reload::default()).unwrap();
            assert_eq!(digest(&client), before, "{kind:?}");
            is_up(&pool(), HandshakeKind::Resumed);
        }
    }
}

#[test]
fn a_server_that_a_new_list_revokes_is_refused() {
    for kind in KINDS {
        let (server, files) = (server(kind), Files::new());
        let list = dated("crl-client.pem", 1);
        let client = Context::new(&builder(&files, &list)).unwrap();
        let pool = || PORTS.map(|port| met_at(&client, &server, &[HOST, ("port", port)]));
        is_up(&pool(), HandshakeKind::Full);
        let revoked = builder(&files, &dated("crl-revoked.pem", 2));
        client.reload(&revoked, Reload::default()).unwrap();
        for _ in 0..2 {
            for met in pool() {
                assert_eq!(met.host.failure().code, Code::CertRevoked, "{kind:?}");
                assert_eq!(met.host.conn.verified(), 0, "{kind:?}");
                assert_ne!(met.kind, Some(HandshakeKind::Resumed), "{kind:?}");
            }
        }
        // A list that was put back vouches for nothing that was there before.
        client.reload(&builder(&files, &list), Reload::default()).unwrap();
        is_up(&pool(), HandshakeKind::Full);
        is_up(&pool(), HandshakeKind::Resumed);
    }
}

/// A client whose list is this text.
fn builder(files: &Files, list: &str) -> tlsql::Builder {
    let list = files.write_bytes("list.pem", list.as_bytes());
    let options = [("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem"), ("ssl_crl", &list)];
    pki::builder(Role::Client, &options).unwrap()
}

/// Returns a list with the entries of this one, from a day of January 2020 to one of December 2049.
fn dated(name: &str, day: u8) -> String {
    let list = pki::der(&pki::read(name));
    let mut outer = Value::whole(&list).and_then(|list| list.sequence()).unwrap();
    let mut inner = outer.any().and_then(|tbs| tbs.sequence()).unwrap();
    let algorithm = outer.any().unwrap().raw;
    let mut dates = [("2001", day), ("4912", day)].into_iter();
    let mut fields = Vec::new();
    while let Some(field) = inner.any() {
        // thisUpdate and nextUpdate (RFC 5280 section 5.1).
        let date = (field.tag == tag::UTC_TIME).then(|| dates.next().unwrap());
        fields.push(date.map_or(field.raw.to_vec(), |(month, day)| {
            value(tag::UTC_TIME, format!("{month}{day:02}000000Z").as_bytes())
        }));
    }
    assert_eq!(dates.next(), None);
    let tbs = value(tag::SEQUENCE, &fields.concat());
    let (key, random) = (pki::der(&pki::read("ca-key.pem")), SystemRandom::new());
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key, &random).unwrap();
    let signature = [&[0], key.sign(&random, &tbs).unwrap().as_ref()].concat();
    let signature = value(tag::BIT_STRING, &signature);
    let list = value(tag::SEQUENCE, &[&tbs, algorithm, &signature].concat());
    let lines: Vec<_> = base64(&list).as_bytes().chunks(64).map(<[u8]>::to_vec).collect();
    let body = String::from_utf8(lines.join(&b'\n')).unwrap();
    format!("-----BEGIN X509 CRL-----\n{body}\n-----END X509 CRL-----\n")
}

/// Each connection is in TLS with all of the server verified, by a handshake of this kind.
fn is_up(pool: &[Met], kind: HandshakeKind) {
    for met in pool {
        assert_eq!(met.host.conn.phase(), Phase::Tls, "{:?}", met.host.error);
        assert_eq!(met.kind, Some(kind));
        assert_eq!(met.host.conn.verified(), VERIFIED);
    }
}

fn digest(client: &Context) -> String {
    client.status("Tlsql_policy_digest").unwrap()
}

const HOST: (&str, &str) = ("host", "localhost");

/// A session is of one port: each of these has its own.
const PORTS: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];

/// TLSQL_VERIFY_ bits: trust, name, time, revocation and purpose.
const VERIFIED: u32 = 0x01 | 0x02 | 0x04 | 0x08 | 0x10;
