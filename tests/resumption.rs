//! A client of ours resumes at a server of ours.

mod support;

use support::{Host, SCHEDULES, Schedule, pki, run};
use tlsql::{Account, Context, Denied, Login, Phase, Role, UsedPassword};

#[test]
fn our_client_resumes_at_our_server() {
    for schedule in SCHEDULES {
        for version in ["TLSv1.2", "TLSv1.3"] {
            let options = [("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")];
            let client =
                pki::client_as("client", &[&options[..], &[("tls_version", version)]].concat());
            let server = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
            let first = met(&client, &server, schedule);
            for n in 0..10 {
                let next = met(&client, &server, schedule);
                for (end, before) in next.iter().zip(&first) {
                    let (role, negotiated) = (end.conn.role(), end.conn.negotiated().unwrap());
                    assert!(negotiated.resumed, "{version} {role:?} {n}");
                    assert_eq!(end.conn.verified(), before.conn.verified(), "{version} {role:?}");
                }
            }
            let count = |context: &Context, name| context.status(name).unwrap();
            assert_eq!(count(&client, "Ssl_session_cache_hits"), "10", "{version}");
            assert_eq!(count(&server, "Ssl_session_cache_hits"), "10", "{version}");
        }
    }
}

/// An account's REQUIRE on a resumed session as on a full one.
#[test]
fn an_account_requires_the_same_of_a_resumed_session() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        let options = [("ssl_mode", "REQUIRED"), ("tls_version", version)];
        let server = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
        for (client, allowed) in
            [(pki::client_as("client", &options), true), (pki::client(&options), false)]
        {
            for n in 0..3 {
                let [_, server] = met(&client, &server, Schedule::Whole);
                assert_eq!(server.conn.negotiated().unwrap().resumed, n > 0, "{version}");
                let result = x509(&server);
                assert_eq!(result, allowed, "{version} {n}");
            }
        }
    }
}

fn x509(server: &Host) -> bool {
    let mut account = Account::default();
    account.set("require", "X509").unwrap();
    let login = Login { user: b"bob", host: b"db", password: UsedPassword::Yes };
    let denied: Result<(), Denied> = server.conn.check_account(&account, &login);
    denied.is_ok()
}

fn met(client: &Context, server: &Context, schedule: Schedule) -> [Host; 2] {
    let mut client = Host::new(client, schedule).with("host", "localhost");
    let mut server = Host::new(server, schedule);
    run(&mut client, &mut server);
    // What comes behind the server's tickets.
    server.app = b"an answer".to_vec();
    run(&mut client, &mut server);
    assert_eq!(client.conn.phase(), Phase::Tls, "{:?}", client.error);
    assert_eq!(client.got, b"an answer");
    assert_eq!(client.conn.role(), Role::Client);
    [client, server]
}
