//! Faults that tests order: at the n-th point at which something can fail, it does.
//!
//! Points are commits to the database and requests of components. All this is off unless
//! [`Options::faults`](crate::Options::faults) names a file.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// While a point is held, the order is looked at again after this time.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Reads its order from a file each time, so that the test can change it while the application
/// runs: `<number> <what> <n>`, such as `7 fail-before 12`. An order with another number counts anew. With words
/// after it, such as `7 hold 1 UPDATE stack_runs`, only points that begin with them count.
/// What is passed is noted, a line for each point, in the file with `.log` at its end.
pub(crate) struct Faults {
    file: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    order: Option<Order>,
    passed: u64,
    log: Option<File>,
    /// Syncs that came to [`Faults::before_sync`].
    syncs: u64,
}

#[derive(Clone, PartialEq, Eq)]
struct Order {
    number: u64,
    what: What,
    at: u64,
    /// How the points begin that count.
    of: String,
}

/// What happens at the point.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Nothing: points are only counted.
    Count,
    /// It fails without having been done.
    FailBefore,
    /// It is done, and seems to have failed.
    FailAfter,
    /// The process ends before it.
    KillBefore,
    /// The process ends after it.
    KillAfter,
    /// It is done, and its caller continues once the order has changed.
    Hold,
}

/// The state of one point. Its caller tells when the work is done.
#[must_use]
pub(crate) struct Passage<'a> {
    faults: &'a Faults,
    struck: Option<Order>,
}

/// The words of the error that a component sees.
pub(crate) const REASON: &str = "a fault was ordered";

impl Faults {
    pub(crate) fn new(file: PathBuf) -> Self {
        Self {
            file,
            state: Mutex::default(),
        }
    }

    /// A point is about to be passed. `Err`: it must fail without being done.
    pub(crate) fn enter(&self, point: &str) -> Result<Passage<'_>, &'static str> {
        let ordered = self.ordered();
        let mut state = self.lock();
        let number = |order: &Option<Order>| order.as_ref().map(|order| order.number);
        if number(&ordered) != number(&state.order) {
            state.order = ordered;
            state.passed = 0;
        }
        let order = state.order.clone();
        let counts = order
            .as_ref()
            .is_none_or(|order| point.starts_with(&order.of));
        state.passed += u64::from(counts);
        let passed = state.passed;
        let struck = order.filter(|order| counts && order.at == passed);
        note(
            &mut state,
            &self.beside(".log"),
            &format!("{passed} {point}"),
        );
        drop(state);
        match struck.as_ref().map(|order| order.what) {
            Some(What::KillBefore) => std::process::abort(),
            Some(What::FailBefore) => Err(REASON),
            _ => Ok(Passage {
                faults: self,
                struck,
            }),
        }
    }

    /// The database's log is about to be synced: what its files hold now survives a loss of power. A test that wants to cause one has made
    /// a folder with `.disk` at the end of its name, and finds the files there, in the folder with the highest number.
    pub(crate) fn before_sync(&self, database: &Path) {
        let disk = self.beside(".disk");
        if !disk.is_dir() {
            return;
        }
        let mut state = self.lock();
        let (last, next) = (state.syncs, state.syncs + 1);
        state.syncs = next;
        drop(state);
        let made = disk.join("unfinished");
        _ = fs::create_dir(&made);
        // The log first: what is brought home from it meanwhile is in the database by then.
        for end in ["-wal", ""] {
            let mut file = database.as_os_str().to_owned();
            file.push(end);
            _ = fs::copy(file, made.join(format!("database{end}")));
        }
        if fs::rename(made, disk.join(next.to_string())).is_ok() {
            _ = fs::remove_dir_all(disk.join(last.to_string()));
        }
    }

    /// The file with this at the end of its name.
    fn beside(&self, end: &str) -> PathBuf {
        let mut path = self.file.as_os_str().to_owned();
        path.push(end);
        path.into()
    }

    fn ordered(&self) -> Option<Order> {
        fs::read_to_string(&self.file).ok()?.parse().ok()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passage<'_> {
    /// The point has been passed. `Err`: it must seem to have failed.
    pub(crate) async fn leave(self) -> Result<(), &'static str> {
        let Some(order) = self.struck else {
            return Ok(());
        };
        match order.what {
            What::KillAfter => std::process::abort(),
            What::FailAfter => Err(REASON),
            What::Hold => {
                note(&mut self.faults.lock(), &self.faults.beside(".log"), "held");
                while self.faults.ordered().as_ref() == Some(&order) {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Ok(())
            }
            What::Count | What::FailBefore | What::KillBefore => Ok(()),
        }
    }
}

/// A test that cannot be told of a point sees that something is missing.
fn note(state: &mut State, path: &Path, line: &str) {
    if state.log.is_none() {
        state.log = File::options().create(true).append(true).open(path).ok();
    }
    if let Some(log) = &mut state.log {
        _ = writeln!(log, "{line}");
    }
}

impl FromStr for Order {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.split_whitespace();
        let mut next = || words.next().ok_or(());
        let (number, what, at) = (next()?, next()?, next()?);
        Ok(Self {
            of: words.collect::<Vec<_>>().join(" "),
            number: number.parse().map_err(drop)?,
            what: match what {
                "count" => What::Count,
                "fail-before" => What::FailBefore,
                "fail-after" => What::FailAfter,
                "kill-before" => What::KillBefore,
                "kill-after" => What::KillAfter,
                "hold" => What::Hold,
                _ => return Err(()),
            },
            at: at.parse().map_err(drop)?,
        })
    }
}
