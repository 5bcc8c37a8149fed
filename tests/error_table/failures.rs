//! How each failure is reached from outside.

use std::ptr::null_mut;
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;
use tlsql::ffi::{self, tlsql_error, tlsql_step};
use tlsql::{Account, Builder, Code, Conn, Context, Error, Login, Role, UsedPassword};

use crate::support::wire::{self, MYSQL57, MYSQL57_OFF};
use crate::support::{self, Files, Host, Schedule, link, pki, run};

// The C interface

pub fn code(number: ffi::tlsql_code) -> Error {
    Code::from_number(number).expect("a failure").into()
}

pub fn no_place_for_a_builder() -> Error {
    code(unsafe { ffi::tlsql_builder_new(ffi::TLSQL_CLIENT, null_mut()) })
}

pub fn one_buffer_for_both_directions() -> Error {
    let mut builder = null_mut();
    let (mut context, mut conn) = (null_mut(), null_mut());
    unsafe {
        assert_eq!(ffi::tlsql_builder_new(ffi::TLSQL_CLIENT, &mut builder), 0);
        assert_eq!(ffi::tlsql_context_new(builder, &mut context), 0);
        assert_eq!(ffi::tlsql_client_new(context, &mut conn, null_mut()), 0);
        let mut step: tlsql_step = std::mem::zeroed();
        step.struct_size = size_of::<tlsql_step>() as u32;
        let mut buffer = [0u8; 64];
        let (at, len) = (buffer.as_mut_ptr(), buffer.len());
        let nothing = null_mut();
        let result =
            ffi::tlsql_conn_step(conn, at, len, at, len, nothing, 0, nothing, 0, &mut step);
        ffi::tlsql_conn_free(conn);
        ffi::tlsql_context_free(context);
        ffi::tlsql_builder_free(builder);
        code(result)
    }
}

pub fn no_room_for_a_value() -> Error {
    let mut builder = null_mut();
    let mut needed = 0;
    unsafe {
        assert_eq!(ffi::tlsql_builder_new(ffi::TLSQL_CLIENT, &mut builder), 0);
        let name = c"ssl_mode";
        let (at, len) = (name.as_ptr(), name.count_bytes());
        let result = ffi::tlsql_builder_get(builder, at, len, null_mut(), 0, &mut needed);
        assert_eq!(needed, "PREFERRED".len() + 1);
        ffi::tlsql_builder_free(builder);
        code(result)
    }
}

pub fn a_struct_of_four_bytes() -> Error {
    unsafe {
        let mut out: tlsql_error = std::mem::zeroed();
        out.struct_size = 4;
        code(ffi::tlsql_code_info(-1, &mut out))
    }
}

// Settings

pub fn set(name: &str, value: &str) -> Error {
    Builder::new(Role::Client).set(name, value).unwrap_err()
}

/// The failure to read an option file of this content.
pub fn option_file(content: &str) -> Error {
    let files = Files::new();
    let path = files.write("my.cnf", content);
    Builder::new(Role::Client).read_options(&path, "client").unwrap_err()
}

pub fn load(options: &[(&str, &str)]) -> Error {
    pki::builder(Role::Client, options).unwrap_err()
}

pub fn made(options: &[(&str, &str)]) -> Error {
    pki::try_context(Role::Client, options).unwrap_err()
}

pub fn an_expired_certificate_of_our_own() -> Error {
    let own = [("ssl_cert", "expired-cert.pem"), ("ssl_key", "expired-key.pem")];
    let enforced = [("ssl_ca", "ca.pem"), ("tls_certificates_enforced_validation", "ON")];
    pki::try_context(Role::Server, &[own, enforced].concat()).unwrap_err()
}

pub fn an_encrypted_key() -> Error {
    let key = pki::kept("keys/p256-encrypted-pkcs8.pem");
    load(&[("ssl_cert", "server-cert.pem"), ("ssl_key", &key)])
}

pub fn a_key_of_another_curve() -> Error {
    let [cert, key] = ["cert", "sec1"].map(|name| pki::kept(&format!("keys/p521-{name}.pem")));
    made(&[("ssl_cert", &cert), ("ssl_key", &key)])
}

pub fn a_file_that_is_there_already() -> Error {
    let directory = concat!(env!("CARGO_TARGET_TMPDIR"), "/error-table-left-over");
    std::fs::create_dir_all(directory).unwrap();
    std::fs::write(format!("{directory}/client-key.pem"), "mine").unwrap();
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", directory).unwrap();
    builder.generate("5.7.29", "").unwrap_err()
}

pub fn a_trusted_certificate() -> Error {
    let text = String::from_utf8(pki::read("ca.pem")).unwrap();
    let text = text.replace(" CERTIFICATE", " TRUSTED CERTIFICATE");
    Builder::new(Role::Client).add_ca(text.as_bytes()).unwrap_err()
}

pub fn files_that_nobody_loaded() -> Error {
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_ca", &pki::path("ca.pem")).unwrap();
    Context::new(&builder).unwrap_err()
}

// MySQL packets

pub fn a_greeting_that_is_none() -> Error {
    Conn::new(&pki::server(&[])).server_start(b"hello").unwrap_err()
}

pub fn a_start_before_the_greeting() -> Error {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    host.conn.client_start(&mut host.request.clone()).unwrap_err()
}

pub fn a_context_at_no_hello() -> Error {
    let server = pki::server_as("server", &[]);
    Host::new(&server, Schedule::Whole).conn.use_context(&server).unwrap_err()
}

pub fn greeted(stream: &[u8]) -> Error {
    client_fed(&pki::client(&[]), &[stream])
}

pub fn verify_identity_without_a_name() -> Error {
    let client = pki::client(&[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")]);
    client_fed(&client, &[&wire::packet(0, &wire::greeting(MYSQL57))])
}

pub fn required_without_tls() -> Error {
    let client = pki::client(&[("ssl_mode", "REQUIRED")]);
    client_fed(&client, &[&wire::packet(0, &wire::greeting(MYSQL57_OFF))])
}

pub fn client_fed(client: &Context, streams: &[&[u8]]) -> Error {
    let mut host = Host::new(client, Schedule::Whole);
    streams.iter().for_each(|stream| host.deliver(stream));
    host.failure().clone()
}

pub fn asked(stream: &[u8]) -> Error {
    let mut host = Host::new(&pki::server_as("server", &[]), Schedule::Whole);
    host.deliver(stream);
    host.failure().clone()
}

pub fn asked_for_tls_that_is_off() -> Error {
    let mut host = Host::new(&pki::server(&[]), Schedule::Whole);
    host.deliver(&behind_the_request(b""));
    host.failure().clone()
}

/// A client's alert in answer to the certificate.
pub fn answered_with(alert: u8) -> Error {
    let hello = wire::client_hello(0x0303, &[0xc02b], &wire::usual_extensions(&[29]));
    asked(&behind_the_request(&[hello, wire::alert(alert)].concat()))
}

pub fn behind_the_request(bytes: &[u8]) -> Vec<u8> {
    [&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)), bytes].concat()
}

pub fn a_login_in_clear() -> Error {
    let mut host = Host::new(&pki::server(&[("require_secure_transport", "ON")]), Schedule::Whole);
    let login = wire::login(wire::MYSQL_PROGRAM & !wire::CLIENT_SSL);
    host.deliver(&wire::packet(1, &login));
    host.conn.check_transport().unwrap_err()
}

/// What the server's log says of a login by an account that requires this.
pub fn denied(require: &str, server: fn() -> Host) -> Error {
    let mut account = Account::default();
    account.set("require", require).unwrap();
    let login = Login { user: b"bob", host: b"localhost", password: UsedPassword::Yes };
    server().conn.check_account(&account, &login).unwrap_err().log
}

pub fn a_plain_login() -> Host {
    let mut host = Host::new(&pki::server_as("server", &[]), Schedule::Whole);
    let login = wire::login(wire::MYSQL_PROGRAM & !wire::CLIENT_SSL);
    host.deliver(&wire::packet(1, &login));
    host
}

pub fn a_login_without_a_certificate() -> Host {
    let server = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
    let (mut client, mut server) = link(&pki::client(&[]), &server, Schedule::Whole);
    run(&mut client, &mut server);
    server
}

// TLS

pub fn hello_answered(answer: &[u8]) -> Error {
    let greeting = wire::packet(0, &wire::greeting(MYSQL57));
    client_fed(&pki::client(&[]), &[&greeting, answer])
}

pub fn helloed(version: u16, suites: &[u16], groups: &[u16]) -> Error {
    let hello = wire::client_hello(version, suites, &wire::usual_extensions(groups));
    asked(&behind_the_request(&hello))
}

/// What a server makes of a TLS 1.3 client that it may only speak TLS 1.2 with.
pub fn a_version_that_tls_version_leaves_out() -> Error {
    let server = pki::server_as("server", &[("tls_version", "TLSv1.2")]);
    let client = pki::client(&[("tls_version", "TLSv1.3")]);
    let (mut client, mut server) = link(&client, &server, Schedule::Whole);
    run(&mut client, &mut server);
    server.failure().clone()
}

/// What a client makes of a server that does not know its CA.
pub fn a_client_of_another_ca() -> Error {
    let client = pki::client_as("other-client", &[("tls_version", "TLSv1.2")]);
    ended(&client, &pki::server_as("server", &[("ssl_ca", "ca.pem")]))
}

pub fn a_finished_first() -> Error {
    asked(&behind_the_request(&wire::record(wire::HANDSHAKE, &wire::handshake(20, &[0; 12]))))
}

pub fn a_handshake_message_of_16_mib() -> Error {
    let mut head = vec![1, 0xff, 0xff, 0xff];
    head.resize(16_000, 0);
    asked(&behind_the_request(&wire::record(wire::HANDSHAKE, &head).repeat(8)))
}

/// A client in TLS, and a record of its server that has not arrived yet.
pub fn with_a_record_on_its_way() -> (Host, Vec<u8>) {
    let (mut client, mut server) =
        link(&pki::client(&[]), &pki::server_as("server", &[]), Schedule::Whole);
    run(&mut client, &mut server);
    server.app.extend(b"a row");
    server.settle();
    let record = server.take_sent();
    (client, record)
}

pub fn a_changed_record() -> Error {
    let (mut client, mut record) = with_a_record_on_its_way();
    *record.last_mut().unwrap() ^= 1;
    client.deliver(&record);
    client.failure().clone()
}

pub fn an_end_inside_a_record() -> Error {
    let (mut client, record) = with_a_record_on_its_way();
    client.deliver(&record[..record.len() - 1]);
    client.eof().unwrap_err()
}

/// What a client makes of a server that uses this group of `tests/data`.
pub fn met_group(name: &str) -> Error {
    let pem = std::fs::read(pki::kept(&format!("dh/{name}.pem"))).unwrap();
    let (p, g) = support::dh::parameters(&pem);
    let mut client = Host::greeted(&pki::client(&[]), Schedule::Whole, wire::MYSQL57);
    support::dh::OneGroupServer::new(&p, &g, &[2]).upgrade(&mut client);
    client.failure().clone()
}

// Certificates

/// What a client with our CA makes of the server with this certificate.
pub fn verified(name: &str, options: &[(&str, &str)]) -> Error {
    let options = [&[("ssl_ca", "ca.pem")], options].concat();
    ended(&pki::client(&options), &pki::server_as(name, &[]))
}

pub fn another_fingerprint() -> Error {
    let client = pki::client(&[("ssl_fp", &"ab".repeat(32))]);
    ended(&client, &pki::server_as("server", &[]))
}

pub fn a_server_that_does_not_know_the_password() -> Error {
    let client = pki::client(&[("tlsql_peer_proof", "ON")]);
    let (mut client, mut server) = link(&client, &pki::server_as("server", &[]), Schedule::Whole);
    run(&mut client, &mut server);
    client.conn.confirm_peer(&[1; 20], &[2; 20], b"").unwrap_err()
}

pub fn verified_at(time: u64) -> Error {
    let mut builder = pki::builder(Role::Client, &[("ssl_ca", "ca.pem")]).unwrap();
    builder.set_clock(time);
    ended(&Context::new(&builder).unwrap(), &pki::server_as("server", &[]))
}

pub fn a_list_of_another_ca() -> Error {
    let options = [("ssl_ca", "other-ca.pem"), ("ssl_crl", "crl.pem")];
    ended(&pki::client(&options), &pki::server_as("other", &[]))
}

pub fn a_signature_with_one_bit_changed() -> Error {
    let mut chain = pki::der(&pki::read("server-cert.pem"));
    *chain.last_mut().unwrap() ^= 1;
    let mut builder = Builder::new(Role::Server);
    builder.set_identity(&chain, &pki::read("server-key.pem")).unwrap();
    let client = pki::client(&[("ssl_ca", "ca.pem")]);
    ended(&client, &Context::new(&builder).unwrap())
}

pub fn a_certificate_signed_with_sha1() -> Error {
    let ca = pki::kept("keys/rsa2048-ca.pem");
    let mut builder = pki::builder(Role::Client, &[("ssl_ca", &ca)]).unwrap();
    builder.set_clock(1_800_000_000);
    let (cert, key) = (pki::kept("keys/p256-sha1-cert.pem"), pki::kept("keys/p256-sec1.pem"));
    let server = pki::server(&[("ssl_cert", &cert), ("ssl_key", &key)]);
    ended(&Context::new(&builder).unwrap(), &server)
}

/// What a client makes of a server with certificate and key of `tests/data`, in January 2027.
pub fn verified_kept(cert: &str, key: &str, options: &[(&str, &str)]) -> Error {
    let kept = |name: &str| pki::kept(&format!("{name}.pem"));
    let options = if options.is_empty() { &[("ssl_ca", "ca.pem")] } else { options };
    let mut builder = pki::builder(Role::Client, options).unwrap();
    builder.set_clock(1_800_000_000);
    let server = pki::server(&[("ssl_cert", &kept(cert)), ("ssl_key", &kept(key))]);
    ended(&Context::new(&builder).unwrap(), &server)
}

pub fn a_certificate_below_one_that_is_no_ca() -> Error {
    let ca = pki::kept("anchors/not-ca.pem");
    verified_kept("anchors/below-not-ca", "anchors/below-not-ca-key", &[("ssl_ca", &ca)])
}

pub fn a_name_that_the_ca_may_not_certify() -> Error {
    let ca = pki::kept("refusals/constrained-ca.pem");
    verified_kept("refusals/constrained-cert", "refusals/constrained-key", &[("ssl_ca", &ca)])
}

pub fn an_expired_list() -> Error {
    let (ca, list) = (pki::kept("refusals/ca.pem"), pki::kept("refusals/expired-crl.pem"));
    let options = [("ssl_ca", ca.as_str()), ("ssl_crl", list.as_str())];
    let error = verified_kept("refusals/server-cert", "refusals/server-key", &options);
    let message = error.message();
    let facts = "the list of '/CN=tlsql refusals ca', until 2026-12-01 00:00:00 UTC (OpenSSL error 12 \
                 at depth 0, CRL has expired)";
    assert!(message.contains(facts), "{message}");
    error
}

pub fn a_list_with_one_bit_changed() -> Error {
    let mut list = pki::der(&pki::read("crl.pem"));
    *list.last_mut().unwrap() ^= 1;
    let mut builder = pki::builder(Role::Client, &[("ssl_ca", "ca.pem")]).unwrap();
    builder.add_crl(&list).unwrap();
    ended(&Context::new(&builder).unwrap(), &pki::server_as("server", &[]))
}

/// The server's certificate with another signature algorithm written in, inside and outside:
/// ecdsa-with-SHA224, which ring has not.
pub fn a_certificate_signed_with_sha224() -> Error {
    const SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let mut chain = pki::der(&pki::read("server-cert.pem"));
    let places: Vec<_> = (0..chain.len()).filter(|&at| chain[at..].starts_with(SHA256)).collect();
    assert_eq!(places.len(), 2);
    places.iter().for_each(|at| chain[at + SHA256.len() - 1] = 1);
    let mut builder = Builder::new(Role::Server);
    builder.set_identity(&chain, &pki::read("server-key.pem")).unwrap();
    let client = pki::client(&[("ssl_ca", "ca.pem")]);
    ended(&client, &Context::new(&builder).unwrap())
}

pub fn ended(client: &Context, server: &Context) -> Error {
    let (mut client, mut server) = link(client, server, Schedule::Whole);
    run(&mut client, &mut server);
    client.failure().clone()
}

/// A server that sends an empty list of certificates, which ours never would.
pub fn a_server_without_a_certificate() -> Error {
    shown_chain(&pki::client(&[]), vec![])
}

/// What a client makes of a TLS 1.3 server that shows these certificates, whosever they are.
pub fn shown_chain(client: &Context, chain: Vec<CertificateDer<'static>>) -> Error {
    #[derive(Debug)]
    struct Nothing(Arc<CertifiedKey>);
    impl ResolvesServerCert for Nothing {
        fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            Some(self.0.clone())
        }
    }
    let provider = rustls::crypto::ring::default_provider();
    let key = rustls_pki_types::PrivatePkcs8KeyDer::from(pki::der(&pki::read("server-key.pem")));
    let key = provider.key_provider.load_private_key(key.into()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Nothing(Arc::new(CertifiedKey::new(chain, key)))));
    let mut server = rustls::ServerConnection::new(Arc::new(config)).unwrap();

    let mut client = Host::greeted(client, Schedule::Whole, MYSQL57);
    let hello = client.take_sent();
    server.read_tls(&mut &hello[36..]).unwrap();
    server.process_new_packets().unwrap();
    let mut flight = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut flight).unwrap();
    }
    client.deliver(&flight);
    client.failure().clone()
}
