//! The state folder of an app on this machine: its owner's alone, and one process's at a time.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::Error;
use crate::config::{CLIENT_FILE, Connection, LOCK_FILE};

/// The folder of compiled components, where a user has none for caches.
pub(crate) const CACHE: &str = "cache";

/// A state folder that this process holds until this is dropped.
pub(crate) struct StateDir {
    _lock: File,
}

impl StateDir {
    /// Takes a folder, which is made if it is missing, and makes it private.
    ///
    /// # Errors
    /// If another process has it, and if it cannot be used.
    pub(crate) fn take(folder: &Path) -> Result<Self, Error> {
        make_private(folder)?;
        close_files(folder)?;
        let path = folder.join(LOCK_FILE);
        let failed = |error| Error::file(&path, error);
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(folder, &mut lock)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // For people, and for the message of a second process.
        let note = |lock: &mut File| {
            lock.set_len(0)?;
            lock.rewind()?;
            writeln!(lock, "{}", std::process::id())
        };
        note(&mut lock).map_err(failed)?;
        Ok(Self { _lock: lock })
    }
}

/// The error of a second process.
fn held(folder: &Path, lock: &mut File) -> Error {
    let mut holder = String::new();
    // A process that has just begun has not written it yet.
    let holder = match lock.read_to_string(&mut holder) {
        Ok(_) if !holder.trim().is_empty() => format!("process {}", holder.trim()),
        _ => "another process".to_owned(),
    };
    let url = fs::read_to_string(folder.join(CLIENT_FILE))
        .ok()
        .and_then(|text| serde_json::from_str::<Connection>(&text).ok())
        .map_or_else(String::new, |of| format!(", on {}", of.url));
    Error::Held(format!(
        "{holder} serves from the state folder {} already{url}; stop it first, or give this one a folder \
         of its own with --state-dir",
        folder.display()
    ))
}

/// Makes a folder private to its owner, or an existing one so. It holds the secrets, the
/// database and the logs.
#[cfg(unix)]
pub(crate) fn make_private(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};

    const STICKY: u32 = 0o1000;

    let failed = |error| Error::file(folder, error);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed)?;
    let found = fs::metadata(folder).map_err(failed)?;
    if found.mode() & 0o077 == 0 {
        return Ok(());
    }
    if found.mode() & STICKY != 0 {
        return Err(Error::file(
            folder,
            "it is a folder that everybody shares; give a folder below it with --state-dir",
        ));
    }
    // A volume may belong to somebody else, who lends it to this process's group: nothing can be done here,
    // and the files with secrets are private by themselves.
    match fs::set_permissions(folder, fs::Permissions::from_mode(0o700)) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(()),
        done => done.map_err(failed),
    }
}

/// Makes what is in a folder its owner's alone, and all that this process makes from now on. Where a folder is lent to the
/// process's group and could not be made private, the group keeps its rights. Compiled components may be anyone's to read.
#[cfg(unix)]
fn close_files(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let failed = |error| Error::file(folder, error);
    let lent = fs::metadata(folder).map_err(failed)?.mode() & 0o070;
    let closed = 0o077 & !lent;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(closed));
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // Of a link itself, not of where it leads.
            let Ok(found) = entry.metadata() else {
                continue;
            };
            if found.is_symlink() || entry.file_name() == CACHE {
                continue;
            }
            if found.mode() & closed != 0 {
                let mode = fs::Permissions::from_mode(found.mode() & 0o7777 & !closed);
                match fs::set_permissions(entry.path(), mode) {
                    // Somebody else's, who can close it.
                    Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {}
                    done => done.map_err(|error| Error::file(entry.path(), error))?,
                }
            }
            if found.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(())
}

/// Other systems keep a folder's files as private as the folder.
#[cfg(not(unix))]
fn close_files(_folder: &Path) -> Result<(), Error> {
    Ok(())
}

/// Makes a folder.
#[cfg(not(unix))]
pub(crate) fn make_private(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_is_private_and_one_process_has_it() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("state");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        // What a killed process has left is in nobody's way.
        fs::write(folder.join(LOCK_FILE), "999999999\n").unwrap();

        let open =
            ["sqlite_db.db", "logs/tasks.txt", "cache/tasks.cwasm"].map(|name| folder.join(name));
        for file in &open {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
            fs::set_permissions(file, fs::Permissions::from_mode(0o664)).unwrap();
        }
        let outside = parent.path().join("outside");
        fs::write(&outside, "").unwrap();
        fs::set_permissions(&outside, fs::Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&outside, folder.join("link")).unwrap();

        let first = StateDir::take(&folder).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("logs")), 0o700);
        assert_eq!(
            open.each_ref().map(|file| mode(file)),
            [0o600, 0o600, 0o664]
        );
        assert_eq!(mode(&outside), 0o644, "what a link leads to is left alone");
        fs::write(folder.join("later"), "").unwrap();
        assert_eq!(mode(&folder.join("later")), 0o600);
        fs::write(
            folder.join(CLIENT_FILE),
            "{\"url\": \"http://127.0.0.1:3999\"}",
        )
        .unwrap();
        let second = StateDir::take(&folder).err().unwrap().to_string();
        let process = format!("process {} serves", std::process::id());
        for word in [&process, "http://127.0.0.1:3999", "--state-dir"] {
            assert!(second.contains(word), "{second}");
        }
        drop(first);
        StateDir::take(&folder).unwrap();

        let shared = parent.path().join("shared");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(StateDir::take(&shared).is_err(), "its mode is not changed");
        assert_eq!(
            fs::metadata(&shared).unwrap().permissions().mode() & 0o7777,
            0o1777
        );
    }
}
