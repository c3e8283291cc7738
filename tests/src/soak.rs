//! What tests that break the app at random have in common.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use tempfile::TempDir;

/// How long faults go on, and which.
///
/// `TASKER_SOAK_SECONDS` makes it last that long; `TASKER_CRASH_SEED` repeats a seed; `TASKER_SOAK_FOLDER` keeps what is
/// judged.
pub struct Soak {
    /// Where all that is random comes from.
    pub rng: Rng,
    seed: u64,
    limit: Option<Duration>,
    begin: Instant,
    folder: PathBuf,
    /// Goes with this.
    _temporary: TempDir,
}

impl Soak {
    /// As the environment says.
    ///
    /// # Panics
    /// If no temporary folder can be made.
    #[must_use]
    pub fn begin() -> Self {
        let number = |name| env::var(name).ok()?.parse::<u64>().ok();
        let seed = number("TASKER_CRASH_SEED").unwrap_or_else(|| fastrand::u64(..));
        println!("TASKER_CRASH_SEED={seed}");
        let temporary = TempDir::new().expect("a temporary folder");
        let folder = env::var_os("TASKER_SOAK_FOLDER").map(PathBuf::from);
        Self {
            rng: Rng::with_seed(seed),
            seed,
            limit: number("TASKER_SOAK_SECONDS").map(Duration::from_secs),
            begin: Instant::now(),
            folder: folder.unwrap_or_else(|| temporary.path().to_owned()),
            _temporary: temporary,
        }
    }

    /// Whether another fault follows after `faults` of them; `few` are enough if no time is given.
    #[must_use]
    pub fn goes_on(&self, faults: usize, few: usize) -> bool {
        self.limit
            .map_or(faults < few, |limit| self.begin.elapsed() < limit)
    }

    /// Where the history is kept.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Tells what it was.
    pub fn end(self) {
        println!("seed {}, after {:.0?}", self.seed, self.begin.elapsed());
    }
}

/// Milliseconds since the Unix epoch.
///
/// # Panics
/// If this machine has no clock.
#[must_use]
pub fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(now.expect("a clock").as_millis()).expect("a moment of this age")
}
