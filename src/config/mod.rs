//! Plain data: the options by MySQL's names, and what they come to.

mod builder;
pub mod cipher;
mod mode;
mod option;
mod pem;
mod settings;
pub mod version;

pub use builder::{Builder, Note, Severity};
pub use mode::{Outcome, SslMode, Transport};
pub use settings::{Identity, Profile, Settings};
pub use version::Versions;

/// Which side of a connection we are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    Client = 1,
    Server = 2,
}
