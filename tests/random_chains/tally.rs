//! What was compared, and how it came out.

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
    /// With OpenSSL's bounds, and with the default ones.
    pub exact: String,
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
    /// By both verdicts: the first case, and how many there were.
    kinds: BTreeMap<(String, String), (Recipe, usize)>,
    limits: Vec<String>,
}

/// Kinds of disagreement that are shown whole.
const SHOWN: usize = 12;

impl Tally {
    pub fn add(&mut self, judged: Judged, keys: &Keys) {
        let Judged { recipe, case, theirs, exact, default } = judged;
        self.compared += 1;
        self.accepted += usize::from(theirs == "OK");
        *self.theirs.entry(kind(&theirs)).or_default() += 1;
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
        let of_kind = self.kinds.entry((theirs, exact)).or_insert((recipe, 0));
        of_kind.1 += 1;
    }

    pub fn show(&self, keys: &mut Keys) {
        println!("OpenSSL accepts {} of {}:", self.accepted, self.compared);
        let counts = self.theirs.iter().map(|(verdict, count)| format!(" {verdict}: {count}"));
        println!("{}", counts.collect::<Vec<_>>().join(","));
        if std::env::var_os("TLSQL_MUTATIONS").is_some() {
            for (name, (all, accepted)) in &self.mutations {
                println!("  {name}: {accepted} of {all} accepted");
            }
        }
        // What we alone accept comes first.
        let mut kinds = self.kinds.iter().collect::<Vec<_>>();
        kinds.sort_by_key(|((_, ours), (_, count))| (ours != "OK", usize::MAX - count));
        for (verdicts, (recipe, count)) in &kinds {
            println!("OpenSSL {}, ours {}: {count}, as in {recipe}", verdicts.0, verdicts.1);
        }
        for (verdicts, (recipe, _)) in kinds.into_iter().take(SHOWN) {
            let (case, recipe) = shrink::shrink(recipe, verdicts, keys);
            print!("{}", shrink::show(&case, &recipe, verdicts, keys));
        }
        self.limits.iter().take(SHOWN).for_each(|line| println!("limits: {line}"));
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
        // Chains that all fail for one reason would compare little.
        if self.compared >= 1000
            && !(self.compared / 3..=self.compared / 3 * 2).contains(&self.accepted)
        {
            wrong.push(format!("OpenSSL accepts {} of {}", self.accepted, self.compared));
        }
        if wrong.is_empty() { Outcome::Passed } else { Outcome::Failed(wrong) }
    }
}

/// A verdict without what differs from case to case.
fn kind(verdict: &str) -> String {
    if verdict.starts_with("PARSE") { "PARSE".to_owned() } else { verdict.to_owned() }
}
