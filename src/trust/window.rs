//! The time in which a verdict on a chain holds.

use super::certificate::Certificate;
use super::crl::NextUpdate;
use super::store::Store;
use super::time;

/// The seconds since 1970 in which the same chain gets the same verdict under the same policy: no
/// date that the verdict depends on lies within.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// The first second: the latest notBefore or thisUpdate.
    pub from: i64,
    /// The second behind the last: the earliest notAfter or nextUpdate.
    pub until: i64,
}

impl Window {
    /// That of a verdict on which no date bears.
    pub const ALWAYS: Self = Self { from: i64::MIN, until: i64::MAX };

    pub fn contains(&self, now: i64) -> bool {
        (self.from..self.until).contains(&now)
    }

    /// Returns the first second as MySQL's status variables show dates; "" where there is none.
    pub fn date_from(&self) -> String {
        date(self.from)
    }

    /// Returns the second behind the last in the same form.
    pub fn date_until(&self) -> String {
        date(self.until)
    }

    /// Ends the window at a certificate's dates.
    pub fn add_certificate(&mut self, certificate: &Certificate, now: i64) {
        [certificate.not_before(), certificate.not_after()]
            .into_iter()
            .flatten()
            .for_each(|date| self.add(date, now));
    }

    /// Ends the window at the dates of all lists of these certificates' issuers: one that is not
    /// current yet will be looked at once it is.
    pub(super) fn add_lists(&mut self, store: &Store, chain: &[&Certificate], now: i64) {
        if !store.checks_revocation() {
            return;
        }
        for list in chain.iter().flat_map(|certificate| store.lists_of(certificate.issuer())) {
            list.this_update().into_iter().for_each(|date| self.add(date, now));
            if let NextUpdate::At(date) = list.next_update() {
                self.add(date, now);
            }
        }
    }

    /// A date has come at its second, for certificates and lists, at both ends of their time.
    fn add(&mut self, date: i64, now: i64) {
        if date <= now {
            self.from = self.from.max(date);
        } else {
            self.until = self.until.min(date);
        }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::ALWAYS
    }
}

fn date(seconds: i64) -> String {
    time::openssl_text(seconds).unwrap_or_default()
}
