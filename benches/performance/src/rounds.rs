//! Strictly alternating short runs: each round lets every column work once, in turns, so that all see
//! the same load of the machine, and in another order, so that none always follows the same one: code
//! for AVX-512 may leave the CPU slower for a while.

use std::time::Instant;

/// Rounds of each row.
pub const ROUNDS: usize = 31;

/// Nanoseconds that `work` takes.
pub fn time(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e9
}

/// Nanoseconds of the CPU that `work` takes in this thread: what other programs take is not in it.
pub fn cpu_time(mut work: impl FnMut()) -> f64 {
    let start = thread_time();
    work();
    thread_time() - start
}

fn thread_time() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a place for one.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) }, 0);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

/// Calls `run` with each of `count` columns once in every round; it returns that many figures for the
/// column. Returns `[column][figure][round]`.
pub fn alternate<const N: usize>(
    count: usize,
    mut run: impl FnMut(usize) -> [f64; N],
) -> Vec<[Vec<f64>; N]> {
    let mut samples: Vec<[Vec<f64>; N]> =
        (0..count).map(|_| std::array::from_fn(|_| Vec::with_capacity(ROUNDS))).collect();
    let steps: Vec<usize> = (1..=count).filter(|step| divisor(*step, count) == 1).collect();
    // The first round only warms up.
    for round in 0..=ROUNDS {
        let step = steps[round % steps.len()];
        for turn in 0..count {
            let column = (turn * step + round) % count;
            let figures = run(column);
            if round > 0 {
                samples[column].iter_mut().zip(figures).for_each(|(all, one)| all.push(one));
            }
        }
    }
    samples
}

/// The greatest common divisor: a step that has none with the number of columns but 1 leads to each of
/// them.
fn divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { divisor(b, a % b) }
}
