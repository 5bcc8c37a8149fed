//! The words of OpenSSL's cipher lists: keywords, and the names of suites that are not spoken.

use super::cipher::{Auth, Cipher, Exchange, Parts};

/// Whether a suite is one of those that a keyword stands for.
pub type Class = fn(Parts) -> bool;

/// Returns the keyword's class among the suites of TLS 1.2 that this build has; `None` for another
/// word.
///
/// # Source
/// `openssl-ciphers(1)` of 1.0.2 to 3.0.
pub fn keyword(word: &str) -> Option<Class> {
    let class: Class = match word {
        "ALL" | "HIGH" | "TLSv1.2" => |_| true,
        // OpenSSL counts ChaCha20 among the strong ones, but not among these.
        "FIPS" => |suite| suite.cipher != Cipher::ChaCha20,
        "ECDHE" | "EECDH" | "ECDH" | "kECDHE" | "kEECDH" => {
            |suite| suite.exchange == Exchange::Ecdhe
        }
        "DHE" | "EDH" | "DH" | "kDHE" | "kEDH" => |suite| suite.exchange == Exchange::Dhe,
        "aRSA" => |suite| suite.auth == Auth::Rsa,
        "aECDSA" | "ECDSA" => |suite| suite.auth == Auth::Ecdsa,
        "AES" | "AESGCM" => |suite| suite.cipher != Cipher::ChaCha20,
        "AES256" => |suite| suite.cipher == Cipher::Aes256Gcm,
        "AES128" => |suite| suite.cipher == Cipher::Aes128Gcm,
        "CHACHA20" => |suite| suite.cipher == Cipher::ChaCha20,
        // RSA is key exchange and authentication together; SHA256 is a hash beside the cipher,
        // which an AEAD has not.
        "RSA" | "kRSA" | "SHA" | "SHA1" | "SHA256" | "SHA384" | "MD5" => |_| false,
        "COMPLEMENTOFALL" | "COMPLEMENTOFDEFAULT" | "MEDIUM" | "LOW" => |_| false,
        "EXP" | "EXPORT" | "EXPORT40" | "EXPORT56" => |_| false,
        "SSLv2" | "SSLv3" | "TLSv1" | "TLSv1.0" => |_| false,
        "eNULL" | "NULL" | "aNULL" | "ADH" | "AECDH" => |_| false,
        "CBC" | "AESCCM" | "AESCCM8" | "CAMELLIA" | "CAMELLIA128" | "CAMELLIA256" => |_| false,
        "ARIA" | "ARIAGCM" | "ARIA128" | "ARIA256" | "SEED" | "IDEA" => |_| false,
        "3DES" | "DES" | "RC4" | "RC2" => |_| false,
        "DSS" | "aDSS" | "kDH" | "kDHr" | "kDHd" | "aDH" => |_| false,
        "kECDH" | "kECDHr" | "kECDHe" | "aECDH" => |_| false,
        "PSK" | "kPSK" | "aPSK" | "kRSAPSK" | "kDHEPSK" | "kECDHEPSK" => |_| false,
        "SRP" | "kSRP" | "aSRP" | "KRB5" | "kKRB5" | "aKRB5" | "FZA" => |_| false,
        "GOST94" | "GOST89" | "GOST89MAC" | "GOST12" | "GOST89MAC12" | "GOST2012" => |_| false,
        "kGOST" | "kGOST18" | "aGOST" | "aGOST01" | "aGOST12" => |_| false,
        _ => return None,
    };
    Some(class)
}

/// Returns why a suite of TLS 1.2 or older is not spoken; `None` if the name is neither one of
/// OpenSSL's nor of IANA's form.
pub fn reason(name: &str) -> Option<&'static str> {
    let row = FOREIGN.iter().find(|(_, names)| names.split(' ').any(|known| known == name));
    row.map(|(reason, _)| *reason).or_else(|| iana_reason(name))
}

/// Returns the same for IANA's name, `TLS_` exchange `_WITH_` cipher, by its two parts.
fn iana_reason(name: &str) -> Option<&'static str> {
    let (exchange, cipher) = name.strip_prefix("TLS_")?.split_once("_WITH_")?;
    let (cipher, hash) = cipher.rsplit_once('_')?;
    let is_hash = matches!(hash, "MD5" | "SHA" | "SHA256" | "SHA384" | "CCM" | "8");
    let is_ccm = matches!(hash, "CCM" | "8");
    let kind = cipher.split('_').next().filter(|_| is_hash)?;
    let by_cipher = match kind {
        "NULL" => "no encryption",
        "RC4" => "RC4",
        "ARIA" => "ARIA",
        "AES" if is_ccm => "CCM",
        "AES" | "CAMELLIA" | "CHACHA20" | "SEED" | "IDEA" | "DES" | "3DES" | "RC2" => "CBC",
        "DES40" => "an export cipher",
        _ => return None,
    };
    if kind == "NULL" {
        return Some(by_cipher);
    }
    let by_exchange = match exchange {
        "DH_anon" | "ECDH_anon" => "no authentication",
        "DHE_DSS" | "DH_DSS" => "a DSA certificate",
        "DH_RSA" | "ECDH_RSA" | "ECDH_ECDSA" => "a Diffie-Hellman certificate",
        "PSK" | "RSA_PSK" | "DHE_PSK" | "PSK_DHE" | "ECDHE_PSK" => "a pre-shared key",
        "SRP_SHA" | "SRP_SHA_RSA" | "SRP_SHA_DSS" => "SRP",
        _ if exchange.ends_with("_EXPORT") => "an export cipher",
        "RSA" if by_cipher == "CBC" => "RSA key exchange",
        "RSA" | "DHE_RSA" | "ECDHE_RSA" | "ECDHE_ECDSA" => by_cipher,
        _ => return None,
    };
    Some(by_exchange)
}

/// Suites of OpenSSL 1.0.2 to 3.0, and those of yaSSL in MySQL 5.7, by what keeps them out (D11).
const FOREIGN: &[(&str, &str)] = &[
    (
        "CBC",
        "DHE-RSA-AES128-RMD DHE-RSA-AES128-SHA DHE-RSA-AES128-SHA256 DHE-RSA-AES256-RMD \
         DHE-RSA-AES256-SHA DHE-RSA-AES256-SHA256 DHE-RSA-CAMELLIA128-SHA \
         DHE-RSA-CAMELLIA128-SHA256 DHE-RSA-CAMELLIA256-SHA DHE-RSA-CAMELLIA256-SHA256 \
         DHE-RSA-DES-CBC3-RMD DHE-RSA-DES-CBC3-SHA DHE-RSA-SEED-SHA ECDHE-ECDSA-AES128-SHA \
         ECDHE-ECDSA-AES128-SHA256 ECDHE-ECDSA-AES256-SHA ECDHE-ECDSA-AES256-SHA384 \
         ECDHE-ECDSA-CAMELLIA128-SHA256 ECDHE-ECDSA-CAMELLIA256-SHA384 \
         ECDHE-ECDSA-DES-CBC3-SHA ECDHE-RSA-AES128-SHA ECDHE-RSA-AES128-SHA256 \
         ECDHE-RSA-AES256-SHA ECDHE-RSA-AES256-SHA384 ECDHE-RSA-CAMELLIA128-SHA256 \
         ECDHE-RSA-CAMELLIA256-SHA384 ECDHE-RSA-DES-CBC3-SHA EDH-RSA-DES-CBC-SHA \
         EDH-RSA-DES-CBC3-RMD EDH-RSA-DES-CBC3-SHA",
    ),
    (
        "RSA key exchange",
        "AES128-GCM-SHA256 AES128-RMD AES128-SHA AES128-SHA256 AES256-GCM-SHA384 AES256-RMD \
         AES256-SHA AES256-SHA256 CAMELLIA128-SHA CAMELLIA128-SHA256 CAMELLIA256-SHA \
         CAMELLIA256-SHA256 DES-CBC-SHA DES-CBC3-MD5 DES-CBC3-RMD DES-CBC3-SHA IDEA-CBC-SHA \
         RC2-CBC-MD5 SEED-SHA",
    ),
    (
        "CCM",
        "AES128-CCM AES128-CCM8 AES256-CCM AES256-CCM8 DHE-RSA-AES128-CCM DHE-RSA-AES128-CCM8 \
         DHE-RSA-AES256-CCM DHE-RSA-AES256-CCM8 ECDHE-ECDSA-AES128-CCM \
         ECDHE-ECDSA-AES128-CCM8 ECDHE-ECDSA-AES256-CCM ECDHE-ECDSA-AES256-CCM8",
    ),
    (
        "ARIA",
        "ARIA128-GCM-SHA256 ARIA256-GCM-SHA384 DHE-RSA-ARIA128-GCM-SHA256 \
         DHE-RSA-ARIA256-GCM-SHA384 ECDHE-ARIA128-GCM-SHA256 ECDHE-ARIA256-GCM-SHA384 \
         ECDHE-ECDSA-ARIA128-GCM-SHA256 ECDHE-ECDSA-ARIA256-GCM-SHA384",
    ),
    (
        "a Diffie-Hellman certificate",
        "DH-RSA-AES128-GCM-SHA256 DH-RSA-AES128-SHA DH-RSA-AES128-SHA256 \
         DH-RSA-AES256-GCM-SHA384 DH-RSA-AES256-SHA DH-RSA-AES256-SHA256 \
         DH-RSA-CAMELLIA128-SHA DH-RSA-CAMELLIA256-SHA DH-RSA-DES-CBC-SHA DH-RSA-DES-CBC3-SHA \
         DH-RSA-SEED-SHA ECDH-ECDSA-AES128-GCM-SHA256 ECDH-ECDSA-AES128-SHA \
         ECDH-ECDSA-AES128-SHA256 ECDH-ECDSA-AES256-GCM-SHA384 ECDH-ECDSA-AES256-SHA \
         ECDH-ECDSA-AES256-SHA384 ECDH-ECDSA-DES-CBC3-SHA ECDH-RSA-AES128-GCM-SHA256 \
         ECDH-RSA-AES128-SHA ECDH-RSA-AES128-SHA256 ECDH-RSA-AES256-GCM-SHA384 \
         ECDH-RSA-AES256-SHA ECDH-RSA-AES256-SHA384 ECDH-RSA-DES-CBC3-SHA",
    ),
    (
        "a DSA certificate",
        "DH-DSS-AES128-GCM-SHA256 DH-DSS-AES128-SHA DH-DSS-AES128-SHA256 \
         DH-DSS-AES256-GCM-SHA384 DH-DSS-AES256-SHA DH-DSS-AES256-SHA256 \
         DH-DSS-CAMELLIA128-SHA DH-DSS-CAMELLIA256-SHA DH-DSS-DES-CBC-SHA DH-DSS-DES-CBC3-SHA \
         DH-DSS-SEED-SHA DHE-DSS-AES128-GCM-SHA256 DHE-DSS-AES128-SHA DHE-DSS-AES128-SHA256 \
         DHE-DSS-AES256-GCM-SHA384 DHE-DSS-AES256-SHA DHE-DSS-AES256-SHA256 \
         DHE-DSS-ARIA128-GCM-SHA256 DHE-DSS-ARIA256-GCM-SHA384 DHE-DSS-CAMELLIA128-SHA \
         DHE-DSS-CAMELLIA128-SHA256 DHE-DSS-CAMELLIA256-SHA DHE-DSS-CAMELLIA256-SHA256 \
         DHE-DSS-DES-CBC3-SHA DHE-DSS-SEED-SHA EDH-DSS-DES-CBC-SHA EDH-DSS-DES-CBC3-SHA",
    ),
    (
        "RC4",
        "ECDH-ECDSA-RC4-SHA ECDH-RSA-RC4-SHA ECDHE-ECDSA-RC4-SHA ECDHE-RSA-RC4-SHA RC4-MD5 \
         RC4-SHA",
    ),
    (
        "a pre-shared key",
        "DHE-PSK-3DES-EDE-CBC-SHA DHE-PSK-AES128-CBC-SHA DHE-PSK-AES128-CBC-SHA256 \
         DHE-PSK-AES128-CCM DHE-PSK-AES128-CCM8 DHE-PSK-AES128-GCM-SHA256 \
         DHE-PSK-AES256-CBC-SHA DHE-PSK-AES256-CBC-SHA384 DHE-PSK-AES256-CCM \
         DHE-PSK-AES256-CCM8 DHE-PSK-AES256-GCM-SHA384 DHE-PSK-ARIA128-GCM-SHA256 \
         DHE-PSK-ARIA256-GCM-SHA384 DHE-PSK-CAMELLIA128-SHA256 DHE-PSK-CAMELLIA256-SHA384 \
         DHE-PSK-CHACHA20-POLY1305 DHE-PSK-RC4-SHA ECDHE-PSK-3DES-EDE-CBC-SHA \
         ECDHE-PSK-AES128-CBC-SHA ECDHE-PSK-AES128-CBC-SHA256 ECDHE-PSK-AES256-CBC-SHA \
         ECDHE-PSK-AES256-CBC-SHA384 ECDHE-PSK-CAMELLIA128-SHA256 \
         ECDHE-PSK-CAMELLIA256-SHA384 ECDHE-PSK-CHACHA20-POLY1305 ECDHE-PSK-RC4-SHA \
         PSK-3DES-EDE-CBC-SHA PSK-AES128-CBC-SHA PSK-AES128-CBC-SHA256 PSK-AES128-CCM \
         PSK-AES128-CCM8 PSK-AES128-GCM-SHA256 PSK-AES256-CBC-SHA PSK-AES256-CBC-SHA384 \
         PSK-AES256-CCM PSK-AES256-CCM8 PSK-AES256-GCM-SHA384 PSK-ARIA128-GCM-SHA256 \
         PSK-ARIA256-GCM-SHA384 PSK-CAMELLIA128-SHA256 PSK-CAMELLIA256-SHA384 \
         PSK-CHACHA20-POLY1305 PSK-RC4-SHA RSA-PSK-3DES-EDE-CBC-SHA RSA-PSK-AES128-CBC-SHA \
         RSA-PSK-AES128-CBC-SHA256 RSA-PSK-AES128-GCM-SHA256 RSA-PSK-AES256-CBC-SHA \
         RSA-PSK-AES256-CBC-SHA384 RSA-PSK-AES256-GCM-SHA384 RSA-PSK-ARIA128-GCM-SHA256 \
         RSA-PSK-ARIA256-GCM-SHA384 RSA-PSK-CAMELLIA128-SHA256 RSA-PSK-CAMELLIA256-SHA384 \
         RSA-PSK-CHACHA20-POLY1305 RSA-PSK-RC4-SHA",
    ),
    (
        "SRP",
        "SRP-3DES-EDE-CBC-SHA SRP-AES-128-CBC-SHA SRP-AES-256-CBC-SHA \
         SRP-DSS-3DES-EDE-CBC-SHA SRP-DSS-AES-128-CBC-SHA SRP-DSS-AES-256-CBC-SHA \
         SRP-RSA-3DES-EDE-CBC-SHA SRP-RSA-AES-128-CBC-SHA SRP-RSA-AES-256-CBC-SHA",
    ),
    (
        "an export cipher",
        "EXP-DES-CBC-SHA EXP-EDH-DSS-DES-CBC-SHA EXP-EDH-RSA-DES-CBC-SHA EXP-RC2-CBC-MD5 \
         EXP-RC4-MD5",
    ),
    (
        "no authentication",
        "ADH-AES128-GCM-SHA256 ADH-AES128-SHA ADH-AES128-SHA256 ADH-AES256-GCM-SHA384 \
         ADH-AES256-SHA ADH-AES256-SHA256 ADH-CAMELLIA128-SHA ADH-CAMELLIA128-SHA256 \
         ADH-CAMELLIA256-SHA ADH-CAMELLIA256-SHA256 ADH-DES-CBC-SHA ADH-DES-CBC3-SHA \
         ADH-RC4-MD5 ADH-SEED-SHA AECDH-AES128-SHA AECDH-AES256-SHA AECDH-DES-CBC3-SHA \
         AECDH-RC4-SHA EXP-ADH-DES-CBC-SHA EXP-ADH-RC4-MD5",
    ),
    (
        "no encryption",
        "AECDH-NULL-SHA DHE-PSK-NULL-SHA DHE-PSK-NULL-SHA256 DHE-PSK-NULL-SHA384 \
         ECDH-ECDSA-NULL-SHA ECDH-RSA-NULL-SHA ECDHE-ECDSA-NULL-SHA ECDHE-PSK-NULL-SHA \
         ECDHE-PSK-NULL-SHA256 ECDHE-PSK-NULL-SHA384 ECDHE-RSA-NULL-SHA NULL-MD5 NULL-SHA \
         NULL-SHA256 PSK-NULL-SHA PSK-NULL-SHA256 PSK-NULL-SHA384 RSA-PSK-NULL-SHA \
         RSA-PSK-NULL-SHA256 RSA-PSK-NULL-SHA384",
    ),
];

#[cfg(test)]
mod tests {
    use super::super::cipher::ALL;
    use super::*;

    #[test]
    fn suites_that_are_not_spoken_have_a_reason() {
        for (name, expected) in [
            ("AES128-SHA", "RSA key exchange"),
            ("AES256-GCM-SHA384", "RSA key exchange"),
            ("ECDHE-RSA-AES256-SHA384", "CBC"),
            ("DHE-RSA-AES128-CCM", "CCM"),
            ("DHE-DSS-AES128-GCM-SHA256", "a DSA certificate"),
            ("ECDH-RSA-AES128-GCM-SHA256", "a Diffie-Hellman certificate"),
            ("RC4-MD5", "RC4"),
            ("ADH-AES128-SHA", "no authentication"),
            ("ECDHE-RSA-NULL-SHA", "no encryption"),
        ] {
            assert_eq!(reason(name), Some(expected), "{name}");
        }
        for name in ["", "FOO", "AES128-SHA3", "aes128-sha"] {
            assert_eq!(reason(name), None, "{name}");
        }
    }

    /// Pairs of `openssl ciphers -stdname` 3.0, and two of RFC 4346 that it has no more.
    #[test]
    fn iana_names_have_the_reason_of_openssls() {
        for (iana, name) in [
            ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
            ("TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"),
            ("TLS_RSA_WITH_AES_128_CCM", "AES128-CCM"),
            ("TLS_RSA_WITH_AES_128_CCM_8", "AES128-CCM8"),
            ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384"),
            ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8"),
            ("TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", "DHE-DSS-AES128-GCM-SHA256"),
            ("TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256", "DHE-RSA-ARIA128-GCM-SHA256"),
            ("TLS_RSA_WITH_ARIA_128_GCM_SHA256", "ARIA128-GCM-SHA256"),
            ("TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA", "DHE-RSA-CAMELLIA128-SHA"),
            ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "ADH-AES128-SHA"),
            ("TLS_ECDHE_RSA_WITH_NULL_SHA", "ECDHE-RSA-NULL-SHA"),
            ("TLS_PSK_WITH_CHACHA20_POLY1305_SHA256", "PSK-CHACHA20-POLY1305"),
            ("TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA", "SRP-RSA-AES-128-CBC-SHA"),
            ("TLS_RSA_WITH_RC4_128_MD5", "RC4-MD5"),
            ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", "EXP-RC4-MD5"),
        ] {
            assert!(reason(name).is_some(), "{name}");
            let known = reason(iana);
            assert!(known == reason(name) || iana.contains("EXPORT") && known.is_some(), "{iana}");
        }
        for name in ["TLS_FOO_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_FOO_SHA", "TLS_RSA_WITH_"] {
            assert_eq!(reason(name), None, "{name}");
        }
        assert_eq!(reason("tls_rsa_with_aes_128_cbc_sha"), None, "letters count");
    }

    #[test]
    fn a_word_means_one_thing() {
        let mut seen = std::collections::BTreeSet::new();
        for name in FOREIGN.iter().flat_map(|(_, names)| names.split(' ')) {
            assert!(seen.insert(name) && keyword(name).is_none(), "{name}");
        }
        for suite in ALL {
            assert!(!seen.contains(suite.name) && keyword(suite.name).is_none(), "{}", suite.name);
        }
    }
}
