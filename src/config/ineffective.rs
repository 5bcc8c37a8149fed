//! Options that have no effect beside others: said in a note, because whoever set them counts on
//! them.

use std::collections::BTreeMap;

use super::{Note, Severity, SslMode, Versions, cipher_list, options};

/// What is set, from files or from memory.
#[derive(Debug)]
pub(super) struct Given<'a> {
    pub values: &'a BTreeMap<&'static str, String>,
    pub ca_in_memory: bool,
    pub crl_in_memory: bool,
}

impl Given<'_> {
    /// A warning for each option that is set in vain.
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let mut warn = |option, text: String| {
            notes.push(Note::new(Severity::Warning, option, &text));
        };
        let ca = self.ca();
        let pin = self.first(&["ssl_fp", "ssl_fplist"]);
        if let Some(pin) = pin {
            let idle: Vec<&str> =
                ca.into_iter().chain(self.crl()).chain(self.verifying_mode()).collect();
            if !idle.is_empty() {
                let what = "a fingerprint replaces CA, dates, name and revocation";
                warn(pin, format!("{what}: no effect of {}", idle.join(", ")));
            }
        }
        if let (Some(crl), None, None) = (self.crl(), ca, pin) {
            warn(crl, format!("no effect without {A_CA}: no certificate is verified"));
        }
        if self.is_on("tlsql_peer_proof") {
            if let Some(vouching) = pin.or(ca) {
                let text = format!("no effect beside {vouching}, which vouches for the server");
                warn("tlsql_peer_proof", text);
            }
        }
        let versions = self.values.get("tls_version").and_then(|value| Versions::parse(value));
        if let Some((Versions { tls12, tls13 }, _)) = versions {
            let idle = [("ssl_cipher", tls12, "TLSv1.2"), ("tls_ciphersuites", tls13, "TLSv1.3")];
            for (option, counts, version) in idle {
                let level = self.values.get(option).filter(|_| option == "ssl_cipher");
                let level = level.and_then(|list| cipher_list::resolve(list).ok()?.level);
                // A list that sets the level has that effect in every version.
                if !counts && level.is_none() && self.values.contains_key(option) {
                    warn(option, format!("no effect: tls_version has no {version}"));
                }
            }
        }
        if self.is_on("tlsql_strict") {
            match (pin, ca) {
                (Some(pin), _) => warn("tlsql_strict", format!("no effect beside {pin}")),
                (None, None) => warn("tlsql_strict", format!("no effect without {A_CA}")),
                (None, Some(_)) => {}
            }
        }
        notes
    }

    /// Of what would vouch for the peer beside clear text; `off` is why there is no TLS.
    pub fn in_clear(&self, off: &str) -> Option<Note> {
        let vouching = self.first(&["ssl_fp", "ssl_fplist"]).or(self.ca())?;
        let text = format!("no effect beside {off}");
        Some(Note::new(Severity::Warning, vouching, &text))
    }

    fn ca(&self) -> Option<&'static str> {
        self.first(&["ssl_ca", "ssl_capath"]).or(self.ca_in_memory.then_some("ssl_ca"))
    }

    fn crl(&self) -> Option<&'static str> {
        self.first(&["ssl_crl", "ssl_crlpath"]).or(self.crl_in_memory.then_some("ssl_crl"))
    }

    fn verifying_mode(&self) -> Option<&'static str> {
        let mode = self.values.get("ssl_mode").and_then(|value| SslMode::parse(value));
        mode.filter(|mode| *mode >= SslMode::VerifyCa).map(SslMode::name)
    }

    fn first(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.values.contains_key(name))
    }

    fn is_on(&self, name: &str) -> bool {
        self.values.get(name).and_then(|value| options::switch(value)) == Some(true)
    }
}

const A_CA: &str = "ssl_ca or ssl_capath";
