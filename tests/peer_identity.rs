//! Who the server is without a CA: fingerprints, and MariaDB's proof by password (T80 to T83).

mod support;

use support::wire::MYSQL57_OFF;
use support::{Host, Schedule, link, pki, run};
use tlsql::{Builder, Code, Conn, Context, Error, Outcome, Phase, Role};

/// A packet of a login.
const LOGIN: &[u8] = b"\x05\0\0\x02login";

/// `openssl x509 -fingerprint` of `tests/data/mysql-auto/server-cert.pem`.
const SHA256: &str = "3A:DB:93:66:D4:46:18:65:9D:65:E3:5C:43:99:2E:75:\
                      7C:5F:2D:1A:78:6A:69:99:6B:9E:3D:D8:61:86:B9:3C";
const SHA384: &str = "9C:B3:AC:5E:BB:45:98:FC:0D:B1:DC:21:F7:38:A1:15:25:3D:62:A0:0C:8B:69:EA:\
                      E5:3E:9A:C8:8E:7C:FA:DC:1A:4E:08:F6:B9:8B:C9:CF:56:CD:8D:06:B8:CF:D0:45";
const SHA512: &str = "58:ED:C9:BC:6A:1C:88:66:D1:EF:45:3B:B5:4A:AF:A2:6D:3E:2F:E2:C0:36:ED:DE:\
                      8F:63:88:6C:45:B9:D8:9F:E1:95:D3:E9:9D:72:B4:C9:6B:6C:0C:A9:CE:0E:25:36:\
                      CF:17:24:50:7B:B3:DE:FF:56:AC:65:1C:D5:DB:23:D8";

const TRUST: u32 = 0x01;
const NAME: u32 = 0x02;
const PIN: u32 = 0x40;
const PROOF: u32 = 0x80;

const MODES: [Option<&str>; 4] =
    [None, Some("REQUIRED"), Some("VERIFY_CA"), Some("VERIFY_IDENTITY")];

// Fingerprints

#[test]
fn a_fingerprint_takes_the_place_of_trust_and_name() {
    // T80
    let wrong = format!("ff{}", &SHA256.replace(':', "")[2..]);
    let list = format!("{wrong},{SHA256}");
    for pin in [SHA256, SHA384, SHA512, &SHA256.to_lowercase(), &SHA256.replace(':', ""), &list] {
        for mode in MODES {
            for version in ["TLSv1.2", "TLSv1.3"] {
                let mut options = vec![("ssl_fp", pin), ("tls_version", version)];
                options.extend(mode.map(|mode| ("ssl_mode", mode)));
                let client = met(&pki::client(&options));
                assert_eq!(client.conn.outcome(), Outcome::Tls, "{pin} {mode:?}");
                assert_eq!(client.conn.verified(), PIN, "{pin} {mode:?}");
                assert!(!client.conn.needs_peer_proof());
            }
        }
    }
}

#[test]
fn a_fingerprint_holds_without_a_host_name() {
    let client = pki::client(&[("ssl_fp", SHA256), ("ssl_mode", "VERIFY_IDENTITY")]);
    let mut client = Host::new(&client, Schedule::Whole);
    let mut server = Host::new(&server(), Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(client.conn.outcome(), Outcome::Tls);
}

#[test]
fn a_wrong_fingerprint_is_refused_in_every_mode() {
    // T81: verification off does not help, and a CA that vouches for the server neither.
    let ca = pki::kept("mysql-auto/ca.pem");
    for (at, digit) in [(0, 'B'), (94, 'D')] {
        let mut wrong = SHA256.to_owned();
        wrong.replace_range(at..=at, &digit.to_string());
        assert_ne!(wrong, SHA256);
        for mode in MODES.into_iter().chain([Some("PREFERRED")]) {
            for ca in [None, Some(ca.as_str())] {
                let mut options = vec![("ssl_fp", wrong.as_str())];
                options.extend(mode.map(|mode| ("ssl_mode", mode)));
                options.extend(ca.map(|ca| ("ssl_ca", ca)));
                let client = met(&pki::client(&options));
                let error = client.failure();
                assert_eq!((error.code, error.mysql_errno()), (Code::CertPin, 2026), "{mode:?}");
                let message = error.message();
                assert!(message.contains("Fingerprint validation of peer certificate failed"));
                let shown = SHA256.replace(':', "").to_lowercase();
                assert!(message.contains(&shown), "{message}");
                assert_eq!(error.verify_flags(), PIN);
                assert_eq!(client.conn.verified(), 0);
            }
        }
    }
}

#[test]
fn a_fingerprint_needs_tls_unless_clear_text_was_asked_for() {
    for (mode, code) in [(None, Some(Code::NoTlsOffered)), (Some("PREFERRED"), None)] {
        let mut options = vec![("ssl_fp", SHA256)];
        options.extend(mode.map(|mode| ("ssl_mode", mode)));
        let client = Host::greeted(&pki::client(&options), Schedule::Whole, MYSQL57_OFF);
        assert_eq!(client.error.map(|error| error.code), code, "{mode:?}");
    }
    // A CA beside it is not looked at, so the mode is not one that says so.
    for options in [&[("ssl_fp", SHA256)][..], &[("ssl_fp", SHA256), ("ssl_ca", "ca.pem")]] {
        let mode = pki::client(options).value("ssl_mode");
        assert_eq!(mode.as_deref(), Some("REQUIRED"), "{options:?}");
    }
}

#[test]
fn a_list_of_fingerprints_comes_from_a_file() {
    let sha1 = "01".repeat(20);
    let other = "ab".repeat(32);
    let text = format!("# servers\r\n\r\n{other}\r\n{sha1}\r\nnonsense\r\n  {SHA256}");
    let file = scratch("fingerprints", text.as_bytes());
    let builder = pki::builder(Role::Client, &[("ssl_fplist", &file)]).unwrap();
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert!(note.text.starts_with("ssl_fplist: ") && note.text.ends_with(": 2"), "{}", note.text);
    assert_eq!(met(&Context::new(&builder).unwrap()).conn.verified(), PIN);
    // File and value count together.
    let only_other = scratch("other-fingerprint", other.as_bytes());
    let client = met(&pki::client(&[("ssl_fplist", &only_other), ("ssl_fp", SHA256)]));
    assert_eq!(client.conn.verified(), PIN);
    let client = met(&pki::client(&[("ssl_fplist", &only_other)]));
    assert_eq!(client.failure().code, Code::CertPin);
}

#[test]
fn a_list_without_a_usable_fingerprint_is_an_error() {
    let sha1 = "01".repeat(20);
    for text in ["", "\n\n# nothing\n", "db1.example", sha1.as_str()] {
        let file = scratch("no-fingerprints", text.as_bytes());
        let error = pki::builder(Role::Client, &[("ssl_fplist", &file)]).unwrap_err();
        assert_eq!(error.code, Code::OptionValue, "{text}");
        assert!(error.message().contains(&format!("(ssl_fplist={file})")), "{error}");
    }
    let error = pki::builder(Role::Client, &[("ssl_fplist", "/nonexistent")]).unwrap_err();
    assert_eq!(error.code, Code::File);
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_fplist", "/nonexistent").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
}

#[test]
fn hashes_that_do_not_do_are_refused_with_a_sentence() {
    for (digits, words) in
        [(40, "SHA-1"), (56, "SHA-224"), (66, "Unknown or invalid fingerprint hash size detected")]
    {
        let error = Builder::new(Role::Client).set("ssl-fp", &"a".repeat(digits)).unwrap_err();
        assert_eq!(error.code, Code::OptionValue);
        let message = error.message();
        assert!(message.contains("ssl_fp") && message.contains(words), "{message}");
        assert_eq!(message.contains("SHA-256"), digits != 66, "{message}");
    }
}

// The proof

/// SHA1(SHA1("secret")), what mysql_native_password keeps.
const SALT: [u8; 20] = [
    0x14, 0xe6, 0x55, 0x67, 0xab, 0xdb, 0x51, 0x35, 0xd0, 0xcf, 0xd9, 0xa7, 0x0b, 0x30, 0x32, 0xc1,
    0x79, 0xa4, 0x9e, 0xe7,
];
const SCRAMBLE: [u8; 20] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
/// Of these and `tests/data/mysql-auto/server-cert.pem`, by Python's hashlib.
const DIGEST: &str = "292B522A18114E30EBF389FD446336815B3FC44DC69EBE995237598D5AD4A521";

/// SHA1(SHA1("")), by Python's hashlib: anybody between the two can compute it.
const NATIVE_OF_NO_PASSWORD: [u8; 20] = [
    0xbe, 0x1b, 0xde, 0xc0, 0xaa, 0x74, 0xb4, 0xdc, 0xb0, 0x79, 0x94, 0x3e, 0x70, 0x52, 0x80, 0x96,
    0xcc, 0xa9, 0x85, 0xf8,
];
/// `ed25519_password("")` of MariaDB, decoded: the public key of RFC 8032 section 5.1.5 for a seed of
/// no bytes, computed in Python.
const ED25519_OF_NO_PASSWORD: [u8; 32] = [
    0xe0, 0xb1, 0xfe, 0x74, 0x11, 0x7e, 0x1b, 0x95, 0xb6, 0x08, 0xa4, 0xf2, 0x21, 0xdf, 0x31, 0x47,
    0x74, 0xb2, 0x0e, 0xa6, 0x68, 0x42, 0x35, 0x0d, 0x51, 0x53, 0x71, 0xc7, 0xc6, 0x96, 0x6c, 0x6e,
];

#[test]
fn a_server_that_knows_the_password_is_confirmed() {
    // T82
    for mode in MODES {
        let mut host = needing_proof(mode);
        assert_eq!(host.conn.verified(), 0, "{mode:?}");
        assert_eq!(host.conn.peer_proof(&SALT, &SCRAMBLE).unwrap(), DIGEST);
        assert!(host.conn.needs_peer_proof(), "asking is not proving");
        host.conn.confirm_peer(&SALT, &SCRAMBLE, &said(DIGEST)).unwrap();
        assert!(!host.conn.needs_peer_proof());
        assert_eq!(host.conn.verified(), PROOF);
    }
}

#[test]
fn anything_else_ends_the_connection() {
    // T83
    let lower = said(&DIGEST.to_lowercase());
    let mut altered = said(DIGEST);
    *altered.last_mut().unwrap() = b'0';
    let mut other_hash = said(DIGEST);
    other_hash[0] = 2;
    let long = [&said(DIGEST)[..], b" "].concat();
    for said in [&b""[..], &lower, &altered, &other_hash, &said(DIGEST)[1..], &long] {
        let mut host = needing_proof(None);
        let error = host.conn.confirm_peer(&SALT, &SCRAMBLE, said).unwrap_err();
        assert_eq!((error.code, error.mysql_errno()), (Code::PeerProof, 2026));
        let words = "Certificate verification failure: The certificate is NOT trusted.";
        let message = error.message();
        assert!(message.contains(words) && message.contains("ssl_ca"), "{message}");
        assert!(message.contains("ssl_fp"), "{message}");
        assert_eq!(host.conn.phase(), tlsql::Phase::Failed);
        assert!(host.conn.needs_peer_proof());
        let again = host.conn.confirm_peer(&SALT, &SCRAMBLE, &self::said(DIGEST)).unwrap_err();
        assert_eq!(again.code, Code::PeerProof, "the first failure is final");
    }
    for (salt, scramble) in [([9; 20], SCRAMBLE), (SALT, [9; 20])] {
        let error =
            needing_proof(None).conn.confirm_peer(&salt, &scramble, &said(DIGEST)).unwrap_err();
        assert_eq!(error.code, Code::PeerProof);
    }
}

/// SHA-256 can be continued behind its padding by whoever has a hash and not what was hashed: from the
/// proof of the true server, of the scramble and the true certificate's hash, follows `FORGED`, the
/// hash of salt, the 108 bytes of scramble that are sent here, and the certificate of the attacker.
#[test]
fn a_proof_that_goes_on_behind_another_proves_nothing() {
    // By Python's hashlib.
    const FORGED: &str = "1353DAF918727A196CAA3CB1B4452042BACA6E34C9B8EC747EEC5E3EEA14BC1D";
    let true_certificate = [0xab; 32];
    // The hash of salt, scramble and certificate is that of 72 bytes: RFC 6234 section 4.1.
    let padding = [&[0x80][..], &[0; 47], &(72_u64 * 8).to_be_bytes()].concat();
    let scramble = [&SCRAMBLE[..], &true_certificate, &padding].concat();
    assert_eq!(scramble.len(), 108);
    let mut host = needing_proof(None);
    let error = host.conn.confirm_peer(&SALT, &scramble, &said(FORGED)).unwrap_err();
    assert_eq!(error.code, Code::Argument);
    assert!(host.conn.needs_peer_proof());
    assert_eq!(host.conn.verified(), 0);
}

#[test]
fn a_proof_has_a_salt_and_a_scramble_of_the_plugins_lengths() {
    // MariaDB hashes 20 bytes of scramble for every plugin; a salt is that of one of three.
    let (client, server) = proving_pair();
    for salt in 0..=128 {
        for scramble in 0..=128 {
            let (salt, scramble) = (vec![7; salt], vec![8; scramble]);
            let what = format!("{} and {}", salt.len(), scramble.len());
            let is_salt = [20, 32, 52].contains(&salt.len());
            let proof = client.conn.peer_proof(&salt, &scramble);
            assert_eq!(server.conn.own_proof(&salt, &scramble).is_ok(), proof.is_ok(), "{what}");
            let Err(error) = proof else {
                assert!(is_salt && scramble.len() == 20, "{what}");
                continue;
            };
            assert_eq!(error.code, Code::Argument, "{what}");
            let message = error.message();
            let words =
                if is_salt { "the scramble must have 20 bytes" } else { "the salt must have" };
            assert!(message.contains(words), "{what}: {message}");
        }
    }
    let mut host = needing_proof(None);
    for (salt, scramble) in [(&[][..], &SCRAMBLE[..]), (&SALT, &[]), (&SALT, &[1; 21])] {
        let error = host.conn.confirm_peer(salt, scramble, &said(DIGEST)).unwrap_err();
        assert_eq!(error.code, Code::Argument);
        assert!(host.conn.needs_peer_proof());
    }
    host.conn.confirm_peer(&SALT, &SCRAMBLE, &said(DIGEST)).unwrap();
}

#[test]
fn the_hash_of_an_empty_password_proves_nothing() {
    let mut host = needing_proof(None);
    for salt in [&NATIVE_OF_NO_PASSWORD[..], &ED25519_OF_NO_PASSWORD] {
        for error in [
            host.conn.peer_proof(salt, &SCRAMBLE).unwrap_err(),
            host.conn.confirm_peer(salt, &SCRAMBLE, &said(DIGEST)).unwrap_err(),
        ] {
            assert_eq!(error.code, Code::Argument);
            let message = error.message();
            assert!(message.contains("not the hash of an empty password"), "{message}");
        }
    }
    assert!(host.conn.needs_peer_proof());
    host.conn.confirm_peer(&SALT, &SCRAMBLE, &said(DIGEST)).unwrap();
}

#[test]
fn it_is_unproven_from_the_start_and_only_where_nothing_else_vouches() {
    let context = pki::client(&[("tlsql_peer_proof", "ON")]);
    assert_eq!(context.value("ssl_mode").as_deref(), Some("REQUIRED"));
    let mut conn = Conn::new(&context);
    assert!(conn.needs_peer_proof());
    assert_eq!(conn.peer_proof(&SALT, &SCRAMBLE).unwrap_err().code, Code::State);
    assert_eq!(conn.confirm_peer(&SALT, &SCRAMBLE, b"").unwrap_err().code, Code::State);
    let client = Host::greeted(&context, Schedule::Whole, MYSQL57_OFF);
    assert_eq!(client.failure().code, Code::NoTlsOffered);

    let ca = pki::kept("mysql-auto/ca.pem");
    for (option, value, bits) in [("ssl_ca", ca.as_str(), TRUST), ("ssl_fp", SHA256, PIN)] {
        let mut builder =
            pki::builder(Role::Client, &[("tlsql_peer_proof", "ON"), (option, value)]).unwrap();
        builder.set_clock(1_800_000_000);
        let mut host = met(&Context::new(&builder).unwrap());
        assert!(!host.conn.needs_peer_proof(), "{option}");
        assert_eq!(host.conn.verified() & (bits | NAME), bits, "{option}");
        let error = host.conn.confirm_peer(&SALT, &SCRAMBLE, b"").unwrap_err();
        assert_eq!(error.code, Code::State, "and it stays up");
    }
    // A CA that does not vouch is not made good by a password.
    let client = met(&pki::client(&[("tlsql_peer_proof", "ON"), ("ssl_ca", "ca.pem")]));
    assert_eq!(client.failure().code, Code::CertUnknownCa);
    // Off, it is as ever.
    let host = met(&pki::client(&[("ssl_mode", "REQUIRED")]));
    assert!(!host.conn.needs_peer_proof());
    for mode in ["VERIFY_CA", "VERIFY_IDENTITY"] {
        let error = pki::try_context(Role::Client, &[("ssl_mode", mode)]).unwrap_err();
        assert_eq!(error.code, Code::NoCa);
    }
}

#[test]
fn nothing_is_sent_before_the_proof_but_what_was_announced() {
    // T83: MariaDB's manual, "Zero-configuration SSL", names the plugins.
    let send = |host: &mut Host| {
        let mut out = [0; 200];
        let mut room = tlsql::SliceSink::new(&mut out);
        let (step, result) = host.conn.step(&mut tlsql::Io {
            wire_in: &mut [],
            wire_out: &mut room,
            app_in: LOGIN,
            app_out: tlsql::AppOut::View { limit: 0 },
        });
        assert_eq!(step.app_in_used > 0, result.is_ok());
        assert_eq!(step.wire_out_made > 0, result.is_ok());
        result.map_err(|error| error.code)
    };
    for plugin in ["mysql_native_password", "client_ed25519", "parsec"] {
        let mut host = needing_proof(Some("VERIFY_IDENTITY"));
        assert_eq!(send(&mut host), Err(Code::State), "nobody asked");
        assert_eq!(host.conn.seal(LOGIN).unwrap_err().code, Code::State);
        host.conn.auth_plugin(plugin.as_bytes()).unwrap();
        assert_eq!(send(&mut host), Ok(()), "{plugin}");
        assert_eq!(send(&mut host), Err(Code::State), "a second packet");
        assert_eq!(host.conn.seal(LOGIN).unwrap_err().code, Code::State);
        host.conn.auth_plugin(plugin.as_bytes()).unwrap();
        host.conn.seal(LOGIN).unwrap();
        assert_eq!(send(&mut host), Err(Code::State), "it was sealed");
        host.conn.confirm_peer(&SALT, &SCRAMBLE, &said(DIGEST)).unwrap();
        assert_eq!(send(&mut host), Ok(()));
        host.conn.auth_plugin(b"dialog").unwrap();
    }
    for plugin in [
        "mysql_clear_password",
        "dialog",
        "sha256_password",
        "caching_sha2_password",
        "mysql_old_password",
        "auth_gssapi_client",
        "mysql_native_password\0",
        "",
    ] {
        let mut host = needing_proof(None);
        let error = host.conn.auth_plugin(plugin.as_bytes()).unwrap_err();
        assert_eq!((error.code, error.mysql_errno()), (Code::PeerProof, 2026), "{plugin}");
        assert_eq!(send(&mut host), Err(Code::PeerProof), "{plugin}");
    }
    let mut early = Conn::new(&pki::client(&[("tlsql_peer_proof", "ON")]));
    assert_eq!(early.auth_plugin(b"parsec").unwrap_err().code, Code::State);
    let mut server = Conn::new(&server());
    assert_eq!(server.auth_plugin(b"parsec").unwrap_err().code, Code::State);
    Conn::new(&pki::client(&[])).auth_plugin(b"dialog").unwrap();
}

/// A server may send before it is asked what its answer will be, so that no step reads anything
/// between the host's answer and a statement.
#[test]
fn what_the_server_sent_ahead_opens_no_way_for_a_statement() {
    let (mut client, mut server) = proving_pair();
    // An AuthSwitchRequest, and OK without a proof.
    server.app = b"\x02\0\0\x03\xfe\0\x07\0\0\x05\0\0\0\x02\0\0\0".to_vec();
    run(&mut client, &mut server);
    assert_eq!(client.got.len(), 17);
    for packet in [LOGIN, b"\0\0\0\x04"] {
        client.conn.auth_plugin(b"mysql_native_password").unwrap();
        client.app = packet.to_vec();
        run(&mut client, &mut server);
        assert!(client.conn.needs_peer_proof());
        assert_eq!(client.conn.seal(b"\x07\0\0\0\x03DO 1+1").unwrap_err().code, Code::State);
    }
    assert_eq!(server.got, [LOGIN, b"\0\0\0\x04"].concat());
}

/// The plugin is named again, or the server answers, where a part of the packet is left: what follows
/// is no new header.
#[test]
fn a_half_sent_packet_is_no_beginning_of_another() {
    // 4 bytes that would allow 16 MB, in the middle of a packet.
    let packet = [&b"\x08\0\0\x02ab"[..], b"\xff\xff\xff\x03", b"cd"].concat();
    for (is_answered, is_renamed) in [(false, true), (true, false), (true, true)] {
        let (mut client, mut server) = proving_pair();
        client.conn.auth_plugin(b"parsec").unwrap();
        client.app = packet[..6].to_vec();
        run(&mut client, &mut server);
        if is_answered {
            server.app = b"\x01\0\0\x03\xff".to_vec();
            run(&mut client, &mut server);
        }
        if is_renamed {
            client.conn.auth_plugin(b"parsec").unwrap();
        }
        let error = client.conn.seal(&[&packet[6..], b"e"].concat()).unwrap_err();
        assert!(error.message().contains("beyond the one packet"), "{error}");
        client.app = packet[6..].to_vec();
        run(&mut client, &mut server);
        assert_eq!(server.got, packet, "{is_answered} {is_renamed}");
        let error = client.conn.seal(b"\x07\0\0\0\x03DO 1+1").unwrap_err();
        assert!(error.message().contains("name the plugin that is answered next"), "{error}");
        assert_eq!(error.code, Code::State);
    }
}

#[test]
fn a_login_packet_may_leave_in_any_parts_and_alone() {
    let packet = [b"\x03\0\0\x02".as_slice(), b"abc"].concat();
    for first in 1..packet.len() {
        for second in first..packet.len() {
            let (mut client, mut server) = proving_pair();
            client.conn.auth_plugin(b"parsec").unwrap();
            client.app = packet[..first].to_vec();
            run(&mut client, &mut server);
            let sealed = (second > first).then(|| client.conn.seal(&packet[first..second]));
            server.wire.extend(sealed.transpose().unwrap().unwrap_or_default());
            let rest = [&packet[second..], b"d"].concat();
            assert_eq!(client.conn.seal(&rest).unwrap_err().code, Code::State);
            client.app = packet[second..].to_vec();
            run(&mut client, &mut server);
            assert_eq!(server.got, packet, "{first} {second}");
            assert_eq!(client.conn.seal(b"d").unwrap_err().code, Code::State);
        }
    }
}

#[test]
fn what_is_left_to_send_holds_up_no_close_before_the_proof() {
    let mut host = needing_proof(Some("VERIFY_IDENTITY"));
    host.conn.close().unwrap();
    host.app = b"login".to_vec();
    host.settle();
    assert_eq!((host.conn.phase(), &host.app[..]), (Phase::Closed, &b"login"[..]));
    assert!(host.error.is_none());
}

#[test]
fn a_proof_and_a_way_to_clear_text_do_not_go_together() {
    for mode in ["PREFERRED", "DISABLED"] {
        let options = [("tlsql_peer_proof", "ON"), ("ssl_mode", mode)];
        let error = pki::try_context(Role::Client, &options).unwrap_err();
        assert_eq!(error.code, Code::OptionValue, "{mode}");
        let message = error.message();
        assert!(message.contains("tlsql_peer_proof") && message.contains("REQUIRED"), "{message}");
    }
    let off = pki::client(&[("tlsql_peer_proof", "OFF"), ("ssl_mode", "DISABLED")]);
    assert!(!Conn::new(&off).needs_peer_proof(), "no TLS was asked for");
}

#[test]
fn a_server_is_never_asked() {
    let (mut client, mut server) = link(&pki::client(&[]), &server(), Schedule::Whole);
    run(&mut client, &mut server);
    assert!(!server.conn.needs_peer_proof());
    assert_eq!(server.conn.peer_proof(&SALT, &SCRAMBLE).unwrap_err().code, Code::State);
    let error: Error = server.conn.confirm_peer(&SALT, &SCRAMBLE, b"").unwrap_err();
    assert_eq!(error.code, Code::State);
}

#[test]
fn a_server_says_what_its_client_expects() {
    // T82, both ends
    let (mut client, mut server) = proving_pair();
    // mysql_native_password, ed25519, parsec.
    for salt in [&SALT[..], &[7; 32], &[b'P'; 52]] {
        let own = server.conn.own_proof(salt, &SCRAMBLE).unwrap();
        assert_eq!(own, client.conn.peer_proof(salt, &SCRAMBLE).unwrap());
    }
    let own = server.conn.own_proof(&SALT, &SCRAMBLE).unwrap();
    assert_eq!(own, DIGEST, "MariaDB's own rule, by Python's hashlib");
    client.conn.confirm_peer(&SALT, &SCRAMBLE, &said(&own)).unwrap();
    assert!(!client.conn.needs_peer_proof());
    server.conn.close().unwrap();
    server.settle();
    assert_eq!(server.conn.own_proof(&SALT, &SCRAMBLE).unwrap_err().code, Code::State, "closed");
}

#[test]
fn another_password_scramble_or_certificate_proves_nothing() {
    // T83, both ends
    let mut changed = (SALT, SCRAMBLE);
    (changed.0[0], changed.1[19]) = (changed.0[0] ^ 1, changed.1[19] ^ 1);
    for (salt, scramble) in [(changed.0, SCRAMBLE), (SALT, changed.1)] {
        let (mut client, server) = proving_pair();
        let own = server.conn.own_proof(&salt, &scramble).unwrap();
        let refused = client.conn.confirm_peer(&SALT, &SCRAMBLE, &said(&own)).unwrap_err();
        assert_eq!(refused.code, Code::PeerProof);
    }
    let (mut client, _) = proving_pair();
    let (mut other, mut between) =
        link(&pki::client(&[]), &pki::server_as("server", &[]), Schedule::Whole);
    run(&mut other, &mut between);
    let own = between.conn.own_proof(&SALT, &SCRAMBLE).unwrap();
    let refused = client.conn.confirm_peer(&SALT, &SCRAMBLE, &said(&own)).unwrap_err();
    assert_eq!(refused.code, Code::PeerProof);
}

#[test]
fn a_server_proves_nothing_without_a_password() {
    let (client, server) = proving_pair();
    for salt in [&[][..], &NATIVE_OF_NO_PASSWORD, &ED25519_OF_NO_PASSWORD] {
        assert_eq!(server.conn.own_proof(salt, &SCRAMBLE).unwrap_err().code, Code::Argument);
    }
    assert_eq!(client.conn.own_proof(&SALT, &SCRAMBLE).unwrap_err().code, Code::State, "a client");
    let early = Conn::new(&self::server());
    assert_eq!(early.own_proof(&SALT, &SCRAMBLE).unwrap_err().code, Code::State, "not up yet");
    let clear = Host::greeted(&pki::client(&[("ssl_mode", "DISABLED")]), Schedule::Whole, 0);
    assert_eq!(clear.conn.own_proof(&SALT, &SCRAMBLE).unwrap_err().code, Code::State);
}

// SNI

#[test]
fn no_sni_is_sent_for_addresses() {
    // RFC 6066 section 3
    for (sni, sent) in [("db.example", true), ("127.0.0.1", false), ("::1", false)] {
        let mut host = Host::new(&pki::client(&[]), Schedule::Whole).with("sni", sni);
        host.deliver(&support::wire::packet(0, &support::wire::greeting(support::wire::MYSQL57)));
        let hello = host.take_sent();
        let found = hello.windows(sni.len()).any(|part| part == sni.as_bytes());
        assert_eq!(found, sent, "{sni}");
    }
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole).with("host", "db.example");
    host.deliver(&support::wire::packet(0, &support::wire::greeting(support::wire::MYSQL57)));
    let hello = host.take_sent();
    assert!(!hello.windows(10).any(|part| part == b"db.example"), "none unless it is set");
}

/// The 65 bytes of the OK packet's text.
fn said(digits: &str) -> Vec<u8> {
    [b"\x01", digits.as_bytes()].concat()
}

/// A client in TLS that still needs a proof of who its server is.
fn needing_proof(mode: Option<&str>) -> Host {
    let mut options = vec![("tlsql_peer_proof", "ON")];
    options.extend(mode.map(|mode| ("ssl_mode", mode)));
    let host = met(&pki::client(&options));
    assert_eq!(host.conn.outcome(), Outcome::Tls, "{mode:?}");
    assert!(host.conn.needs_peer_proof());
    host
}

/// A client that needs a proof, and its server.
fn proving_pair() -> (Host, Host) {
    let client = pki::client(&[("tlsql_peer_proof", "ON")]);
    let (mut client, mut server) = link(&client, &server(), Schedule::Whole);
    run(&mut client, &mut server);
    (client, server)
}

/// A client that met the server of `tests/data/mysql-auto`.
fn met(client: &Context) -> Host {
    let (mut client, mut server) = link(client, &server(), Schedule::Whole);
    run(&mut client, &mut server);
    client
}

fn server() -> Context {
    let kept = |name: &str| pki::kept(&format!("mysql-auto/{name}.pem"));
    let (cert, key) = (kept("server-cert"), kept("server-key"));
    pki::server(&[("ssl_cert", &cert), ("ssl_key", &key)])
}

/// A file with this content, for this test program only.
fn scratch(name: &str, content: &[u8]) -> String {
    let path = pki::dir().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}
