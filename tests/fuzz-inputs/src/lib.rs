//! Inputs that are nearly right: examples with a few changes, for the tests of what reads bytes from outside.
//!
//! The same inputs come each time. With `TASKER_FUZZ_SECONDS` in the environment, others follow for that many
//! seconds; one that makes a test panic is printed.

use std::time::{Duration, Instant};

use fastrand::Rng;

/// Most changes of one input.
const CHANGES_MAX: usize = 8;
/// Longest part that a change removes, repeats or takes from another example.
const PART_MAX: usize = 64;
/// Longest input: parts that are repeated must not grow without end.
const LENGTH_MAX: usize = 1 << 20;

/// Bytes that formats are sensitive to.
const EDGES: &[u8] = b"\x00\x01\x7f\x80\xff\"\\{}[](),:;.*/@-+0123456789eE \t\n\r%&=?<>|$`'";

/// Gives `read` a number of inputs made from the examples, the examples themselves first.
///
/// # Panics
/// If `read` does, or if there is no example.
pub fn bytes(examples: &[&[u8]], cases: u32, mut read: impl FnMut(&[u8])) {
    assert!(!examples.is_empty(), "there is nothing to begin with");
    let mut rng = Rng::with_seed(1);
    let deadline = Instant::now() + longer();
    let mut case = 0;
    while case < cases || Instant::now() < deadline {
        let input = match examples.get(case as usize) {
            Some(example) => example.to_vec(),
            None => changed(examples, &mut rng),
        };
        let shown = Shown(&input);
        read(&input);
        drop(shown);
        case = case.saturating_add(1);
    }
}

/// The same with text: what is no UTF-8 is replaced.
///
/// # Panics
/// As [`bytes`].
pub fn text(examples: &[&str], cases: u32, mut read: impl FnMut(&str)) {
    let examples: Vec<_> = examples.iter().map(|example| example.as_bytes()).collect();
    bytes(&examples, cases, |input| {
        read(&String::from_utf8_lossy(input));
    });
}

/// For how long new inputs are tried.
fn longer() -> Duration {
    let seconds = std::env::var("TASKER_FUZZ_SECONDS");
    let seconds = seconds.ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

fn changed(examples: &[&[u8]], rng: &mut Rng) -> Vec<u8> {
    let mut input = examples[rng.usize(..examples.len())].to_vec();
    for _ in 0..rng.usize(1..=CHANGES_MAX) {
        change(&mut input, examples, rng);
    }
    input.truncate(LENGTH_MAX);
    input
}

fn change(input: &mut Vec<u8>, examples: &[&[u8]], rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    let part = at..(at + rng.usize(..=PART_MAX)).min(input.len());
    match rng.u8(..8) {
        0 if at < input.len() => input[at] ^= 1 << rng.u8(..8),
        1 if at < input.len() => input[at] = rng.u8(..),
        2 | 3 => input.insert(at, EDGES[rng.usize(..EDGES.len())]),
        4 => drop(input.drain(part)),
        5 => {
            let again = input[part].to_vec();
            input.splice(at..at, again);
        }
        6 => input.truncate(at),
        _ => {
            let other = examples[rng.usize(..examples.len())];
            let from = rng.usize(..=other.len());
            let until = (from + rng.usize(..=PART_MAX)).min(other.len());
            input.splice(at..at, other[from..until].iter().copied());
        }
    }
}

/// Prints the input that a test panicked over.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let input: Vec<u8> = self.0.escape_ascii().collect();
            eprintln!("the input: b\"{}\"", String::from_utf8_lossy(&input));
        }
    }
}
