//! The end of the stream where there should be more.

use super::{Evidence, instead};
use crate::config::{Role, SSL_CERT};
use crate::engine::Phase;
use crate::error::{Code, Details, Error};
use crate::packet::errno::CR_SSL_CONNECTION_ERROR;
use crate::packet::other_protocol;
use crate::text;
use crate::tls::ClientAuth;

/// Returns the failure of a stream that ended before the connection was up.
pub fn end(evidence: &Evidence<'_>) -> Error {
    let in_handshake = evidence.phase == Phase::Handshake;
    let (when, hint) = when_and_hint(evidence);
    // Once TLS has begun it is an SSL error (T21).
    let errno = in_handshake.then_some((CR_SSL_CONNECTION_ERROR, "HY000"));
    let is_unanswered = evidence.phase == Phase::Greeting && evidence.settings.role == Role::Client;
    let place = if is_unanswered { place(evidence) } else { String::new() };
    let detail = Some(format!("{when}{place}"));
    let error = Error::with(Code::Eof, Details { errno, detail, ..Details::default() });
    let found = match evidence.settings.role {
        Role::Client => other_protocol::began_to_answer(evidence.first_bytes),
        Role::Server => other_protocol::began_to_ask(evidence.first_bytes),
    };
    instead(found, error.with_hint(hint))
}

/// Returns the failure of a stream that ended where a refused certificate is the likely reason: in
/// TLS 1.3 a server judges it after our handshake, and its alert may be lost with the connection.
pub fn silence(evidence: &Evidence<'_>) -> Option<Error> {
    if !evidence.seen.is_tls13 || evidence.client_auth() != Some(ClientAuth::Shown) {
        return None;
    }
    let when = "the server closed after it was shown a client certificate, without a word";
    let hint = "Check ssl_cert against the server's ssl_ca, and look into its error log.";
    Some(Error::detail(Code::Eof, when).with_hint(hint).with_hint_option(SSL_CERT.name))
}

fn when_and_hint(evidence: &Evidence<'_>) -> (&'static str, &'static str) {
    match evidence.settings.role {
        Role::Client => server_closed(evidence),
        Role::Server => client_closed(evidence),
    }
}

fn server_closed(evidence: &Evidence<'_>) -> (&'static str, &'static str) {
    match evidence.phase {
        Phase::Greeting if !evidence.first_bytes.is_empty() => (
            "at 'reading initial communication packet': the server closed in the middle of its greeting",
            "Look into the server's error log, and at what is in between.",
        ),
        Phase::Greeting => (
            "at 'reading initial communication packet': the server closed before its greeting",
            "Check host and port (a server of another protocol may wait for the client), bind-address, \
             max_connections and what is in between.",
        ),
        Phase::Negotiate => {
            ("the server closed after its greeting", "Look into the server's error log.")
        }
        _ if !evidence.saw_record => (
            if evidence.left == 0 {
                "the server closed after the SSLRequest, without a word of TLS"
            } else {
                "the server closed after the SSLRequest, in the middle of its answer"
            },
            "Look into its error log; a proxy in between may not pass TLS.",
        ),
        _ => (
            "the server closed in the middle of the TLS handshake",
            "Look into its error log; it may refuse ssl_cert, ssl_cipher or tls_version.",
        ),
    }
}

fn client_closed(evidence: &Evidence<'_>) -> (&'static str, &'static str) {
    match evidence.phase {
        Phase::Handshake if !evidence.saw_record && evidence.left == 0 => (
            "the client closed after its SSLRequest, without a ClientHello",
            "Look into the client's log: its TLS did not begin.",
        ),
        Phase::Handshake if !evidence.saw_record => (
            "the client closed in the middle of its ClientHello",
            "Look into the client's log, and at what is in between.",
        ),
        Phase::Handshake if evidence.seen.suite == 0 => (
            "the client closed before its ClientHello was answered",
            "Look into the client's log, and at what is in between; it may have waited too long.",
        ),
        Phase::Handshake => (
            "the client closed in the middle of the TLS handshake",
            "It may refuse ssl_cert: look into the client's log, and at its ssl_ca.",
        ),
        _ if !evidence.first_bytes.is_empty() => (
            "the client closed in the middle of its first packet",
            "Look into the client's log, and at what is in between.",
        ),
        _ => (
            "the client closed before its first packet",
            "A health check or a port scan does so too; else look into the client's log.",
        ),
    }
}

/// Where the server should be that did not speak: ", at db.example.test, port 3306".
fn place(evidence: &Evidence<'_>) -> String {
    let host =
        evidence.host.map(|host| format!(", at {}", text::quoted(&text::shorten(host, MAX_HOST))));
    let port = evidence.port.map(|port| format!(", port {port}"));
    host.into_iter().chain(port).collect()
}

/// Characters of a host name that a message shows.
const MAX_HOST: usize = 60;
