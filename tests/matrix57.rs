//! 27 configurations of a MySQL 5.7.29 server under `tlsql_on_config_error=disable`: the same
//! `have_ssl`, the same flag in the greeting, the same answer to an SSLRequest, the same lines in the
//! log, and in TLS 1.2 the same suite, but for what `DIFFERENCES` lists.

mod support;

use std::collections::BTreeMap;

use serde_json::Value;
use support::files::Files;
use support::wire::{self, BAD_HANDSHAKE, CLIENT_SSL, MYSQL57};
use support::{Host, Schedule, link, pki, run};
use tlsql::{Builder, Context, Phase, Role, Severity};

/// What a server of ours does otherwise.
struct Difference {
    name: &'static str,
    why: &'static str,
    have_ssl: &'static str,
    /// The last line of the log.
    last: &'static str,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "tls_version=TLSv1.1",
        why: "TLS 1.0 and 1.1 are not spoken (D11): alone they are no version",
        have_ssl: "DISABLED",
        last: "Warning: Failed to set up SSL because of the following SSL library error: TLS \
               version is invalid",
    },
    Difference {
        name: "tls_version=TLSv1.3",
        why: "TLS 1.3 is known here; 5.7 does not have it",
        have_ssl: "YES",
        last: "Warning: CA certificate CERTS/ca.pem is self signed.",
    },
    Difference {
        name: "ssl_cipher=AES128-SHA",
        why: "CBC suites are not spoken (D11): alone they are no list",
        have_ssl: "DISABLED",
        last: "Warning: Failed to set up SSL because of the following SSL library error: Failed \
               to set ciphers to use",
    },
    Difference {
        name: "ssl_cipher only, no files",
        why: "it is AES128-SHA, as above, and the list is looked at before the certificate",
        have_ssl: "DISABLED",
        last: "Warning: Failed to set up SSL because of the following SSL library error: Failed \
               to set ciphers to use",
    },
];

/// The one configuration whose certificates leave otherwise: 5.7 sends the first of a file alone.
const CHAIN: &str = "chain cert in ssl_cert";

#[test]
fn a_server_with_these_settings_does_as_5_7_29_did() {
    // T85, T90, T119, T120
    let file = std::fs::read_to_string(pki::kept("captures/matrix57.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let rows = file["configurations"].as_array().unwrap();
    let place = Place::new();
    let (mut equal, mut otherwise) = (0, Vec::new());
    for row in rows {
        let name = row["name"].as_str().unwrap();
        let recorded = Answer::recorded(row);
        let ours = place.start(row);
        match DIFFERENCES.iter().find(|difference| difference.name == name) {
            Some(difference) => {
                assert_ne!(ours, recorded, "{name}: {}", difference.why);
                assert_eq!(ours.have_ssl, difference.have_ssl, "{name}");
                assert_eq!(ours.client_ssl, difference.have_ssl == "YES", "{name}");
                assert_eq!(ours.log.last().unwrap(), difference.last, "{name}");
                let (_, others) = ours.log.split_last().unwrap();
                assert_eq!(others, &recorded.log[..others.len()], "{name}");
                otherwise.push(name);
            }
            None => {
                assert_eq!(ours, recorded, "{name}");
                equal += 1;
            }
        }
    }
    println!("configurations: matched {equal} of {}, listed {}", rows.len(), otherwise.len());
    assert_eq!((equal, otherwise.len()), (23, DIFFERENCES.len()));
    assert_eq!(rows.len(), 27);
}

#[test]
fn a_file_with_a_chain_is_sent_whole() {
    let place = Place::new();
    let cert = ("ssl_cert", "CERTS/server-sub-cert.pem".to_owned());
    let key = ("ssl_key", "CERTS/server-sub-key.pem".to_owned());
    let server = place.context(&[cert, key].into()).1;
    let (mut client, mut server) = link(&pki::client(&[]), &server, Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(client.conn.negotiated().unwrap().peer_chain.len(), 2, "{CHAIN}");
}

/// What a server tells of its TLS.
#[derive(Debug, Eq, PartialEq)]
struct Answer {
    have_ssl: String,
    client_ssl: bool,
    log: Vec<String>,
    /// The suite that a client with TLS 1.2 negotiates.
    tls12: Option<String>,
}

impl Answer {
    fn recorded(row: &Value) -> Self {
        let log = row["log"].as_array().unwrap();
        Self {
            have_ssl: row["have_ssl"].as_str().unwrap().to_owned(),
            client_ssl: row["client_ssl"].as_bool().unwrap(),
            log: log.iter().map(|line| line.as_str().unwrap().to_owned()).collect(),
            tls12: row["tls12"].as_str().map(str::to_owned),
        }
    }
}

/// The directories of the recording: one with certificates, and an empty one with data.
struct Place {
    certs: Files,
    data: Files,
}

impl Place {
    fn new() -> Self {
        let (certs, data) = (Files::new(), Files::new());
        let kept = |name: &str| std::fs::read(pki::kept(&format!("mysql-auto/{name}"))).unwrap();
        let (ca, cert, key) = (kept("ca.pem"), kept("server-cert.pem"), kept("server-key.pem"));
        let chain = [&cert[..], &ca].concat();
        for (name, content) in [
            ("ca.pem", ca),
            ("server-cert.pem", cert),
            ("server-key.pem", key.clone()),
            ("server-sub-cert.pem", chain),
            ("server-sub-key.pem", key),
            ("client-key.pem", pki::read("client-key.pem")),
            ("otherca.pem", pki::read("other-ca.pem")),
            ("crl-client-revoked.pem", pki::read("crl-revoked.pem")),
            ("server-ec-cert.pem", pki::read("server-cert.pem")),
            ("server-ec-key.pem", pki::read("server-key.pem")),
        ] {
            certs.write_bytes(name, &content);
        }
        Self { certs, data }
    }

    /// Starts a server, as far as its TLS is concerned, and asks it.
    fn start(&self, row: &Value) -> Answer {
        let options = row["options"].as_object().unwrap();
        let options = options
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap().to_owned()))
            .collect();
        let (builder, context) = self.context(&options);
        // What SHOW VARIABLES prints stays what was set.
        for (name, value) in &options {
            assert_eq!(self.as_recorded(&context.value(name).unwrap()), *value, "{name}");
        }
        let log = builder.notes().iter().filter(|note| note.log_code != 0).map(|note| {
            let severity = match note.severity {
                Severity::Note => "Note",
                Severity::Warning => "Warning",
                Severity::Error => "Error",
            };
            self.as_recorded(&format!("{severity}: {}", note.text))
        });
        Answer {
            have_ssl: if context.has_tls() { "YES" } else { "DISABLED" }.to_owned(),
            client_ssl: offers_tls(&context),
            log: log.collect(),
            tls12: context.has_tls().then(|| suite(&context)).flatten(),
        }
    }

    fn context(&self, options: &BTreeMap<&str, String>) -> (Builder, Context) {
        let mut builder = Builder::new(Role::Server);
        builder.set("tlsql_on_config_error", "disable").unwrap();
        builder.set("auto_generate_certs", "OFF").unwrap();
        builder.set("datadir", &self.data.path("")).unwrap();
        for (name, value) in options {
            builder.set(name, &value.replace("CERTS/", &self.certs.path(""))).unwrap();
        }
        builder.generate("5.7.29", "").unwrap();
        builder.load_files().unwrap();
        let context = Context::new(&builder).unwrap();
        (builder, context)
    }

    fn as_recorded(&self, text: &str) -> String {
        text.replace(&self.certs.path(""), "CERTS/")
    }
}

/// Whether the greeting has CLIENT_SSL; where it does not an SSLRequest gets error 1043.
fn offers_tls(context: &Context) -> bool {
    let mut host = Host::new(context, Schedule::Whole);
    host.greeting = wire::greeting(MYSQL57);
    host.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    let offered = wire::greeting_capabilities(&host.sent[4..]) & CLIENT_SSL != 0;
    assert_eq!(host.sent.ends_with(BAD_HANDSHAKE), !offered);
    assert_eq!(host.conn.phase(), if offered { Phase::Handshake } else { Phase::Failed });
    offered
}

/// The suite of TLS 1.2; `None` where that is not spoken.
fn suite(context: &Context) -> Option<String> {
    let client = pki::client(&[("tls_version", "TLSv1.2")]);
    let (mut client, mut server) = link(&client, context, Schedule::Whole);
    run(&mut client, &mut server);
    (client.conn.phase() == Phase::Tls).then(|| client.conn.cipher_name().to_owned())
}
