//! A folder of machine code that nobody else can write to.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Key;
use super::entry::{self, Entry};

/// What has not been used for this long is removed.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 3600);
/// More than this is not kept.
const LIMIT: u64 = 1 << 30;
/// After this time a file that was being written is complete, or was left behind by a process that died.
const PARTIAL: Duration = Duration::from_secs(3600);

const LOCK: &str = "lock";

pub(super) struct Folder {
    path: PathBuf,
    /// Set if the folder can be written to.
    lock: Option<File>,
}

impl Folder {
    /// Opens a folder, and makes it if asked to; `None`: it is missing and was not to be made.
    ///
    /// # Errors
    /// Why it cannot be used: it cannot be made, or others could put machine code into it.
    pub(super) fn open(path: &Path, make: bool) -> Result<Option<Self>, String> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        if make {
            builder.create(path).map_err(|error| error.to_string())?;
        }
        let metadata = match path.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            metadata => metadata.map_err(|error| error.to_string())?,
        };
        if !metadata.is_dir() || !is_ours_alone(&metadata) {
            return Err("others can write to it (chmod go-w), or it is another user's".into());
        }
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join(LOCK));
        Ok(Some(Self {
            path: path.to_owned(),
            lock: lock.ok(),
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_writable(&self) -> bool {
        self.lock.is_some()
    }

    pub(super) fn entry(&self, key: &Key) -> Entry {
        Entry::new(&self.path, key)
    }

    /// Waits for the folder's lock and holds it until it is dropped.
    pub(super) fn lock(&self) -> Option<Lock> {
        let file = self.lock.as_ref()?.try_clone().ok()?;
        // Where a file system has no locks, two processes may do the same work.
        file.lock().ok()?;
        Some(Lock(file))
    }

    pub(super) fn prune(&self, is_wanted: &dyn Fn(&Path) -> bool) {
        let now = SystemTime::now();
        let files = std::fs::read_dir(&self.path).into_iter().flatten();
        let mut kept = Vec::new();
        for file in files.flatten() {
            let (path, Ok(metadata)) = (file.path(), file.metadata()) else {
                continue;
            };
            let used = metadata.modified().unwrap_or(now);
            let age = now.duration_since(used).unwrap_or_default();
            if entry::is_partial(&path) && age > PARTIAL {
                remove(&path);
            } else if entry::is_code(&path) && !is_wanted(&path) {
                if age > UNUSED {
                    remove(&path);
                } else {
                    kept.push((used, metadata.len(), path));
                }
            }
        }
        kept.sort();
        let mut total: u64 = kept.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in kept {
            if total > LIMIT {
                remove(&path);
                total -= size;
            }
        }
    }
}

/// A lock that is held.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // The folder's own handle keeps the file open, which would keep the lock.
        _ = self.0.unlock();
    }
}

/// Whether this user, and nobody else, can have written it.
pub(super) fn is_ours_alone(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

fn remove(path: &Path) {
    // What stays costs space only.
    _ = std::fs::remove_file(path);
}
