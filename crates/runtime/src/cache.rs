//! Compiled components, kept between starts and shared by the applications of one user.

mod entry;
mod folder;

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;

pub(crate) use entry::Entry;
use folder::Folder;

/// The version of what is done to a wasm file before Wasmtime compiles it: raise it when more than the adapter changes.
const PREPARATION: &[u8] = b"1";

/// The folders in which compiled components are looked for, the preferred one first.
pub(crate) struct Cache(Vec<Folder>);

/// The name of one component's machine code: another wasm, adapter, version of Wasmtime, machine or setting give another one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key(String);

impl Key {
    /// The key of this wasm on this engine.
    pub(crate) fn new(engine: &Engine, adapter: &[u8], wasm: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(PREPARATION);
        hash.update(Sha256::digest(adapter));
        hash.update(Sha256::digest(wasm));
        hash.update(entry::compatibility(engine));
        Self(entry::hex(&hash.finalize()))
    }
}

impl Cache {
    /// Opens those of the folders that can be trusted, making the first one that can be made. Where none can be written to,
    /// nothing is kept.
    pub(crate) fn open(candidates: &[PathBuf]) -> Self {
        let mut folders: Vec<Folder> = Vec::new();
        let mut reasons = Vec::new();
        for path in candidates {
            let needless = folders.iter().any(Folder::is_writable);
            match Folder::open(path, !needless) {
                Ok(Some(folder)) => folders.push(folder),
                Ok(None) => {}
                Err(reason) => reasons.push(format!("{}: {reason}", path.display())),
            }
        }
        let cache = Self(folders);
        if !cache.is_writable() {
            let reasons = reasons.join("; ");
            tracing::warn!("compiled components cannot be kept: {reasons}");
        }
        cache
    }

    /// The machine code for this key, if it is there and whole.
    pub(crate) fn find(&self, key: &Key) -> Option<Entry> {
        self.0.iter().find_map(|folder| folder.entry(key).checked())
    }

    /// Whether machine code can be kept.
    pub(crate) fn is_writable(&self) -> bool {
        self.0.iter().any(Folder::is_writable)
    }

    /// Keeps machine code for the next start, in the first folder that can be written to.
    ///
    /// # Errors
    /// If there is no such folder, or writing fails.
    pub(crate) fn store(&self, key: &Key, code: &[u8]) -> io::Result<()> {
        let folder = self.writable().ok_or(io::ErrorKind::ReadOnlyFilesystem)?;
        folder.entry(key).replace(code).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("{}: {error}", folder.path().display()),
            )
        })
    }

    /// Waits until no other process compiles into the same folder, and keeps others waiting until this is dropped.
    pub(crate) fn lock(&self) -> Option<impl Sized> {
        self.writable()?.lock()
    }

    /// Removes what has not been used for long, and the oldest where there is too much; never what is `wanted`.
    pub(crate) fn prune(&self, wanted: &[Key]) {
        if let Some(folder) = self.writable() {
            folder.prune(&|path: &Path| wanted.iter().any(|key| folder.entry(key).is_at(path)));
        }
    }

    fn writable(&self) -> Option<&Folder> {
        self.0.iter().find(|folder| folder.is_writable())
    }
}
