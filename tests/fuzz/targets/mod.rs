//! The fuzz targets' bodies. Each `run` reads its input as a script, and panics if the library
//! breaks a promise of its header.

pub mod abi_calls;
pub mod account_clause;
pub mod asn1;
pub mod certificate;
pub mod chain;
pub mod chain_case;
pub mod cipher_strings;
pub mod client_stream;
pub mod crl;
pub mod cursor;
pub mod dh;
pub mod dh_params;
pub mod dhe_exchange;
pub mod differential;
pub mod greeting;
pub mod heap;
pub mod hello_event;
pub mod one_line;
pub mod option_files;
pub mod pem_and_keys;
pub mod records_vs_rustls;
pub mod server_stream;
pub mod splits;
pub mod ssl_request;
pub mod stream;
pub mod tickets;
pub mod vector_samples;
pub mod x509_builder;

mod abi_accounts;
mod abi_args;
mod abi_objects;
mod abi_peer;
pub mod abi_values;
#[path = "../../support/base64.rs"]
mod base64;
mod checked_conn;
mod contexts;
#[path = "../../support/promises.rs"]
mod promises;
mod sent_stream;
mod x509_reference;
