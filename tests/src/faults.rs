//! Ordering faults in a running app: see `faults.rs` of the runtime for what an order says.

use std::fs;
use std::path::{Path, PathBuf};

/// The environment variable that tells the app where the orders are.
pub(crate) const VARIABLE: &str = "TASKER_TEST_FAULTS";

/// The orders of one app.
#[derive(Debug)]
pub struct Faults {
    file: PathBuf,
    number: u64,
    /// Bytes of the log that are of earlier orders.
    seen: usize,
}

impl Faults {
    pub(crate) fn file(state: &Path) -> PathBuf {
        state.join("faults")
    }

    pub(crate) fn of(state: &Path) -> Self {
        Self {
            file: Self::file(state),
            number: 0,
            seen: 0,
        }
    }

    /// Orders `what` at the `n`-th point from now.
    ///
    /// # Panics
    /// If that cannot be written.
    pub fn order(&mut self, what: &str, n: usize) {
        self.order_of(what, n, "");
    }

    /// The same, where only points that begin with these words count.
    ///
    /// # Panics
    /// If that cannot be written.
    pub fn order_of(&mut self, what: &str, n: usize, point: &str) {
        self.number += 1;
        self.seen = self.log().len();
        // Whole or not at all: the app may be reading.
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{} {what} {n} {point}", self.number))
            .expect("the order is written");
        fs::rename(&next, &self.file).expect("the order is given");
    }

    /// Orders that nothing happens, and restarts the count.
    pub fn lift(&mut self) {
        self.order("count", 0);
    }

    /// The points that have been passed since the last order, and `held` where one is held.
    #[must_use]
    pub fn passed(&self) -> Vec<String> {
        let log = self.log();
        let new = String::from_utf8_lossy(&log[self.seen.min(log.len())..]).into_owned();
        new.lines().map(str::to_owned).collect()
    }

    /// From now on, what a loss of power would leave is kept.
    ///
    /// # Panics
    /// If that cannot be written.
    pub fn expect_loss_of_power(&self) {
        let disk = self.disk();
        _ = fs::remove_dir_all(&disk);
        fs::create_dir(disk).expect("a folder is made");
    }

    /// Leaves of the database of an app that was killed what a loss of power would have left of it: what had been on the disk at the
    /// last sync that had begun, and some of what was written to the log after it. `false`: there was no sync.
    ///
    /// # Panics
    /// If the files cannot be changed.
    pub fn lose_power(&self, rng: &mut fastrand::Rng) -> bool {
        let numbers = fs::read_dir(self.disk()).expect("a loss of power is expected");
        let numbers =
            numbers.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u64>().ok());
        let Some(last) = numbers.max() else {
            return false;
        };
        let kept = self.disk().join(last.to_string());
        let database = self.file.with_file_name("sqlite_db.db");
        let log = self.file.with_file_name("sqlite_db.db-wal");
        let written = fs::read(&log).unwrap_or_default();
        let mut left = fs::read(kept.join("database-wal")).unwrap_or_default();
        if written.len() > left.len() && written.starts_with(&left) {
            let more = rng.usize(..=written.len() - left.len());
            left.extend_from_slice(&written[left.len()..left.len() + more]);
        }
        fs::copy(kept.join("database"), database).expect("the database is written");
        fs::write(log, left).expect("the log is written");
        _ = fs::remove_file(self.file.with_file_name("sqlite_db.db-shm"));
        self.expect_loss_of_power();
        true
    }

    fn disk(&self) -> PathBuf {
        self.file.with_extension("disk")
    }

    fn log(&self) -> Vec<u8> {
        fs::read(self.file.with_extension("log")).unwrap_or_default()
    }
}
