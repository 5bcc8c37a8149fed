//! Servers that begin under one context, and whose host chooses another by the name in the first
//! ClientHello.

use std::cell::RefCell;
use std::rc::Rc;

use tlsql::{Conn, Context, OnelineForm, Phase};

use super::plain_client::{Met, PlainClient};
use super::{Host, Schedule, link, pki, run, wire};

pub type Options<'a> = &'a [(&'a str, &'a str)];

pub const ON: (&str, &str) = ("tlsql_hello_event", "ON");
pub const VERSIONS: [&str; 2] = ["TLSv1.2", "TLSv1.3"];
pub const TENANT: &str = "/CN=tlsql test server";
pub const FRONT: &str = "/CN=tlsql wrong name";

/// The context that every connection begins with; its certificate has another name than the tenant's.
pub fn front(more: Options<'_>) -> Context {
    pki::server_as("wrongname", &[&[ON], more].concat())
}

pub fn tenant(more: Options<'_>) -> Context {
    pki::server_as("server", more)
}

pub fn client(version: &str, more: Options<'_>) -> Context {
    pki::client(&[&[("ssl_mode", "REQUIRED"), ("tls_version", version)], more].concat())
}

/// The names that a host has seen.
pub type Names = Rc<RefCell<Vec<String>>>;

/// Makes the host note the name, and go on under `context` if there is one.
pub fn choose(host: &mut Host, context: Option<&Context>) -> Names {
    let (names, context) = (Names::default(), context.cloned());
    let seen = names.clone();
    host.on_hello = Box::new(move |conn| {
        assert_eq!(conn.phase(), Phase::Handshake);
        seen.borrow_mut().push(conn.hello_name().expect("it is ready").to_owned());
        context.iter().for_each(|context| conn.use_context(context).expect("the moment"));
    });
    names
}

/// A client that sends the SNI, and the server; both have come to an end.
pub fn meet(
    client: &Context,
    front: &Context,
    context: Option<&Context>,
    schedule: Schedule,
) -> (Host, Host, Vec<String>) {
    let (client, mut server) = link(client, front, schedule);
    let mut client = client.with("sni", "localhost");
    let names = choose(&mut server, context);
    run(&mut client, &mut server);
    let names = names.borrow().clone();
    (client, server, names)
}

pub fn subject(conn: &Conn) -> String {
    let subject = conn.peer_subject(OnelineForm::OpenSsl3).unwrap_or_default();
    String::from_utf8(subject).unwrap()
}

pub fn is_up(hosts: [&Host; 2]) {
    for host in hosts {
        assert_eq!(host.conn.phase(), Phase::Tls, "{:?}", host.error);
    }
}

pub fn count(context: &Context, name: &str) -> u64 {
    context.status(name).and_then(|value| value.parse().ok()).expect("a counter")
}

pub fn counts(context: &Context) -> [u64; 2] {
    ["Ssl_accepts", "Ssl_finished_accepts"].map(|name| count(context, name))
}

/// The records of a ClientHello, cut anew; the transcript is over the message.
pub fn cut_anew(hello: &[u8], size: usize) -> Vec<u8> {
    let mut message = Vec::new();
    wire::records(hello).into_iter().for_each(|(_, body)| message.extend(body));
    message.chunks(size).flat_map(|part| wire::record(wire::HANDSHAKE, part)).collect()
}

/// A server that awaits a ClientHello, given these bytes.
pub fn given(options: Options<'_>, schedule: Schedule, bytes: &[u8]) -> Host {
    let mut server = Host::new(&tenant(options), schedule);
    server.settle();
    server.take_sent();
    server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    server.deliver(bytes);
    server
}

/// Extensions of a client with TLS 1.2 and a server_name.
pub fn with_name(name: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let len = |extra: usize| u16::try_from(name.len() + extra).unwrap().to_be_bytes();
    let content = [&len(3)[..], &[0], &len(0), name].concat();
    [wire::usual_extensions(&[29, 23]), vec![(0, content)]].concat()
}

pub fn hello(extensions: &[(u16, Vec<u8>)]) -> Vec<u8> {
    wire::client_hello(0x0303, &[0xc02b, 0xc02f], extensions)
}

pub fn join(client: &PlainClient, front: &Context, context: &Context, schedule: Schedule) -> Met {
    let mut host = Host::new(front, schedule);
    choose(&mut host, Some(context));
    client.join(host, "localhost")
}
