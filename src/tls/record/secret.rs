//! The secrets of TLS 1.3 that the keys behind a KeyUpdate are made of.

use std::fmt;

use zeroize::Zeroizing;

/// The application traffic secrets of both directions.
#[derive(Debug, Default)]
pub struct TrafficSecrets {
    pub client: TrafficSecret,
    pub server: TrafficSecret,
}

/// The application traffic secret of one direction.
pub struct TrafficSecret {
    bytes: Zeroizing<[u8; MAX_SECRET]>,
    len: usize,
}

impl TrafficSecret {
    /// Takes a secret over; it becomes empty if this one is longer than any suite's.
    pub fn set(&mut self, secret: &[u8]) {
        self.len = if secret.len() > MAX_SECRET { 0 } else { secret.len() };
        self.bytes.iter_mut().zip(secret).for_each(|(to, from)| *to = *from);
    }

    #[cfg(not(feature = "rustls-records"))]
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }
}

impl Default for TrafficSecret {
    fn default() -> Self {
        Self { bytes: Zeroizing::new([0; MAX_SECRET]), len: 0 }
    }
}

impl fmt::Debug for TrafficSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrafficSecret({} bytes)", self.len)
    }
}

/// Length of the longest: that of SHA-384.
const MAX_SECRET: usize = 48;
