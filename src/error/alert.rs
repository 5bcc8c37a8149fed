//! TLS alerts: their names, and what a peer means by one.

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

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.number == self.number).unwrap_or(&UNASSIGNED)
    }
}

const UPGRADE: &str = "One of the two TLS libraries is at fault: upgrade the peer's.";
const COMPARE: &str = "Compare ssl_cipher and tls_version on both sides.";
const CERTIFICATE: &str = "Look into the peer's error log, and at the certificate in ssl_cert.";
const ALTERED: &str = "Look for a device that alters the traffic, and connect again.";
const AGAIN: &str = "Look into the peer's error log, and connect again.";

const fn row(number: u8, name: &'static str, means: &'static str, hint: &'static str) -> Row {
    Row { number, name, means, hint }
}

/// RFC 8446 section 6.2, RFC 5246 section 7.2.2.
const ROWS: &[Row] = &[
    row(0, "close_notify", "it ends the connection", AGAIN),
    row(10, "unexpected_message", "it got a message that it did not expect", UPGRADE),
    row(20, "bad_record_mac", "a record reached it changed", ALTERED),
    row(21, "decryption_failed", "a record reached it changed", ALTERED),
    row(22, "record_overflow", "it got a record that is too long", ALTERED),
    row(30, "decompression_failure", "it could not unpack a record", UPGRADE),
    row(40, "handshake_failure", "it found no parameters that both sides allow", COMPARE),
    row(42, "bad_certificate", "it cannot use the certificate it was shown", CERTIFICATE),
    row(43, "unsupported_certificate", "it takes no certificate of this kind", CERTIFICATE),
    row(44, "certificate_revoked", "the certificate it was shown is revoked", CERTIFICATE),
    row(45, "certificate_expired", "the certificate it was shown is out of date", CERTIFICATE),
    row(46, "certificate_unknown", "it does not accept the certificate it was shown", CERTIFICATE),
    row(47, "illegal_parameter", "it got a field that it does not allow", UPGRADE),
    row(48, "unknown_ca", "it does not know the CA of the certificate it was shown", CERTIFICATE),
    row(49, "access_denied", "its rules refuse the certificate it was shown", CERTIFICATE),
    row(50, "decode_error", "it could not read a message", UPGRADE),
    row(51, "decrypt_error", "a signature or a Finished message is wrong to it", ALTERED),
    row(60, "export_restriction", "it wants keys of export strength", COMPARE),
    row(70, "protocol_version", "it has no TLS version of those offered", COMPARE),
    row(71, "insufficient_security", "it wants stronger cipher suites", COMPARE),
    row(80, "internal_error", "it failed for a reason of its own", AGAIN),
    row(
        86,
        "inappropriate_fallback",
        "it has a higher TLS version than the one asked for",
        COMPARE,
    ),
    row(90, "user_canceled", "someone there cancelled the handshake", AGAIN),
    row(100, "no_renegotiation", "it does not renegotiate", UPGRADE),
    row(109, "missing_extension", "it misses an extension that it needs", UPGRADE),
    row(110, "unsupported_extension", "it got an extension that it did not ask for", UPGRADE),
    row(
        112,
        "unrecognized_name",
        "it does not serve the name that was sent as SNI",
        "Set tls_sni_servername, or the connection's sni, to a name that the server knows.",
    ),
    row(113, "bad_certificate_status_response", "it cannot use an OCSP response", UPGRADE),
    row(
        115,
        "unknown_psk_identity",
        "it wants a pre-shared key",
        "Turn on certificates at the server; pre-shared keys are not supported.",
    ),
    row(
        116,
        "certificate_required",
        "it demands a certificate and was shown none",
        "Set ssl_cert and ssl_key to a certificate that the peer trusts.",
    ),
    row(120, "no_application_protocol", "it wants another ALPN protocol", UPGRADE),
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
