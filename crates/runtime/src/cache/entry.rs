//! One component's machine code in a file: Wasmtime's own format, then the hash of it and of the entry's name, then a mark.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::Key;
use super::folder::is_ours_alone;

const CODE: &str = "cwasm";
const PARTIAL: &str = ".partial-";
/// The end of each file.
const MARK: [u8; 8] = *b"tasker\x00\x01";
const HASH: usize = 32;
const TRAILER: usize = HASH + MARK.len();
/// The use of an entry is noted no more often than this.
const NOTED: Duration = Duration::from_secs(24 * 3600);

/// The place of one component's machine code.
pub(crate) struct Entry {
    file: PathBuf,
    key: Key,
}

impl Entry {
    pub(super) fn new(folder: &Path, key: &Key) -> Self {
        Self {
            file: folder.join(&key.0).with_extension(CODE),
            key: key.clone(),
        }
    }

    pub(super) fn is_at(&self, path: &Path) -> bool {
        self.file == path
    }

    /// This entry, if its file is there, is this user's, and is what was written.
    pub(super) fn checked(self) -> Option<Self> {
        match self.check() {
            Ok(()) => Some(self),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!("{} is not used: {error}", self.file.display());
                None
            }
        }
    }

    fn check(&self) -> io::Result<()> {
        let mut file = File::open(&self.file)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || !is_ours_alone(&metadata) {
            return Err(io::Error::other("others could have written it"));
        }
        let damaged = || io::Error::other("it is damaged");
        let length = metadata.len().checked_sub(TRAILER as u64);
        let hash = digest(&self.key, &mut (&file).take(length.ok_or_else(damaged)?))?;
        let mut trailer = Vec::with_capacity(TRAILER);
        file.read_to_end(&mut trailer)?;
        if trailer != [&hash[..], &MARK].concat() {
            return Err(damaged());
        }
        let age = SystemTime::now().duration_since(metadata.modified()?);
        if age.is_ok_and(|age| age > NOTED) {
            // Only pruning looks at it.
            _ = file.set_modified(SystemTime::now());
        }
        Ok(())
    }

    /// Maps the machine code into memory.
    pub(crate) fn load(&self, engine: &Engine) -> Option<Component> {
        // SAFETY: the file must be unchanged output of `Component::serialize`. `check` has found what `replace` has written, by its
        // hash, in a file and a folder that only this user can write to. It appears there by a rename once it is complete, and
        // is never written again. Whether it was made by this version of Wasmtime with these settings, Wasmtime checks.
        let loaded = unsafe { Component::deserialize_file(engine, &self.file) };
        loaded
            .inspect_err(|error| tracing::warn!("{} is not used: {error:#}", self.file.display()))
            .ok()
    }

    /// Writes the entry, for all to see at once.
    pub(super) fn replace(&self, code: &[u8]) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        // Readable and writable by this user alone.
        let mut file = NamedTempFile::with_prefix_in(PARTIAL, folder)?;
        file.write_all(code)?;
        file.write_all(&digest(&self.key, &mut &code[..])?)?;
        file.write_all(&MARK)?;
        file.persist(&self.file)?;
        Ok(())
    }
}

fn digest(key: &Key, code: &mut impl Read) -> io::Result<[u8; HASH]> {
    let mut hash = Sha256::new();
    hash.update(&key.0);
    let mut buffer = vec![0; 256 << 10];
    loop {
        match code.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

pub(super) fn is_code(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == CODE)
}

pub(super) fn is_partial(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(PARTIAL))
}

/// What the engine's machine code depends on.
pub(super) fn compatibility(engine: &Engine) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish().to_be_bytes()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
