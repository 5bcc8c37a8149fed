//! The recipe of a case: a seed, a number, and mutations with seeds of their own, so that one can
//! be left out without changing the others.

use crate::base;
use crate::keys::Keys;
use crate::model::Case;
use crate::mutations::ALL;
use crate::random::Random;
use std::fmt;

#[derive(Clone, Debug)]
pub struct Recipe {
    pub seed: u64,
    pub number: u64,
    /// Index in `ALL` and seed of each mutation.
    pub mutations: Vec<(usize, u64)>,
}

impl Recipe {
    pub fn new(seed: u64, number: u64) -> Self {
        let mut random = Random::new(seed ^ 0x6d75_7461, number);
        // About half of the chains stay valid, since some mutations do no harm.
        let count = random.pick(&[0, 1, 1, 1, 1, 2, 2, 2, 3, 3]);
        let mutations = (0..count).map(|_| (random.below(ALL.len()), random.next())).collect();
        Self { seed, number, mutations }
    }

    pub fn build(&self, keys: &Keys) -> Case {
        let mut case = base::case(&mut Random::new(self.seed, self.number), keys);
        for (which, seed) in &self.mutations {
            let (_, mutate) = ALL[*which];
            mutate(&mut case, &mut Random::new(*seed, 0), keys);
        }
        case
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "case {} of seed {}:", self.number, self.seed)?;
        self.mutations.iter().try_for_each(|(which, _)| write!(f, " [{}]", ALL[*which].0))
    }
}
