//! When what is committed is safe from a loss of power too.
//!
//! A commit writes to the database's log and does not wait for the disk, so that the right to write is free at once and a run that nobody
//! watches never waits. Whoever is about to tell something to the world outside (an answer, a request) waits until the log is
//! on the disk as far as its component has seen it; all who wait at a time share one sync. What nobody was told of
//! reaches the disk a moment later by itself.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::OpenFlags;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use crate::faults::Faults;

/// How long a commit that nobody waits for may be in memory only.
const LAZY: Duration = Duration::from_millis(10);
/// The pause after a sync that failed.
const PAUSE: Duration = Duration::from_millis(200);
/// Pages of the log after which they are brought home into the database, as SQLite has it.
const CHECKPOINT_PAGES: u32 = 1000;

/// What the disk has of the log. Dropping the last one ends its thread.
pub(crate) struct Durability(Arc<Shared>);

struct Shared {
    database: PathBuf,
    /// Commits that have begun. Whoever reads the database has seen none after these.
    begun: AtomicU64,
    /// Commits that are done, whether or not they succeeded.
    done: AtomicU64,
    /// Pages in the log after the last commit.
    pages: AtomicU32,
    synced: watch::Sender<Synced>,
    asked: Mutex<Asked>,
    bell: Condvar,
    /// Whether the thread sleeps until somebody wakes it.
    is_idle: AtomicBool,
    faults: Option<Arc<Faults>>,
}

#[derive(Clone, Copy, Default)]
struct Synced {
    /// Commits that are on the disk.
    upto: u64,
    /// Syncs that failed.
    failures: u64,
}

#[derive(Default)]
struct Asked {
    is_awaited: bool,
    is_over: bool,
}

/// How much of the database's history a component has seen, or heard of from another.
#[derive(Clone)]
pub(crate) struct Seen {
    shared: Arc<Shared>,
    commits: Arc<AtomicU64>,
}

/// The disk did not take what was committed.
#[derive(Debug, thiserror::Error)]
#[error("the database's log could not be written to the disk")]
pub(crate) struct NotDurable;

impl Durability {
    /// Starts the thread that syncs the log of `database`. `writer` is the right to write.
    pub(super) fn start(
        database: PathBuf,
        writer: Arc<Semaphore>,
        faults: Option<Arc<Faults>>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            database,
            // What a process before this one had committed may be in memory only.
            begun: AtomicU64::new(1),
            done: AtomicU64::new(1),
            pages: AtomicU32::new(0),
            synced: watch::Sender::new(Synced::default()),
            asked: Mutex::default(),
            bell: Condvar::new(),
            is_idle: AtomicBool::new(false),
            faults,
        });
        let mut syncer = Syncer {
            shared: shared.clone(),
            writer,
            executor: Handle::current(),
            is_suspect: false,
            next_checkpoint: CHECKPOINT_PAGES,
        };
        std::thread::Builder::new()
            .name("sync".into())
            .spawn(move || syncer.run())?;
        Ok(Self(shared))
    }

    /// A commit begins; from now on, others may see what it writes.
    pub(super) fn begin(&self) {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
    }

    /// It has ended.
    pub(super) fn end(&self) {
        self.0.done.fetch_add(1, Ordering::SeqCst);
        if self.0.is_idle.swap(false, Ordering::SeqCst) {
            // With the lock, so that the thread does not miss it.
            drop(self.0.asked());
            self.0.bell.notify_one();
        }
    }

    /// Where a connection tells how many pages the log has.
    pub(super) fn pages(&self) -> impl Fn(u32) + Send + 'static {
        let shared = self.0.clone();
        move |pages| shared.pages.store(pages, Ordering::Relaxed)
    }

    /// Of a component that has seen nothing yet.
    pub(crate) fn nothing_seen(&self) -> Seen {
        Seen {
            shared: self.0.clone(),
            commits: Arc::default(),
        }
    }
}

impl Drop for Durability {
    fn drop(&mut self) {
        self.0.asked().is_over = true;
        self.0.bell.notify_one();
    }
}

impl Seen {
    /// It has seen, or been told, what is in the database now.
    pub(crate) fn all(&self) {
        let begun = self.shared.begun.load(Ordering::SeqCst);
        self.commits.fetch_max(begun, Ordering::SeqCst);
    }

    /// Whether all that it has seen is on the disk.
    pub(crate) fn is_durable(&self) -> bool {
        self.shared.synced.borrow().upto >= self.commits.load(Ordering::SeqCst)
    }

    /// Waits until all that it has seen is on the disk.
    ///
    /// # Errors
    /// If a sync fails meanwhile.
    pub(crate) async fn durable(&self) -> Result<(), NotDurable> {
        let commits = self.commits.load(Ordering::SeqCst);
        let mut synced = self.shared.synced.subscribe();
        let failures = {
            let now = synced.borrow_and_update();
            if now.upto >= commits {
                return Ok(());
            }
            now.failures
        };
        self.shared.asked().is_awaited = true;
        self.shared.bell.notify_one();
        loop {
            synced.changed().await.map_err(|_| NotDurable)?;
            let now = *synced.borrow_and_update();
            if now.upto >= commits {
                return Ok(());
            }
            if now.failures != failures {
                return Err(NotDurable);
            }
        }
    }
}

impl Shared {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_synced(&self) -> bool {
        self.synced.borrow().upto == self.done.load(Ordering::SeqCst)
    }

    /// Waits until there is something to sync and somebody waits for that, or nobody has for a while. `false`: it is over.
    fn wait(&self) -> bool {
        let mut asked = self.asked();
        loop {
            if asked.is_over {
                return false;
            }
            if self.is_synced() {
                // Whoever waits is woken by the commit that has begun.
                self.is_idle.store(true, Ordering::SeqCst);
                if self.is_synced() {
                    asked = wait(&self.bell, asked, None);
                }
                self.is_idle.store(false, Ordering::SeqCst);
            } else if asked.is_awaited {
                asked.is_awaited = false;
                return true;
            } else {
                asked = wait(&self.bell, asked, Some(LAZY));
                if !asked.is_awaited && !asked.is_over {
                    return true;
                }
            }
        }
    }
}

fn wait<'a>(
    bell: &Condvar,
    asked: MutexGuard<'a, Asked>,
    limit: Option<Duration>,
) -> MutexGuard<'a, Asked> {
    match limit {
        Some(limit) => {
            let woken = bell.wait_timeout(asked, limit);
            woken.map_or_else(|poisoned| poisoned.into_inner().0, |(asked, _)| asked)
        }
        None => bell.wait(asked).unwrap_or_else(PoisonError::into_inner),
    }
}

/// The thread that syncs.
struct Syncer {
    shared: Arc<Shared>,
    writer: Arc<Semaphore>,
    executor: Handle,
    /// Whether a sync has failed since the last checkpoint: the system then forgets what it did not write, and a
    /// later sync would say that all is well.
    is_suspect: bool,
    /// Pages of the log at which it is brought home.
    next_checkpoint: u32,
}

impl Syncer {
    fn run(&mut self) {
        while self.shared.wait() {
            let upto = self.shared.done.load(Ordering::SeqCst);
            if let Some(faults) = &self.shared.faults {
                faults.before_sync(&self.shared.database);
            }
            let outcome = match self.is_suspect {
                true => self.checkpoint("FULL").map_err(|error| error.to_string()),
                false => sync(&self.shared.database).map_err(|error| error.to_string()),
            };
            self.is_suspect = outcome.is_err();
            self.shared.synced.send_modify(|synced| match outcome {
                Ok(()) => synced.upto = upto,
                Err(_) => synced.failures += 1,
            });
            match outcome {
                Ok(()) => self.bring_home(),
                Err(reason) => {
                    tracing::error!("the database's log cannot be synced: {reason}");
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }

    /// Copies a long log into the database: first beside the writers, then what has come meanwhile while none writes, so that the next
    /// one begins the log anew.
    fn bring_home(&mut self) {
        let pages = self.shared.pages.load(Ordering::Relaxed);
        if pages < CHECKPOINT_PAGES {
            self.next_checkpoint = CHECKPOINT_PAGES;
        }
        if pages < self.next_checkpoint {
            return;
        }
        // While a reader holds on to old pages there is no more to be done than this; it is tried again when the log has grown.
        self.next_checkpoint = pages.saturating_add(CHECKPOINT_PAGES);
        let outcome = self.checkpoint("PASSIVE").and_then(|()| {
            let writer = self.executor.block_on(self.writer.acquire());
            let outcome = self.checkpoint("PASSIVE");
            drop(writer);
            outcome
        });
        if let Err(error) = outcome {
            tracing::warn!("the database's log cannot be shortened: {error}");
        }
    }

    fn checkpoint(&self, how: &str) -> rusqlite::Result<()> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sqlite = rusqlite::Connection::open_with_flags(&self.shared.database, flags)?;
        let text = format!("PRAGMA wal_checkpoint({how})");
        let is_busy: bool = sqlite.query_row(&text, (), |row| row.get(0))?;
        match is_busy && how == "FULL" {
            true => Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                None,
            )),
            false => Ok(()),
        }
    }
}

/// Writes the log to the disk. A database without one has synced its commits by itself.
fn sync(database: &Path) -> io::Result<()> {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    match File::open(log) {
        Ok(log) => log.sync_data(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
