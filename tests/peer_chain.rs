//! The peer's certificates after the handshake: kept, or forgotten with `tlsql_keep_peer_chain=OFF`.

mod support;

use support::{SCHEDULES, Schedule, link, pki, run};
use tlsql::{Code, Conn, Context, OnelineForm, Outcome};

const CA: (&str, &str) = ("ssl_ca", "ca.pem");
const IDENTITY: (&str, &str) = ("ssl_mode", "VERIFY_IDENTITY");
const OFF: (&str, &str) = ("tlsql_keep_peer_chain", "OFF");

/// TRUST, TIME and PURPOSE; a client also NAME.
const VERIFIED: [u32; 2] = [0x01 | 0x02 | 0x04 | 0x10, 0x01 | 0x04 | 0x10];

/// Both ends of a connection in TLS, the client first.
fn pair(client: &Context, server: &Context, schedule: Schedule) -> [Conn; 2] {
    let (mut client, mut server) = link(client, server, schedule);
    run(&mut client, &mut server);
    assert_eq!(client.conn.outcome(), Outcome::Tls, "{schedule:?}");
    [client.conn, server.conn]
}

#[test]
fn a_chain_is_kept_unless_it_is_off() {
    for version in [("tls_version", "TLSv1.2"), ("tls_version", "TLSv1.3")] {
        for schedule in SCHEDULES {
            let client = pki::client_as("client", &[CA, IDENTITY, version]);
            let ends = pair(&client, &pki::server_as("server", &[CA]), schedule);
            for (conn, (file, verified)) in
                ends.iter().zip(["server", "client"].iter().zip(VERIFIED))
            {
                let der = pki::der(&pki::read(&format!("{file}-cert.pem")));
                let chain = &conn.negotiated().unwrap().peer_chain;
                assert_eq!(chain.iter().collect::<Vec<_>>(), [der]);
                assert!(conn.peer_subject(OnelineForm::OpenSsl3).is_some());
                assert_eq!(conn.verified(), verified);
            }

            let client = pki::client_as("client", &[CA, IDENTITY, version, OFF]);
            let ends = pair(&client, &pki::server_as("server", &[CA, OFF]), schedule);
            for (conn, verified) in ends.iter().zip(VERIFIED) {
                let negotiated = conn.negotiated().unwrap();
                assert!(negotiated.peer_chain.is_empty());
                assert!(negotiated.peer_fingerprint(256).is_none());
                assert!(conn.peer_subject(OnelineForm::OpenSsl3).is_none());
                assert!(conn.peer_issuer(OnelineForm::OpenSsl3).is_none());
                assert_eq!(conn.verified(), verified, "what was verified stays known");
            }
            let [client, server] = ends;
            assert_eq!(client.status("Ssl_server_not_after").unwrap(), "");
            assert_ne!(server.status("Ssl_server_not_after").unwrap(), "", "its own");
            assert_eq!(client.peer_proof(&[7; 20], &[8; 20]).unwrap_err().code, Code::State);
        }
    }
}

#[test]
fn a_chain_that_the_proof_needs_is_kept() {
    let client = pki::client(&[("tlsql_peer_proof", "ON"), OFF]);
    let [client, _] = pair(&client, &pki::server_as("server", &[]), Schedule::Whole);
    assert_eq!(client.negotiated().unwrap().peer_chain.len(), 1);
    assert!(client.peer_proof(&[7; 20], &[8; 20]).is_ok());
}
