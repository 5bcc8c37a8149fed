//! The options by MySQL's names, and what they come to: plain data.

mod base64;
mod builder;
pub mod cipher;
mod cipher_list;
mod cipher_name;
mod clock;
mod counted_notes;
mod datadir;
#[cfg(feature = "encrypted-keys")]
mod encrypted_key;
mod file_kind;
mod file_options;
mod fingerprint;
mod generate;
mod identity;
mod inclusion;
mod ineffective;
mod list_dates;
mod load;
mod mode;
mod mode_aliases;
#[cfg(feature = "generate")]
mod new_certificates;
mod note;
mod option_file;
mod options;
mod own_certificate;
mod passphrase;
mod pem;
mod pem_sections;
mod policy_digest;
mod replacement;
mod replication;
mod resolve;
mod server_fault;
mod server_log;
mod server_names;
mod setting;
mod settings;
mod unknown_option;
mod value;
pub mod version;

pub use builder::Builder;
pub use clock::Clock;
pub use fingerprint::Pin;
pub use identity::Identity;
#[cfg(feature = "internals")]
pub use inclusion::Reader as OptionFileReader;
pub use mode::{Outcome, SslMode, Transport};
pub use note::{Note, Severity};
pub use options::{
    ALL as OPTIONS, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CIPHER, SSL_CRL, SSL_CRLPATH, SSL_KEY,
    SSL_SESSION_CACHE_MODE, SSL_SESSION_CACHE_TIMEOUT, Spec as OptionSpec,
    TLS_CERTIFICATES_ENFORCED_VALIDATION, TLS_CIPHERSUITES, TLS_VERSION, TLSQL_MAX_CHAIN,
    TLSQL_MAX_HANDSHAKE_BYTES,
};
pub use policy_digest::PolicyDigest;
pub use server_names::{NamedIdentity, find_name};
pub use settings::{Profile, Settings};
pub use version::Versions;

/// Which side of a connection we are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    Client,
    Server,
}
