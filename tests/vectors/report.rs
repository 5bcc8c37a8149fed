//! The results of a comparison, and the list of expected differences.

use crate::chain::Verdict;
use std::fmt::Display;

/// `deviations.tsv`: the differences on purpose. Each line has the file's name without its ending,
/// the case, our verdict, and the reason. A case with levels is listed as `id`, or as `id/level1`
/// if only that level differs.
pub struct Deviations(Vec<Deviation>);

struct Deviation {
    source: String,
    id: String,
    ours: String,
    reason: String,
    used: bool,
}

impl Deviations {
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(Deviation::parse).collect())
    }

    /// Returns the entries for `sources` without a difference.
    pub fn unused(&self, sources: &[String]) -> Vec<String> {
        let unused = self.0.iter().filter(|entry| !entry.used && sources.contains(&entry.source));
        unused.map(|entry| format!("{} {}", entry.source, entry.id)).collect()
    }

    fn find(&mut self, source: &str, id: &str, ours: &str) -> Option<&str> {
        let all_levels = id.split_once('/').map_or(id, |(id, _)| id);
        let entry = self.0.iter_mut().find(|entry| {
            entry.source == source
                && (entry.id == id || entry.id == all_levels)
                && entry.ours == ours
        })?;
        entry.used = true;
        Some(&entry.reason)
    }
}

impl Deviation {
    fn parse(line: &str) -> Self {
        let fields = line.split('\t').map(str::to_owned).collect::<Vec<_>>();
        let Ok([source, id, ours, reason]) = <[String; 4]>::try_from(fields) else {
            panic!("deviations.tsv has four fields, not: {line}");
        };
        Self { source, id, ours, reason, used: false }
    }
}

/// The results of one file.
pub struct Report<'a> {
    source: String,
    deviations: &'a mut Deviations,
    pub counts: Counts,
}

#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub compared: usize,
    pub matched: usize,
    /// Cases that both accept or both refuse, with any number.
    pub alike: usize,
    /// Differences that are not listed.
    pub unlisted: usize,
    /// Those of them that only this library accepts.
    pub laxer: usize,
}

impl<'a> Report<'a> {
    pub fn new(source: &str, deviations: &'a mut Deviations) -> Self {
        Self { source: source.to_owned(), deviations, counts: Counts::default() }
    }

    pub fn verdicts(&mut self, id: &str, theirs: Verdict, ours: Verdict) {
        let laxer = ours == Verdict::Ok && theirs != Verdict::Ok;
        self.counts.alike += usize::from((ours == Verdict::Ok) == (theirs == Verdict::Ok));
        self.add(id, theirs.is(ours), laxer, theirs, ours);
    }

    /// Compares two results of another kind.
    pub fn results(&mut self, id: &str, theirs: impl Display, ours: impl Display) {
        let (theirs, ours) = (theirs.to_string(), ours.to_string());
        self.counts.alike += usize::from(theirs == ours);
        self.add(id, theirs == ours, false, theirs, ours);
    }

    fn add(&mut self, id: &str, same: bool, laxer: bool, theirs: impl Display, ours: impl Display) {
        self.counts.compared += 1;
        if same {
            self.counts.matched += 1;
            return;
        }
        let listed = self.deviations.find(&self.source, id, &ours.to_string());
        let source = &self.source;
        match listed {
            Some(reason) => println!("{source}: {id}: OpenSSL {theirs}, ours {ours}: {reason}"),
            None => {
                self.counts.unlisted += 1;
                self.counts.laxer += usize::from(laxer);
                println!("{source}: {id}: OpenSSL {theirs}, ours {ours}: NOT LISTED");
            }
        }
    }
}

impl Counts {
    pub fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.matched += other.matched;
        self.alike += other.alike;
        self.unlisted += other.unlisted;
        self.laxer += other.laxer;
    }
}
