//! Checks what a load has gone through against what the database has in the end.
//!
//! usage: tasker-history HISTORY DUMP
//!
//! HISTORY has what the load's driver did and saw, and what the outside world was asked; DUMP has the
//! rows of the database, read by plain SQL. Both are files of JSON lines, see `history.rs` and `dump.rs`. The
//! program shares no code with what it judges. It prints a verdict; exit code 1 means that something is wrong.

mod dump;
mod history;
mod rules;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use dump::Dump;
use history::History;

/// How many violations of a rule are shown.
const SHOWN: usize = 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [history, dump] = &arguments[..] else {
        eprintln!("usage: tasker-history HISTORY DUMP");
        return ExitCode::from(2);
    };
    let read = History::read(history).and_then(|history| Ok((history, Dump::read(dump)?)));
    let (history, dump) = match read {
        Ok(read) => read,
        Err(reason) => {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
    };
    let mut is_sound = true;
    for (rule, check) in rules::ALL {
        let violations = check(&history, &dump);
        is_sound &= violations.is_empty();
        for violation in violations.iter().take(SHOWN) {
            println!("{rule}: {violation}");
        }
        if violations.len() > SHOWN {
            println!("{rule}: and {} more", violations.len() - SHOWN);
        }
    }
    println!(
        "{}: {} runs ({} begun again), {} journal entries, {} requests to the outside world ({} of them repeated), {} faults",
        if is_sound { "sound" } else { "NOT SOUND" },
        dump.runs.len(),
        dump.begun_again(),
        dump.journal.len(),
        history.requests.len(),
        history.repeated_requests(),
        history.faults,
    );
    if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
