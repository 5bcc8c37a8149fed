//! A ClientHello that offers a session of TLS 1.3 has the key share that its server took last time, and
//! no second one.

mod support;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{default_provider, kx_group};
use rustls::{HandshakeKind, ServerConfig};
use support::plain_server::{Kind, SSL_REQUEST_LEN, host, met, server_of};
use support::{pki, wire};
use tlsql::Context;

const IDENTITY: &[(&str, &str)] = &[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")];

/// Groups by their IANA numbers, with the octets of a share.
const X25519: (u16, usize) = (29, 32);
const P256: (u16, usize) = (23, 65);
const P384: (u16, usize) = (24, 97);

/// A server that takes one group.
fn server(kind: Kind, group: (u16, usize)) -> Arc<ServerConfig> {
    let group = match group {
        X25519 => kx_group::X25519,
        P256 => kx_group::SECP256R1,
        _ => kx_group::SECP384R1,
    };
    let provider = CryptoProvider { kx_groups: vec![group], ..default_provider() };
    server_of(provider, "server", kind)
}

/// The same sessions on a server that takes another group.
fn with_group(server: &ServerConfig, kind: Kind, group: (u16, usize)) -> Arc<ServerConfig> {
    let mut other = ServerConfig::clone(&self::server(kind, group));
    other.session_storage = server.session_storage.clone();
    other.ticketer = server.ticketer.clone();
    Arc::new(other)
}

/// The shares of the next ClientHello, which takes a session with it.
fn shares(client: &Context) -> Vec<(u16, usize)> {
    let mut host = host(client, &[("host", "localhost")]);
    host.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
    wire::key_shares(&host.take_sent().split_off(SSL_REQUEST_LEN))
}

#[test]
fn a_session_of_tls_13_comes_with_the_share_that_its_server_took() {
    for kind in [Kind::Stateful13, Kind::Tickets13] {
        for group in [X25519, P256, P384] {
            let (server, client) = (server(kind, group), pki::client(IDENTITY));
            assert_eq!(shares(&client), [X25519, P256], "{kind:?} {group:?}: no session");
            assert_eq!(met(&client, &server).kind, full(group), "{kind:?}");
            assert_eq!(shares(&client), [group], "{kind:?}");
            for _ in 0..3 {
                let met = met(&client, &server);
                assert_eq!(met.kind, Some(HandshakeKind::Resumed), "{kind:?} {group:?}");
            }
            assert_eq!(shares(&client), [group], "{kind:?}: after one that was resumed");
        }
    }
}

/// A server that takes neither of the first two asks for another ClientHello.
fn full(group: (u16, usize)) -> Option<HandshakeKind> {
    Some(if group == P384 { HandshakeKind::FullWithHelloRetryRequest } else { HandshakeKind::Full })
}

#[test]
fn a_server_that_takes_another_group_now_resumes_all_the_same() {
    for kind in [Kind::Stateful13, Kind::Tickets13] {
        for [before, after] in [[X25519, P256], [P256, X25519], [P256, P384], [P384, X25519]] {
            let (first, client) = (server(kind, before), pki::client(IDENTITY));
            let second = with_group(&first, kind, after);
            met(&client, &first);
            let resumed = met(&client, &second);
            let what = format!("{kind:?} {before:?} {after:?}");
            assert!(resumed.host.error.is_none(), "{what}");
            let reused = resumed.host.conn.status("Ssl_sessions_reused");
            assert_eq!(reused.as_deref(), Some("1"), "{what}");
            met(&client, &second);
            assert_eq!(shares(&client), [after], "{what}: the newest session is of the second");
        }
    }
}

#[test]
fn a_session_of_tls_12_comes_with_both() {
    for kind in [Kind::Ids12, Kind::Tickets12] {
        let (server, client) = (server(kind, P256), pki::client(IDENTITY));
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            assert_eq!(met(&client, &server).kind, Some(kind));
        }
        assert_eq!(shares(&client), [X25519, P256]);
    }
}
