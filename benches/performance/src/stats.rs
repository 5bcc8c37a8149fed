//! Medians and their spread.

/// A median with the quartiles around it.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

pub fn spread(samples: &[f64]) -> Spread {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |part: usize| sorted[(sorted.len() - 1) * part / 4];
    Spread { low: at(1), median: at(2), high: at(3) }
}

/// The ratios of samples that were taken in the same rounds.
pub fn ratio(ours: &[f64], theirs: &[f64]) -> Spread {
    assert_eq!(ours.len(), theirs.len());
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
    spread(&ratios)
}
