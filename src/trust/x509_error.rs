//! OpenSSL's verification errors.

macro_rules! errors {
    ($($variant:ident = $number:literal $text:literal;)*) => {
        /// An `X509_V_ERR_` number.
        ///
        /// # Source
        /// OpenSSL 3.0, `x509_vfy.h` and `X509_verify_cert_error_string()`.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[repr(i32)]
        #[allow(dead_code, reason = "the numbers of checks that are not made stay in the list")]
        pub enum X509Error { $($variant = $number,)* }

        impl X509Error {
            #[cfg(feature = "internals")]
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn number(self) -> i32 {
                match self { $(Self::$variant => $number,)* }
            }

            /// Returns OpenSSL's text for it.
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

errors! {
    Unspecified = 1 "unspecified certificate verification error";
    UnableToGetIssuer = 2 "unable to get issuer certificate";
    UnableToGetCrl = 3 "unable to get certificate CRL";
    UndecodableIssuerKey = 6 "unable to decode issuer public key";
    SignatureFailure = 7 "certificate signature failure";
    CrlSignatureFailure = 8 "CRL signature failure";
    NotYetValid = 9 "certificate is not yet valid";
    HasExpired = 10 "certificate has expired";
    CrlNotYetValid = 11 "CRL is not yet valid";
    CrlHasExpired = 12 "CRL has expired";
    NotBeforeField = 13 "format error in certificate's notBefore field";
    NotAfterField = 14 "format error in certificate's notAfter field";
    CrlLastUpdateField = 15 "format error in CRL's lastUpdate field";
    CrlNextUpdateField = 16 "format error in CRL's nextUpdate field";
    SelfSignedLeaf = 18 "self-signed certificate";
    SelfSignedInChain = 19 "self-signed certificate in certificate chain";
    UnableToGetIssuerLocally = 20 "unable to get local issuer certificate";
    ChainTooLong = 22 "certificate chain too long";
    Revoked = 23 "certificate revoked";
    PathLengthExceeded = 25 "path length constraint exceeded";
    InvalidPurpose = 26 "unsuitable certificate purpose";
    KeyUsageNoCertSign = 32 "key usage does not include certificate signing";
    UnableToGetCrlIssuer = 33 "unable to get CRL issuer certificate";
    UnhandledCriticalExtension = 34 "unhandled critical extension";
    KeyUsageNoCrlSign = 35 "key usage does not include CRL signing";
    UnhandledCriticalCrlExtension = 36 "unhandled critical CRL extension";
    InvalidNonCa = 37 "invalid non-CA certificate (has CA markings)";
    ProxyNotAllowed = 40 "proxy certificates not allowed, please set the appropriate flag";
    InvalidExtension = 41 "invalid or inconsistent certificate extension";
    DifferentCrlScope = 44 "different CRL scope";
    PermittedViolation = 47 "permitted subtree violation";
    ExcludedViolation = 48 "excluded subtree violation";
    SubtreeMinMax = 49 "name constraints minimum and maximum not supported";
    UnsupportedConstraintType = 51 "unsupported name constraint type";
    UnsupportedConstraintSyntax = 52 "unsupported or invalid name constraint syntax";
    UnsupportedNameSyntax = 53 "unsupported or invalid name syntax";
    CrlPathValidation = 54 "CRL path validation error";
    HostnameMismatch = 62 "hostname mismatch";
    IpAddressMismatch = 64 "IP address mismatch";
    LeafKeyTooSmall = 66 "EE certificate key too weak";
    CaKeyTooSmall = 67 "CA certificate key too weak";
    CaDigestTooWeak = 68 "CA signature digest algorithm too weak";
    UnsupportedSignatureAlgorithm = 76 "Cannot find certificate signature algorithm";
    InvalidCa = 79 "invalid CA certificate";
    ExplicitCurve = 94 "Certificate public key has explicit ECC parameters";
}
