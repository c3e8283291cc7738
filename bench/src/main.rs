//! The benchmark: starts the real app and measures what a user would feel. See docs/benchmarks.md.

mod claim;
mod databases;
mod fairness;
mod figure;
mod flood;
mod floor;
mod hostile;
mod inline;
mod large;
mod load;
mod memory;
mod nodes;
mod peers;
mod sleep;
mod sleepers;
mod snapshot;
mod start;
mod submit;
mod tokens;
mod upstream;
mod waiting;
mod wrapped;

use clap::{Parser, ValueEnum};

use crate::figure::Report;

/// Measures the app on this machine.
///
/// It starts an app of its own for each part, with a new database. Nothing else should be busy
/// meanwhile.
#[derive(Debug, Parser)]
#[command(name = "tasker-bench")]
struct Options {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Measure only these parts
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Part>,
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Sizes of stored snapshots
    Snapshot,
    /// Tasks that sleep at every await
    Sleep,
    /// Calls made while the VM is live
    Inline,
    /// Calls of wrapped services, beside the same requests made directly
    Wrapped,
    /// Latency of submissions
    Submit,
    /// What it costs to see who calls
    Tokens,
    /// Runs with very many calls, and memory
    Large,
    /// A second start
    Start,
    /// Ten thousand runs asleep
    Sleepers,
    /// A run while another task has flooded the queue
    Fairness,
    /// A run beside tasks that compute without end, and their end
    Hostile,
    /// Runs that wait for slow calls
    Waiting,
    /// Taking a row from queues of all lengths
    Claim,
    /// SQLite beside PostgreSQL, and one node beside three
    Databases,
    /// Thousands of runs from many clients at once, on one, two and three nodes
    Load,
    /// The app beside Restate
    Peers,
}

fn main() {
    let options = Options::parse();
    let mut report = Report::default();
    for part in Part::value_variants() {
        if options.only.is_empty() || options.only.contains(part) {
            eprintln!("measuring: {part:?}");
            match part {
                Part::Snapshot => snapshot::measure(&mut report),
                Part::Sleep => sleep::measure(&mut report),
                Part::Inline => inline::measure(&mut report),
                Part::Wrapped => wrapped::measure(&mut report),
                Part::Submit => submit::measure(&mut report),
                Part::Tokens => tokens::measure(&mut report),
                Part::Large => large::measure(&mut report),
                Part::Start => start::measure(&mut report),
                Part::Sleepers => sleepers::measure(&mut report),
                Part::Fairness => fairness::measure(&mut report),
                Part::Hostile => hostile::measure(&mut report),
                Part::Waiting => waiting::measure(&mut report),
                Part::Claim => claim::measure(&mut report),
                Part::Databases => databases::measure(&mut report),
                Part::Load => load::measure(&mut report),
                Part::Peers => peers::measure(&mut report),
            }
        }
    }
    report.print(options.json);
}
