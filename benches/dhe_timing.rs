//! Whether the time of a Diffie-Hellman exponentiation tells anything of the secret exponent.
//!
//! Exponentiations with one fixed exponent and with random ones, in random order, are timed and the
//! two sets compared by Welch's t: |t| from 4.5 on is a leak. Interruptions only make times longer,
//! so sets without their slowest parts are compared too. A control, which takes the exponent's
//! leading zeros off, must be found out.
//!
//! `--samples N` for more than 100,000.
//!
//! # Source
//! Reparaz, Balasch, Verbauwhede: Dude, is my code constant time? (2016).

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use ring::rand::{SecureRandom, SystemRandom};
use rustls::ffdhe_groups::FFDHE2048;
use tlsql::crypto::Modulus;

/// Bytes of an exponent in a group of 2048 bits.
const EXPONENT: usize = 32;

const LIMIT: f64 = 4.5;

/// Parts of the samples that are kept, the fastest ones.
const KEPT: [f64; 4] = [1.0, 0.99, 0.9, 0.5];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let named = arguments.iter().position(|argument| argument == "--samples");
    let samples = named.and_then(|at| arguments.get(at + 1)).map_or(Ok(100_000), |n| n.parse());
    let Ok(samples) = samples else {
        eprintln!("--samples wants a number");
        return ExitCode::FAILURE;
    };
    let modulus = Modulus::new(FFDHE2048.p).expect("a prime");
    // g^7 in place of a peer's public value.
    let base = modulus.pow(FFDHE2048.g, &[7]).expect("a power");
    let start = Instant::now();
    let power = |exponent: &[u8]| {
        black_box(modulus.pow(&base, black_box(exponent)));
    };
    let found = compare("exponentiation", samples, power);
    let each = start.elapsed() / u32::try_from(samples).unwrap_or(u32::MAX);
    println!("{samples} exponentiations, 2048 bits, exponents of 256: {each:?} each");
    let control = compare("control: leading zeros taken off", 2000, |exponent| {
        let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
        black_box(modulus.pow(&base, black_box(&exponent[zeros..])));
    });
    if control < LIMIT {
        println!("the control was not found out: this machine is too busy to measure");
        return ExitCode::FAILURE;
    }
    if found < LIMIT {
        println!("no leak found: |t| < {LIMIT}");
        ExitCode::SUCCESS
    } else {
        println!("|t| is {found:.2}: a leak, unless a second run disagrees");
        ExitCode::FAILURE
    }
}

/// Returns the largest |t| of `samples` calls in two classes.
fn compare(what: &str, samples: usize, mut work: impl FnMut(&[u8])) -> f64 {
    let random = SystemRandom::new();
    // Two leading zero bytes, which a careless implementation would save time by.
    let mut fixed = [0x5a; EXPONENT];
    fixed[..2].fill(0);
    let mut times: [Vec<f64>; 2] = Default::default();
    let mut exponent = [0; EXPONENT];
    let mut class = [0];
    for i in 0..samples + WARM_UP {
        // Both classes do the same before the clock starts.
        random.fill(&mut exponent).expect("random bytes");
        random.fill(&mut class).expect("a random byte");
        let class = usize::from(class[0] & 1);
        let kept = exponent;
        exponent.copy_from_slice(if class == 0 { &fixed } else { &kept });
        let start = Instant::now();
        work(&exponent);
        let time = start.elapsed();
        if i >= WARM_UP {
            times[class].push(time.as_nanos() as f64);
        }
    }
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let mut largest: f64 = 0.0;
    for part in KEPT {
        let limit = all[((all.len() as f64 * part) as usize).min(all.len()) - 1];
        let within = |times: &Vec<f64>| -> Vec<f64> {
            times.iter().copied().filter(|time| *time <= limit).collect()
        };
        let t = welch(&within(&times[0]), &within(&times[1]));
        println!("{what:>32}: t = {t:7.2} of the fastest {:3.0} %", part * 100.0);
        largest = largest.max(t.abs());
    }
    largest
}

fn welch(a: &[f64], b: &[f64]) -> f64 {
    let ((mean_a, part_a), (mean_b, part_b)) = (mean_and_error(a), mean_and_error(b));
    (mean_a - mean_b) / (part_a + part_b).sqrt()
}

/// Returns the mean, and its variance.
fn mean_and_error(times: &[f64]) -> (f64, f64) {
    let n = times.len() as f64;
    let mean = times.iter().sum::<f64>() / n;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, variance / n)
}

/// Calls whose times do not count.
const WARM_UP: usize = 100;
