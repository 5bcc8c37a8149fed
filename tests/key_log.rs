//! `tlsql_keylog`: the secrets of a connection, for a host that asks, in builds with the cargo feature
//! `keylog`.

mod support;

use support::{Schedule, link, pki, run};
use tlsql::{Builder, Code, Role};

#[cfg(not(feature = "keylog"))]
#[test]
fn a_build_without_the_feature_refuses_it() {
    for role in [Role::Client, Role::Server] {
        let error = Builder::new(role).set("tlsql_keylog", "ON").unwrap_err();
        assert_eq!(error.code, Code::OptionValue);
        let why = "this build hands out no secrets (cargo feature keylog)";
        assert!(error.message().contains(&format!("(tlsql_keylog): {why}")), "{error}");
    }
}

#[test]
fn without_the_option_there_are_none() {
    let (mut client, mut server) =
        link(&pki::client(&[]), &pki::server_as("server", &[]), Schedule::Whole);
    run(&mut client, &mut server);
    for host in [&client, &server] {
        let error = host.conn.key_log().unwrap_err();
        assert_eq!(error.code, Code::State);
        assert!(error.message().contains("tlsql_keylog is not ON"), "{error}");
    }
    assert_eq!(Builder::new(Role::Client).get("tlsql_keylog").unwrap(), "OFF");
}

#[cfg(feature = "keylog")]
mod kept {
    use super::*;
    use support::{Host, SCHEDULES};
    use tlsql::Phase;

    const ON: (&str, &str) = ("tlsql_keylog", "ON");

    /// The labels of RFC 9850, and the octets of the secret with SHA-384.
    const TLS12: &[(&str, usize)] = &[("CLIENT_RANDOM", 48)];
    const TLS13: &[(&str, usize)] = &[
        ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", 48),
        ("CLIENT_TRAFFIC_SECRET_0", 48),
        ("EXPORTER_SECRET", 48),
        ("SERVER_HANDSHAKE_TRAFFIC_SECRET", 48),
        ("SERVER_TRAFFIC_SECRET_0", 48),
    ];

    #[test]
    fn both_sides_have_the_same_lines() {
        for (version, labels) in [("TLSv1.2", TLS12), ("TLSv1.3", TLS13)] {
            for schedule in SCHEDULES {
                let (mut client, mut server) = pair(&[("tls_version", version), ON], schedule);
                assert_eq!((log(&client), log(&server)), ("", ""), "before TLS");
                run(&mut client, &mut server);
                assert_eq!((client.conn.phase(), server.conn.phase()), (Phase::Tls, Phase::Tls));
                assert_eq!(lines(&client), lines(&server), "{version}");
                // Behind the SSLRequest, and the headers of record, message and version.
                let random = hex(&client.sent[36 + 5 + 4 + 2..][..32]);
                let found: Vec<_> = lines(&client)
                    .into_iter()
                    .map(|[label, of, secret]| {
                        assert_eq!(of, random, "{version}");
                        assert!(secret.bytes().all(|digit| digit.is_ascii_hexdigit()), "{secret}");
                        (label, secret.len() / 2)
                    })
                    .collect();
                let expected: Vec<_> =
                    labels.iter().map(|(label, len)| ((*label).to_owned(), *len)).collect();
                assert_eq!(found, expected, "{version}");
            }
        }
    }

    #[test]
    fn no_two_connections_share_a_secret_and_only_that_side_has_it_that_asks() {
        let (mut client, mut server) = pair(&[ON], Schedule::Whole);
        run(&mut client, &mut server);
        let (mut other, mut peer) = pair(&[ON], Schedule::Whole);
        run(&mut other, &mut peer);
        let secrets =
            |host: &Host| lines(host).into_iter().map(|[_, _, secret]| secret).collect::<Vec<_>>();
        assert!(secrets(&client).iter().all(|secret| !secrets(&other).contains(secret)));
        let quiet = pki::server_as("server", &[]);
        let (mut client, mut server) = link(&pki::client(&[ON]), &quiet, Schedule::Whole);
        run(&mut client, &mut server);
        assert!(!log(&client).is_empty());
        assert_eq!(server.conn.key_log().unwrap_err().code, Code::State);
    }

    #[test]
    fn it_is_printed_nowhere_and_outlives_the_session() {
        let (mut client, mut server) = pair(&[ON], Schedule::Whole);
        run(&mut client, &mut server);
        let kept = lines(&client);
        for [_, _, secret] in &kept {
            assert!(!format!("{:?} {:?}", client.conn, server.conn).contains(secret));
        }
        client.conn.close().unwrap();
        client.settle();
        assert_eq!(client.conn.phase(), Phase::Closed);
        assert_eq!(lines(&client), kept);
    }

    #[test]
    fn of_two_contexts_the_chosen_one_says_whether_it_is_kept() {
        use support::hello_choice::{choose, front, tenant};
        for (before, after) in [(&[][..], &[ON][..]), (&[ON], &[])] {
            let client = pki::client(&[ON]);
            let (mut client, mut server) = link(&client, &front(before), Schedule::Whole);
            choose(&mut server, Some(&tenant(after)));
            run(&mut client, &mut server);
            match server.conn.key_log() {
                Ok(_) => assert_eq!((lines(&server), after), (lines(&client), &[ON][..])),
                Err(error) => assert_eq!((error.code, after), (Code::State, &[][..])),
            }
        }
    }

    fn pair(options: &[(&str, &str)], schedule: Schedule) -> (Host, Host) {
        link(&pki::client(options), &pki::server_as("server", options), schedule)
    }

    fn log(host: &Host) -> &str {
        host.conn.key_log().unwrap()
    }

    /// Label, client random and secret of each line, in order.
    fn lines(host: &Host) -> Vec<[String; 3]> {
        let read = |line: &str| {
            let fields: Vec<_> = line.split(' ').map(str::to_owned).collect();
            fields.try_into().unwrap()
        };
        let mut lines: Vec<_> = log(host).lines().map(read).collect();
        lines.sort();
        lines
    }

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}
