//! How the traffic secrets of TLS 1.3 come out of rustls: as a key log would get them. They are
//! written nowhere; with the feature `keylog` all secrets come, and a connection keeps them whose
//! context has `tlsql_keylog=ON`.

use rustls::KeyLog;

use super::checks::PeerChecks;
use super::record::{TrafficSecret, TrafficSecrets};

/// Hands the traffic secrets to the connection that rustls works for.
#[derive(Debug)]
pub struct ToConnection;

impl KeyLog for ToConnection {
    fn will_log(&self, label: &str) -> bool {
        cfg!(feature = "keylog") || field(label).is_some()
    }

    #[cfg_attr(
        not(feature = "keylog"),
        allow(unused_variables, reason = "the random is for a log")
    )]
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        PeerChecks::current(|checks| {
            #[cfg(feature = "keylog")]
            if let Some(log) = &mut checks.key_log {
                log.add(label, client_random, secret);
            }
            if let Some(field) = field(label) {
                field(checks.traffic_secrets.get_or_insert_default()).set(secret);
            }
        });
    }
}

/// Returns where the secret of this label is kept; `None` for all that are not needed later.
fn field(label: &str) -> Option<fn(&mut TrafficSecrets) -> &mut TrafficSecret> {
    match label {
        "CLIENT_TRAFFIC_SECRET_0" => Some(|secrets| &mut secrets.client),
        "SERVER_TRAFFIC_SECRET_0" => Some(|secrets| &mut secrets.server),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_reach_the_connection_that_is_driven() {
        let mut checks = PeerChecks::default();
        ToConnection.log("CLIENT_TRAFFIC_SECRET_0", &[], &[1; 32]);
        checks.during(|| ToConnection.log("EXPORTER_SECRET", &[], &[1; 32])).unwrap();
        assert!(checks.traffic_secrets.is_none());
        checks.during(|| ToConnection.log("CLIENT_TRAFFIC_SECRET_0", &[], &[1; 32])).unwrap();
        checks.during(|| ToConnection.log("SERVER_TRAFFIC_SECRET_0", &[], &[1; 48])).unwrap();
        let secrets = checks.traffic_secrets.unwrap();
        // Their lengths are all that is printed of them.
        assert_eq!(format!("{:?}", secrets.client), "TrafficSecret(32 bytes)");
        assert_eq!(format!("{:?}", secrets.server), "TrafficSecret(48 bytes)");
    }

    #[cfg(not(feature = "keylog"))]
    #[test]
    fn no_other_secret_is_asked_for() {
        for label in [
            "CLIENT_RANDOM",
            "CLIENT_EARLY_TRAFFIC_SECRET",
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            "EXPORTER_SECRET",
        ] {
            assert!(!ToConnection.will_log(label), "{label}");
        }
    }
}
