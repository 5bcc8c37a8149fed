//! What judges a client's servers, and shows them its certificate.

use std::sync::Arc;

use super::credentials::ClientCertResolver;
use super::verifier::PeerVerifier;

/// The verifier of a context and the resolver of its own certificate. rustls compares both as objects,
/// and resumes a session only under those that it was made under: they go with it, and stay the same
/// where a context is reloaded with the same policy.
#[derive(Clone, Debug)]
pub struct ClientPolicy {
    pub verifier: Arc<PeerVerifier>,
    pub resolver: Arc<ClientCertResolver>,
}

impl ClientPolicy {
    /// Whether both are the same objects.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.verifier, &other.verifier) && Arc::ptr_eq(&self.resolver, &other.resolver)
    }
}
