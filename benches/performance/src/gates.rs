//! The figures that a run has to reach.
//!
//! Counts do not depend on the CPU: a run in which one of them misses its gate fails. Ratios of times are
//! printed only.

use crate::instructions::RESUMED as RESUMED_INSTRUCTIONS;
use crate::library::{
    AWS_LC_IN_PLACE, AWS_LC_WITH_COPY, IN_PLACE, LAYER, OPENSSL_30, OPENSSL_35, RAW, WITH_COPY,
};
use crate::reload::{LONGEST, LONGEST_BY_CPU, LONGEST_WAIT, QUIET, RELOADING};
use crate::sessions::{CACHED, FIRST, RESUMED};
use crate::sheet::Sheet;
use crate::traffic::{ONE_BY_ONE, TOGETHER};

/// What a gate compares.
enum Figure {
    /// The figure of a column: at most the limit.
    Count(&'static str),
    /// The longest call, in microseconds, while another thread reloads: at most the limit.
    Stall,
    /// Our time as a share of another column's: at most the limit.
    Time(&'static str, &'static str),
    /// Our speed as a multiple of another column's: at least the limit.
    Speed(&'static str, &'static str),
}

/// A figure to reach in each of some rows; the worst of them counts.
pub struct Gate {
    works: &'static [&'static str],
    figure: Figure,
    limit: f64,
    /// The share of the raw AEAD's speed that is asked of us: the limit is out of reach where we have
    /// this share, and it is below the limit.
    share: Option<f64>,
}

/// A gate beside what was measured.
pub struct Judged {
    pub name: String,
    pub limit: String,
    /// `None` if it could not be measured here.
    pub figure: Option<String>,
    pub verdict: Verdict,
    /// Why a figure that is there is not judged or counts as not measured: what was found instead.
    pub why: Option<String>,
    /// Whether it is a count, which does not depend on the CPU.
    pub is_count: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    Held,
    Missed,
    /// The raw AEAD is too slow for it on this CPU, or it is for CPUs with AVX-512.
    NotJudged,
    /// Nothing was, or calls without reloads take longer than the limit too.
    NotMeasured,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Missed => "missed",
            Self::NotJudged => "not judged",
            Self::NotMeasured => "not measured",
        }
    }
}

const fn count(works: &'static [&'static str], column: &'static str, limit: f64) -> Gate {
    Gate { works, figure: Figure::Count(column), limit, share: None }
}

const fn stall(works: &'static [&'static str], limit: f64) -> Gate {
    Gate { works, figure: Figure::Stall, limit, share: None }
}

const fn time(
    works: &'static [&'static str],
    column: &'static str,
    over: &'static str,
    limit: f64,
) -> Gate {
    Gate { works, figure: Figure::Time(column, over), limit, share: None }
}

const fn speed(
    works: &'static [&'static str],
    column: &'static str,
    over: &'static str,
    limit: f64,
) -> Gate {
    Gate { works, figure: Figure::Speed(column, over), limit, share: None }
}

/// Compares our speed over ring with another library's.
const fn over_ring(
    works: &'static [&'static str],
    column: &'static str,
    over: &'static str,
    limit: f64,
    share: f64,
) -> Gate {
    Gate { works, figure: Figure::Speed(column, over), limit, share: Some(share) }
}

const GCM_16K: &[&str] = &[
    "TLS 1.3 AES-128-GCM, 16 KiB, seal and open",
    "TLS 1.3 AES-256-GCM, 16 KiB, seal and open",
    "TLS 1.2 AES-128-GCM, 16 KiB, seal and open",
    "TLS 1.2 AES-256-GCM, 16 KiB, seal and open",
];
const CHACHA_16K: &[&str] = &[
    "TLS 1.3 ChaCha20-Poly1305, 16 KiB, seal and open",
    "TLS 1.2 ChaCha20-Poly1305, 16 KiB, seal and open",
];
const SMALL_RECORDS: &[&str] = &[
    "TLS 1.3 AES-128-GCM, 64 B, seal and open",
    "TLS 1.3 AES-128-GCM, 256 B, seal and open",
    "TLS 1.3 AES-128-GCM, 1 KiB, seal and open",
];
const RECORD_1K: &[&str] = &["TLS 1.3 AES-128-GCM, 1 KiB, seal and open"];
const RECORD_256: &[&str] = &["TLS 1.3 AES-128-GCM, 256 B, seal and open"];
const RECORD_64: &[&str] = &["TLS 1.3 AES-128-GCM, 64 B, seal and open"];
const TRIPS: &[&str] = &["TLS 1.3, round trip 11/11 B", "TLS 1.3, round trip 100/300 B"];
const HANDSHAKE_CLIENT: &[&str] = &["full handshake TLS 1.3 P-256, client"];
const HANDSHAKE_SERVER: &[&str] = &["full handshake TLS 1.3 P-256, server"];
const SESSIONS: &[&str] = &["handshake TLS 1.3 P-256, client", "handshake TLS 1.2 P-256, client"];
const ALLOCATIONS: &[&str] =
    &["allocations per round trip of 4 records", "allocations per empty step"];
const IDLE_CLIENT: &[&str] = &[
    "bytes per idle connection, client",
    "bytes per idle connection after 16 KiB each way, client",
    "with client certificates, bytes per idle connection, client",
    "with client certificates, bytes per idle connection after 16 KiB each way, client",
];
const IDLE_SERVER: &[&str] = &[
    "bytes per idle connection, server",
    "bytes per idle connection after 16 KiB each way, server",
    "with client certificates, bytes per idle connection, server",
    "with client certificates, bytes per idle connection after 16 KiB each way, server",
];
const PEAK: &[&str] = &[
    "bytes at the handshake's peak beside twice the peer's chain, client",
    "bytes at the handshake's peak beside twice the peer's chain, server",
    "with client certificates, bytes at the handshake's peak beside twice the peer's chain, client",
    "with client certificates, bytes at the handshake's peak beside twice the peer's chain, server",
];

/// Shares of the raw AEAD's speed: of the record layer alone and through the C ABI with records up to 1
/// KiB, and with 16 KiB in place and with copy.
const LAYER_SHARE: f64 = 0.95;
const SMALL_SHARE: f64 = 0.75;
const SHARE: f64 = 0.93;
const COPY_SHARE: f64 = 0.80;

const GATES: &[Gate] = &[
    count(&["an empty step, instructions"], IN_PLACE, 450.0),
    count(&["round trip 100/300 B, instructions"], IN_PLACE, 7300.0),
    count(&["round trip 11/11 B, instructions"], IN_PLACE, 5200.0),
    count(&["full handshake TLS 1.3 P-256, both sides, instructions"], IN_PLACE, 3.9e6),
    count(&[RESUMED_INSTRUCTIONS], IN_PLACE, 2.3e6),
    count(&["process start to ClientHello, instructions"], IN_PLACE, 0.6e6),
    count(&["process start to ClientHello, 144 roots, instructions"], IN_PLACE, 9.5e6),
    count(ALLOCATIONS, IN_PLACE, 0.0),
    count(ALLOCATIONS, WITH_COPY, 0.0),
    count(IDLE_CLIENT, IN_PLACE, 3200.0),
    count(IDLE_SERVER, IN_PLACE, 2400.0),
    count(PEAK, IN_PLACE, 16384.0),
    count(&["size of the stripped cdylib"], "tlsql", 2.9e6),
    speed(SMALL_RECORDS, LAYER, RAW, LAYER_SHARE),
    speed(SMALL_RECORDS, IN_PLACE, RAW, SMALL_SHARE),
    speed(GCM_16K, IN_PLACE, RAW, SHARE),
    speed(GCM_16K, WITH_COPY, RAW, COPY_SHARE),
    speed(CHACHA_16K, IN_PLACE, RAW, SHARE),
    speed(CHACHA_16K, WITH_COPY, RAW, COPY_SHARE),
    over_ring(GCM_16K, IN_PLACE, OPENSSL_30, 1.20, SHARE),
    over_ring(GCM_16K, WITH_COPY, OPENSSL_30, 1.10, COPY_SHARE),
    over_ring(GCM_16K, IN_PLACE, OPENSSL_35, 1.20, SHARE),
    over_ring(GCM_16K, WITH_COPY, OPENSSL_35, 1.10, COPY_SHARE),
    speed(GCM_16K, AWS_LC_IN_PLACE, OPENSSL_35, 1.20),
    speed(GCM_16K, AWS_LC_WITH_COPY, OPENSSL_35, 1.10),
    over_ring(CHACHA_16K, IN_PLACE, OPENSSL_30, 0.95, SHARE),
    over_ring(CHACHA_16K, IN_PLACE, OPENSSL_35, 0.95, SHARE),
    over_ring(RECORD_64, IN_PLACE, OPENSSL_35, 2.4, SMALL_SHARE),
    over_ring(RECORD_256, IN_PLACE, OPENSSL_35, 2.0, SMALL_SHARE),
    over_ring(RECORD_1K, IN_PLACE, OPENSSL_35, 1.6, SMALL_SHARE),
    over_ring(RECORD_64, LAYER, OPENSSL_35, 3.0, LAYER_SHARE),
    over_ring(RECORD_1K, LAYER, OPENSSL_35, 2.4, LAYER_SHARE),
    speed(&["256 packets of 64 B"], TOGETHER, ONE_BY_ONE, 8.0),
    time(TRIPS, IN_PLACE, OPENSSL_30, 0.30),
    time(TRIPS, IN_PLACE, OPENSSL_35, 0.40),
    time(HANDSHAKE_CLIENT, IN_PLACE, OPENSSL_30, 0.50),
    time(HANDSHAKE_SERVER, IN_PLACE, OPENSSL_30, 0.62),
    time(SESSIONS, RESUMED, FIRST, 0.45),
    time(SESSIONS, CACHED, FIRST, 0.75),
    stall(&[LONGEST_BY_CPU], 1000.0),
    stall(&[LONGEST_WAIT], 1000.0),
];

/// Judges all gates.
pub fn judge(sheet: &Sheet, has_avx512: bool) -> Vec<Judged> {
    GATES.iter().map(|gate| gate.judge(sheet, has_avx512)).collect()
}

impl Gate {
    fn judge(&self, sheet: &Sheet, has_avx512: bool) -> Judged {
        // The worst is the largest: of a speed its inverse is compared.
        let worst = self.works.iter().map(|work| self.measured(sheet, work));
        let worst = worst.reduce(|a, b| Some(a?.max(b?))).flatten();
        let work = match self.works {
            [work] => (*work).to_owned(),
            [first, rest @ ..] => format!("{first} (the worst of it and {} more)", rest.len()),
            [] => String::new(),
        };
        let (name, limit, figure) = self.words(&work, worst);
        let (verdict, why) = match worst {
            None => (Verdict::NotMeasured, None),
            Some(_) if !self.is_for(has_avx512) => {
                (Verdict::NotJudged, Some("for CPUs with AVX-512".to_owned()))
            }
            Some(worst) if self.is_held(worst) => (Verdict::Held, None),
            Some(worst) => self.missed(sheet, worst),
        };
        let is_count = matches!(self.figure, Figure::Count(_));
        Judged { name, limit, figure, verdict, why, is_count }
    }

    /// Tells what was missed from what the CPU or the machine does not give.
    fn missed(&self, sheet: &Sheet, worst: f64) -> (Verdict, Option<String>) {
        match self.longest_without_reloads(sheet) {
            Some(quiet) if quiet > self.limit && worst <= 2.0 * quiet => {
                (Verdict::NotMeasured, Some(format!("{QUIET} {}", number(quiet))))
            }
            _ => match self.out_of_reach(sheet) {
                Some(why) => (Verdict::NotJudged, Some(why)),
                None => (Verdict::Missed, None),
            },
        }
    }

    fn is_held(&self, measured: f64) -> bool {
        match self.figure {
            Figure::Speed(..) => 1.0 / measured >= self.limit,
            Figure::Count(_) | Figure::Stall | Figure::Time(..) => measured <= self.limit,
        }
    }

    /// Whether the gate is for this CPU: AWS-LC is measured for what ring lacks, code for AVX-512.
    fn is_for(&self, has_avx512: bool) -> bool {
        has_avx512 || !matches!(self.figure, Figure::Speed(AWS_LC_IN_PLACE | AWS_LC_WITH_COPY, _))
    }

    /// Returns the longest call without reloads, where the gate is on calls.
    fn longest_without_reloads(&self, sheet: &Sheet) -> Option<f64> {
        matches!(self.figure, Figure::Stall).then(|| sheet.value(LONGEST, QUIET)).flatten()
    }

    /// Says of the work that is the furthest below the limit why all that are do not count as missed:
    /// they have the share of the raw AEAD's speed that is asked, and with that share alone it misses
    /// the limit too.
    fn out_of_reach(&self, sheet: &Sheet) -> Option<String> {
        let (Some(asked), Figure::Speed(column, over)) = (self.share, &self.figure) else {
            return None;
        };
        let mut least: Option<[f64; 3]> = None;
        for work in self.works {
            let [ours, raw, share] =
                [(*column, *over), (RAW, *over), (*column, RAW)].map(|(column, over)| {
                    sheet.ratio(work, column, over).map(|time| 1.0 / time.median)
                });
            let (ours, raw, share) = (ours?, raw?, share?);
            if ours >= self.limit {
                continue;
            }
            if share < asked || asked * raw >= self.limit {
                return None;
            }
            if least.is_none_or(|[least, ..]| ours < least) {
                least = Some([ours, raw, share]);
            }
        }
        let [_, raw, share] = least?;
        Some(format!("{RAW} has {raw:.2}, of it {share:.2}, asked {asked:.2}"))
    }

    /// Returns the name, the limit and the figure as text.
    fn words(&self, work: &str, worst: Option<f64>) -> (String, String, Option<String>) {
        match self.figure {
            Figure::Count(column) => (
                format!("{work}: {column}"),
                format!("at most {}", number(self.limit)),
                worst.map(number),
            ),
            Figure::Stall => (
                format!("{work}, µs: {RELOADING}"),
                format!("at most {}", number(self.limit)),
                worst.map(number),
            ),
            Figure::Time(column, over) => (
                format!("{work}: time of {column}, as a share of that of {over}"),
                format!("at most {:.2}", self.limit),
                worst.map(|worst| format!("{worst:.2}")),
            ),
            Figure::Speed(column, over) => (
                format!("{work}: speed of {column}, as a multiple of that of {over}"),
                format!("at least {:.2}", self.limit),
                worst.map(|worst| format!("{:.2}", 1.0 / worst)),
            ),
        }
    }

    fn measured(&self, sheet: &Sheet, work: &str) -> Option<f64> {
        match self.figure {
            Figure::Count(column) => sheet.value(work, column),
            Figure::Stall => sheet.value(work, RELOADING),
            Figure::Time(column, over) | Figure::Speed(column, over) => {
                sheet.ratio(work, column, over).map(|spread| spread.median)
            }
        }
    }
}

/// A figure with its thousands set apart.
pub fn number(value: f64) -> String {
    if value < 100.0 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", groups.join(","))
}
