//! What a server keeps with each session beside rustls' own data, and checks before it resumes one:
//! rustls looks at no age, no verdict and no policy.

use super::checks::{PeerChecks, SessionOrigin};
use crate::bytes::Reader;
use crate::config::{Clock, PolicyDigest};
use crate::trust::Window;

/// When a session was made, and what its resumption depends on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionStamp {
    /// When this ticket or entry was made, in Unix seconds.
    made: i64,
    origin: SessionOrigin,
    policy: PolicyDigest,
    /// Those of `SessionRules` when it was made.
    own_names: [u8; NAMES_LEN],
}

/// What a context has to say about sessions, by the settings of one reload.
#[derive(Clone, Copy, Debug)]
pub struct SessionRules {
    pub policy: PolicyDigest,
    /// A hash of the names of the certificate that is shown: a client that resumes asks for none, so that
    /// what it found in the session's first handshake must hold here.
    pub own_names: [u8; NAMES_LEN],
    /// Seconds for which a session can be resumed.
    pub lifetime: u32,
    pub clock: Clock,
}

/// Why a session is not resumed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unfit {
    /// It is older than `ssl_session_cache_timeout`.
    TimedOut,
    /// Its verdict does not hold now, it is of another policy or of a server of other names, or the
    /// clock was set back since.
    Other,
}

impl SessionRules {
    /// Returns the stamp of a session that the connection which rustls works for makes now; `None`
    /// if nothing is known of one.
    pub fn stamp(&self) -> Option<SessionStamp> {
        let made = self.clock.unix_seconds();
        let origin = PeerChecks::current(|checks| {
            let new = |window| SessionOrigin { at: made, window, leaf: checks.shown_leaf };
            match (&checks.verdict, checks.session) {
                // What was verified in this handshake counts, whatever session was offered.
                (Some(Ok(verified)), _) => Some(new(verified.window)),
                (Some(Err(_)), _) => None,
                (None, Some(origin)) => Some(origin),
                (None, None) => Some(new(Window::ALWAYS)),
            }
        })??;
        Some(SessionStamp { made, origin, policy: self.policy, own_names: self.own_names })
    }

    /// Checks whether a session with this stamp may be resumed now. If so, the connection that rustls
    /// works for knows of it.
    pub fn check(&self, stamp: &SessionStamp) -> Result<(), Unfit> {
        let now = self.clock.unix_seconds();
        let SessionStamp { made, origin, policy, own_names } = stamp;
        let age = now.checked_sub(*made).ok_or(Unfit::Other)?;
        let since_origin = now.checked_sub(origin.at).ok_or(Unfit::Other)?;
        let is_ours = *policy == self.policy && *own_names == self.own_names;
        if age < 0 || since_origin < age || !is_ours || !origin.window.contains(now) {
            return Err(Unfit::Other);
        }
        if age >= i64::from(self.lifetime) || since_origin >= LONGEST {
            return Err(Unfit::TimedOut);
        }
        PeerChecks::current(|checks| checks.session = Some(*origin)).ok_or(Unfit::Other)
    }
}

impl SessionStamp {
    /// Octets of the written form.
    pub const LEN: usize = 1 + 4 * 8 + PolicyDigest::LEN + NAMES_LEN + LEAF_LEN;

    /// Appends the written form: a version, four times and three digests.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Self { made, origin: SessionOrigin { at, window, leaf }, policy, own_names } = self;
        out.push(VERSION);
        for time in [made, at, &window.from, &window.until] {
            out.extend_from_slice(&time.to_le_bytes());
        }
        out.extend_from_slice(policy.as_bytes());
        out.extend_from_slice(own_names);
        out.extend_from_slice(leaf);
    }

    /// Reads what `write` wrote, and what stands behind it.
    pub fn read(octets: &[u8]) -> Option<(Self, &[u8])> {
        let (stamp, session) = octets.split_at_checked(Self::LEN)?;
        let mut rest = Reader::new(stamp);
        if rest.u8()? != VERSION {
            return None;
        }
        let mut time = || rest.take(8)?.try_into().ok().map(i64::from_le_bytes);
        let [made, at, from, until] = [time()?, time()?, time()?, time()?];
        let policy = PolicyDigest::from_bytes(rest.take(PolicyDigest::LEN)?)?;
        let own_names = rest.take(NAMES_LEN)?.try_into().ok()?;
        let leaf = rest.take(LEAF_LEN)?.try_into().ok()?;
        let origin = SessionOrigin { at, window: Window { from, until }, leaf };
        Some((Self { made, origin, policy, own_names }, session))
    }
}

/// Of the written form, which other processes read too. It changes with rustls' own.
const VERSION: u8 = 3;

/// Octets of SHA-256.
const NAMES_LEN: usize = 32;
const LEAF_LEN: usize = 32;

/// Most seconds from a full handshake to the last one that is resumed from it, however often tickets
/// were renewed (RFC 8446 section 4.6.1): the largest `ssl_session_cache_timeout`.
const LONGEST: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Builder, Role, Settings};
    use crate::tls::checks::Verified;

    fn policy(option: &str, value: &str) -> PolicyDigest {
        let mut builder = Builder::new(Role::Server);
        builder.set(option, value).unwrap();
        Settings::of(&builder).unwrap().policy_digest()
    }

    fn rules(now: u64) -> SessionRules {
        let policy = policy("tls_version", "TLSv1.3");
        let clock = Clock { fixed: Some(now) };
        SessionRules { policy, own_names: [7; NAMES_LEN], lifetime: 300, clock }
    }

    /// A session that a full handshake made at 1000, with this window.
    fn stamp(window: Window) -> SessionStamp {
        let verdict = Some(Ok(Verified { chain: true, window, ..Verified::default() }));
        let mut checks = PeerChecks { verdict, shown_leaf: [9; LEAF_LEN], ..PeerChecks::default() };
        checks.during(|| rules(1000).stamp()).unwrap().unwrap()
    }

    fn check(rules: &SessionRules, stamp: &SessionStamp) -> (Result<(), Unfit>, PeerChecks) {
        let mut checks = PeerChecks::default();
        (checks.during(|| rules.check(stamp)).unwrap(), checks)
    }

    #[test]
    fn what_is_written_is_read() {
        let stamp = stamp(Window { from: -5, until: 5000 });
        let mut octets = Vec::new();
        stamp.write(&mut octets);
        assert_eq!(octets.len(), SessionStamp::LEN);
        assert!((0..octets.len()).all(|len| SessionStamp::read(&octets[..len]).is_none()));
        octets.extend_from_slice(b"session");
        assert_eq!(SessionStamp::read(&octets), Some((stamp, &b"session"[..])));
        octets[0] ^= 1;
        assert_eq!(SessionStamp::read(&octets), None, "of another version");
    }

    #[test]
    fn a_session_is_resumed_within_its_time_and_its_window() {
        let stamp = stamp(Window { from: 990, until: 1200 });
        for (now, expected) in
            [(999, Err(Unfit::Other)), (1000, Ok(())), (1199, Ok(())), (1200, Err(Unfit::Other))]
        {
            let (result, checks) = check(&rules(now), &stamp);
            assert_eq!(result, expected, "at {now}");
            assert_eq!(checks.session.is_some(), expected.is_ok(), "at {now}");
        }
        let always = self::stamp(Window::ALWAYS);
        assert_eq!(check(&rules(1299), &always).0, Ok(()));
        assert_eq!(check(&rules(1300), &always).0, Err(Unfit::TimedOut));
        let rules = SessionRules { policy: policy("tls_version", "TLSv1.2"), ..rules(1000) };
        assert_eq!(check(&rules, &always).0, Err(Unfit::Other));
        let rules = SessionRules { own_names: [8; NAMES_LEN], ..self::rules(1000) };
        assert_eq!(check(&rules, &always).0, Err(Unfit::Other));
        // Nobody is resumed for.
        assert_eq!(self::rules(1000).check(&always), Err(Unfit::Other));
        assert_eq!(self::rules(1000).stamp(), None);
    }

    #[test]
    fn renewed_tickets_keep_window_and_certificate_and_end_after_a_day() {
        let mut stamp = stamp(Window { from: 990, until: 90_000 });
        let mut now = 1000;
        let ended = loop {
            now += 299;
            let (result, mut checks) = check(&rules(now), &stamp);
            if let Err(why) = result {
                break why;
            }
            checks.shown_leaf = [1; LEAF_LEN];
            stamp = checks.during(|| rules(now).stamp()).unwrap().unwrap();
            assert_eq!(stamp.origin.window, Window { from: 990, until: 90_000 });
            assert_eq!(stamp.origin.leaf, [9; LEAF_LEN]);
        };
        assert_eq!((ended, now > 1000 + 86_400 - 299), (Unfit::TimedOut, true));
        assert!(now < 90_000, "its window is open still");
    }

    #[test]
    fn what_was_verified_counts_before_a_session_that_was_offered() {
        let offered = stamp(Window { from: 990, until: 1200 });
        let (_, mut checks) = check(&rules(1000), &offered);
        let window = Window { from: 1000, until: 1100 };
        checks.verdict = Some(Ok(Verified { chain: true, window, ..Verified::default() }));
        checks.shown_leaf = [1; LEAF_LEN];
        let made = checks.during(|| rules(1000).stamp()).unwrap().unwrap();
        assert_eq!((made.origin.window, made.origin.leaf), (window, [1; LEAF_LEN]));
        checks.verdict = Some(Err(crate::error::Code::CertRevoked.into()));
        assert_eq!(checks.during(|| rules(1000).stamp()).unwrap(), None);
    }
}
