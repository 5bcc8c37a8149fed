//! Counts of the verdicts and their differences.

use crate::deviations;
use crate::keys::Keys;
use crate::model::Case;
use crate::mutations::ALL;
use crate::recipe::Recipe;
use crate::runner::Outcome;
use crate::shrink;
use std::collections::BTreeMap;

pub struct Judged {
    pub recipe: Recipe,
    pub case: Case,
    pub theirs: String,
    /// Our verdict with OpenSSL's limits.
    pub exact: String,
    /// Our verdict with the default limits.
    pub default: String,
}

#[derive(Default)]
pub struct Tally {
    compared: usize,
    accepted: usize,
    laxer: usize,
    disagreements: usize,
    /// Accepted by trying another CA certificate of the same subject.
    another_way: usize,
    listed: BTreeMap<&'static str, usize>,
    theirs: BTreeMap<String, usize>,
    mutations: BTreeMap<&'static str, (usize, usize)>,
    /// Disagreements, by both verdicts without depths.
    kinds: BTreeMap<(String, String), Kind>,
    limits: Vec<String>,
}

/// Disagreements with the same verdicts: their number, and the first.
struct Kind {
    count: usize,
    recipe: Recipe,
    verdicts: (String, String),
}

impl Tally {
    pub fn add(&mut self, judged: Judged, keys: &Keys) {
        let Judged { recipe, case, theirs, exact, default } = judged;
        self.compared += 1;
        self.accepted += usize::from(theirs == "OK");
        *self.theirs.entry(without_depth(&theirs)).or_default() += 1;
        for (which, _) in &recipe.mutations {
            let (all, accepted) = self.mutations.entry(ALL[*which].0).or_default();
            *all += 1;
            *accepted += usize::from(theirs == "OK");
        }
        if default != exact {
            if default == "OK" && case.has_two_of_one_subject() {
                self.another_way += 1;
            } else {
                let line = format!("{recipe}: {exact}, with the default limits {default}");
                self.limits.push(line);
            }
        }
        if theirs == exact {
            return;
        }
        if let Some(reason) = deviations::reason(&case, &theirs, &exact, keys) {
            *self.listed.entry(reason).or_default() += 1;
            return;
        }
        self.disagreements += 1;
        self.laxer += usize::from(exact == "OK");
        let kind = (without_depth(&theirs), without_depth(&exact));
        let first = Kind { count: 0, recipe, verdicts: (theirs, exact) };
        self.kinds.entry(kind).or_insert(first).count += 1;
    }

    /// Prints everything, and `shown` kinds of disagreement whole.
    pub fn show(&self, shown: usize, keys: &mut Keys) {
        println!("OpenSSL accepts {} of {}:", self.accepted, self.compared);
        let counts = self.theirs.iter().map(|(verdict, count)| format!(" {verdict}: {count}"));
        println!("{}", counts.collect::<Vec<_>>().join(","));
        if std::env::var_os("TLSQL_MUTATIONS").is_some() {
            for (name, (all, accepted)) in &self.mutations {
                println!("  {name}: {accepted} of {all} accepted");
            }
        }
        // Chains that only this library accepts come first.
        let mut kinds = self.kinds.iter().collect::<Vec<_>>();
        kinds.sort_by_key(|((_, ours), kind)| (ours != "OK", usize::MAX - kind.count));
        for ((theirs, ours), Kind { count, recipe, .. }) in &kinds {
            println!("OpenSSL {theirs}, ours {ours}: {count}, as in {recipe}");
        }
        for (_, Kind { recipe, verdicts, .. }) in kinds.into_iter().take(shown) {
            let (case, recipe) = shrink::shrink(recipe, verdicts, keys);
            print!("{}", shrink::show(&case, &recipe, verdicts, keys));
        }
        self.limits.iter().take(shown).for_each(|line| println!("limits: {line}"));
        for (reason, count) in &self.listed {
            println!("listed: {count} times: {reason}");
        }
        println!("accepted by another CA certificate of one subject: {}", self.another_way);
        println!(
            "random chains: {} compared, {} disagreements outside the list, {} laxer",
            self.compared, self.disagreements, self.laxer
        );
    }

    pub fn outcome(&self) -> Outcome {
        let mut wrong = Vec::new();
        if self.disagreements > 0 {
            wrong.push(format!("{} disagreements outside the list", self.disagreements));
        }
        if !self.limits.is_empty() {
            wrong.push(format!("{} that the limits change otherwise", self.limits.len()));
        }
        if self.compared == 0 {
            wrong.push("no chain".to_owned());
        }
        // If all chains failed for one reason, the comparison would show little.
        if self.compared >= 1000
            && !(self.compared / 3..=self.compared / 3 * 2).contains(&self.accepted)
        {
            wrong.push(format!("OpenSSL accepts {} of {}", self.accepted, self.compared));
        }
        if wrong.is_empty() { Outcome::Passed } else { Outcome::Failed(wrong) }
    }
}

/// Returns a verdict without its depth.
fn without_depth(verdict: &str) -> String {
    let end = verdict.strip_prefix("PARSE").map_or(verdict.find('@'), |_| Some("PARSE".len()));
    verdict[..end.unwrap_or(verdict.len())].to_owned()
}
