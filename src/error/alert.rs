//! TLS alerts: their numbers and names, and what a peer means by one. The records that carry them in
//! clear are in tls/alert.rs; which alert a failure sends is a column of error/table.rs.

/// AlertDescription (RFC 8446 section 6, RFC 5246 section 7.2).
pub mod number {
    pub const CLOSE_NOTIFY: u8 = 0;
    pub const UNEXPECTED_MESSAGE: u8 = 10;
    pub const BAD_RECORD_MAC: u8 = 20;
    pub const DECRYPTION_FAILED: u8 = 21;
    pub const RECORD_OVERFLOW: u8 = 22;
    pub const DECOMPRESSION_FAILURE: u8 = 30;
    pub const HANDSHAKE_FAILURE: u8 = 40;
    pub const BAD_CERTIFICATE: u8 = 42;
    pub const UNSUPPORTED_CERTIFICATE: u8 = 43;
    pub const CERTIFICATE_REVOKED: u8 = 44;
    pub const CERTIFICATE_EXPIRED: u8 = 45;
    pub const CERTIFICATE_UNKNOWN: u8 = 46;
    pub const ILLEGAL_PARAMETER: u8 = 47;
    pub const UNKNOWN_CA: u8 = 48;
    pub const ACCESS_DENIED: u8 = 49;
    pub const DECODE_ERROR: u8 = 50;
    pub const DECRYPT_ERROR: u8 = 51;
    pub const EXPORT_RESTRICTION: u8 = 60;
    pub const PROTOCOL_VERSION: u8 = 70;
    pub const INSUFFICIENT_SECURITY: u8 = 71;
    pub const INTERNAL_ERROR: u8 = 80;
    pub const INAPPROPRIATE_FALLBACK: u8 = 86;
    pub const USER_CANCELED: u8 = 90;
    pub const NO_RENEGOTIATION: u8 = 100;
    pub const MISSING_EXTENSION: u8 = 109;
    pub const UNSUPPORTED_EXTENSION: u8 = 110;
    pub const UNRECOGNIZED_NAME: u8 = 112;
    pub const BAD_CERTIFICATE_STATUS_RESPONSE: u8 = 113;
    pub const UNKNOWN_PSK_IDENTITY: u8 = 115;
    pub const CERTIFICATE_REQUIRED: u8 = 116;
    pub const NO_APPLICATION_PROTOCOL: u8 = 120;
}

use number::*;

/// A TLS alert by its number (RFC 8446 section 6.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Alert {
    pub number: u8,
    pub from_peer: bool,
}

/// What is known of an alert by its number.
struct Row {
    number: u8,
    name: &'static str,
    /// Of the peer that sends it.
    means: &'static str,
    /// What helps, where nothing else is known of the connection.
    hint: &'static str,
}

impl Alert {
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What the peer tells by it, without a final stop.
    pub fn means(self) -> &'static str {
        self.row().means
    }

    pub fn hint(self) -> &'static str {
        self.row().hint
    }

    pub fn is_one_of(self, numbers: &[u8]) -> bool {
        numbers.contains(&self.number)
    }

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.number == self.number).unwrap_or(&UNASSIGNED)
    }
}

const UPGRADE: &str = "One of the two TLS libraries is at fault: upgrade the peer's.";
const COMPARE: &str = "Compare ssl_cipher and tls_version on both sides.";
const CERTIFICATE: &str = "Look into the peer's error log, and at the certificate in ssl_cert.";
const ALTERED: &str = "Look for a device that alters the traffic, and connect again.";
const OWN_REASON: &str = "Look into the peer's error log: its ssl_cert, ssl_key, ssl_cipher or tls_version may be the reason.";
const AGAIN: &str = "Look into the peer's error log, and connect again.";

const fn row(number: u8, name: &'static str, means: &'static str, hint: &'static str) -> Row {
    Row { number, name, means, hint }
}

/// RFC 8446 section 6.2, RFC 5246 section 7.2.2.
const ROWS: &[Row] = &[
    row(CLOSE_NOTIFY, "close_notify", "it ends the connection", AGAIN),
    row(
        UNEXPECTED_MESSAGE,
        "unexpected_message",
        "it got a message that it did not expect",
        UPGRADE,
    ),
    row(BAD_RECORD_MAC, "bad_record_mac", "a record reached it changed", ALTERED),
    row(DECRYPTION_FAILED, "decryption_failed", "a record reached it changed", ALTERED),
    row(RECORD_OVERFLOW, "record_overflow", "it got a record that is too long", ALTERED),
    row(DECOMPRESSION_FAILURE, "decompression_failure", "it could not unpack a record", UPGRADE),
    row(
        HANDSHAKE_FAILURE,
        "handshake_failure",
        "it found no parameters that both sides allow",
        COMPARE,
    ),
    row(
        BAD_CERTIFICATE,
        "bad_certificate",
        "it cannot use the certificate it was shown",
        CERTIFICATE,
    ),
    row(
        UNSUPPORTED_CERTIFICATE,
        "unsupported_certificate",
        "it takes no certificate of this kind",
        CERTIFICATE,
    ),
    row(
        CERTIFICATE_REVOKED,
        "certificate_revoked",
        "the certificate it was shown is revoked",
        CERTIFICATE,
    ),
    row(
        CERTIFICATE_EXPIRED,
        "certificate_expired",
        "the certificate it was shown is out of date",
        CERTIFICATE,
    ),
    row(
        CERTIFICATE_UNKNOWN,
        "certificate_unknown",
        "it does not accept the certificate it was shown",
        CERTIFICATE,
    ),
    row(ILLEGAL_PARAMETER, "illegal_parameter", "it got a field that it does not allow", UPGRADE),
    row(
        UNKNOWN_CA,
        "unknown_ca",
        "it does not know the CA of the certificate it was shown",
        CERTIFICATE,
    ),
    row(
        ACCESS_DENIED,
        "access_denied",
        "its rules refuse the certificate it was shown",
        CERTIFICATE,
    ),
    row(DECODE_ERROR, "decode_error", "it could not read a message", UPGRADE),
    row(
        DECRYPT_ERROR,
        "decrypt_error",
        "a signature or a Finished message is wrong to it",
        ALTERED,
    ),
    row(EXPORT_RESTRICTION, "export_restriction", "it wants keys of export strength", COMPARE),
    row(PROTOCOL_VERSION, "protocol_version", "it has no TLS version of those offered", COMPARE),
    row(INSUFFICIENT_SECURITY, "insufficient_security", "it wants stronger cipher suites", COMPARE),
    row(INTERNAL_ERROR, "internal_error", "it failed for a reason of its own", OWN_REASON),
    row(
        INAPPROPRIATE_FALLBACK,
        "inappropriate_fallback",
        "it has a higher TLS version than the one asked for",
        COMPARE,
    ),
    row(USER_CANCELED, "user_canceled", "someone there cancelled the handshake", AGAIN),
    row(NO_RENEGOTIATION, "no_renegotiation", "it does not renegotiate", UPGRADE),
    row(MISSING_EXTENSION, "missing_extension", "it misses an extension that it needs", UPGRADE),
    row(
        UNSUPPORTED_EXTENSION,
        "unsupported_extension",
        "it got an extension that it did not ask for",
        UPGRADE,
    ),
    row(
        UNRECOGNIZED_NAME,
        "unrecognized_name",
        "it does not serve the name that was sent as SNI",
        "Set tls_sni_servername, or the connection's sni, to a name that the server knows.",
    ),
    row(
        BAD_CERTIFICATE_STATUS_RESPONSE,
        "bad_certificate_status_response",
        "it cannot use an OCSP response",
        UPGRADE,
    ),
    row(
        UNKNOWN_PSK_IDENTITY,
        "unknown_psk_identity",
        "it wants a pre-shared key",
        "Turn on certificates at the server; pre-shared keys are not supported.",
    ),
    row(
        CERTIFICATE_REQUIRED,
        "certificate_required",
        "it demands a certificate and was shown none",
        "Set ssl_cert and ssl_key to a certificate that the peer trusts.",
    ),
    row(
        NO_APPLICATION_PROTOCOL,
        "no_application_protocol",
        "it wants another ALPN protocol",
        UPGRADE,
    ),
];

const UNASSIGNED: Row = row(255, "unassigned", "no RFC tells what that means", UPGRADE);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alert_says_what_it_means_and_what_helps() {
        for number in 0..=u8::MAX {
            let alert = Alert { number, from_peer: true };
            assert!(alert.means().len() > 10 && !alert.means().ends_with('.'), "{number}");
            assert!(alert.hint().ends_with('.'), "{number}");
        }
    }

    #[test]
    fn rows_are_in_order() {
        assert!(ROWS.windows(2).all(|two| two[0].number < two[1].number));
    }
}
