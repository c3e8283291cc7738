//! Compiled components, kept between starts.

use std::collections::HashSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A folder of machine code that only its owner can enter.
pub(crate) struct Cache {
    folder: PathBuf,
    /// The entries that were asked for.
    wanted: Mutex<HashSet<PathBuf>>,
}

/// The place of one component's machine code.
pub(crate) struct Entry {
    file: PathBuf,
}

impl Cache {
    /// Opens the cache, making the folder if need be; or none, with a warning, if others could write into the folder: what is
    /// in it is run without a further look.
    pub(crate) fn open(folder: &Path) -> Option<Self> {
        match Self::private(folder) {
            Ok(true) => Some(Self {
                folder: folder.to_owned(),
                wanted: Mutex::default(),
            }),
            Ok(false) => {
                let folder = folder.display();
                tracing::warn!(
                    "{folder} is not private to this user (chmod 700); components are compiled at every start"
                );
                None
            }
            Err(error) => {
                tracing::warn!(
                    "{}: {error}; components are compiled at every start",
                    folder.display()
                );
                None
            }
        }
    }

    fn private(folder: &Path) -> std::io::Result<bool> {
        if let Err(error) = DirBuilder::new().mode(0o700).create(folder)
            && error.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(error);
        }
        let metadata = folder.symlink_metadata()?;
        let owned = metadata.uid() == rustix::process::geteuid().as_raw();
        Ok(metadata.is_dir() && owned && metadata.mode() & 0o077 == 0)
    }

    /// The entry for this wasm on this engine. Another wasm, another version of Wasmtime or other settings give another entry.
    pub(crate) fn entry(&self, engine: &Engine, wasm: &[u8]) -> Entry {
        let mut engine_hash = DefaultHasher::new();
        engine
            .precompile_compatibility_hash()
            .hash(&mut engine_hash);
        let wasm_hash: String = Sha256::digest(wasm)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let name = format!("{wasm_hash}-{:016x}.cwasm", engine_hash.finish());
        let file = self.folder.join(name);
        self.wanted().insert(file.clone());
        Entry { file }
    }

    /// Removes what no component has asked for: machine code of earlier builds.
    pub(crate) fn prune(&self) {
        let wanted = self.wanted();
        let files = std::fs::read_dir(&self.folder).into_iter().flatten();
        for file in files.flatten().map(|entry| entry.path()) {
            let is_code = file
                .extension()
                .is_some_and(|extension| extension == "cwasm");
            if is_code && !wanted.contains(&file) {
                // It costs space only.
                _ = std::fs::remove_file(file);
            }
        }
    }

    fn wanted(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Maps the machine code into memory, if it is there and fits the engine.
    pub(crate) fn load(&self, engine: &Engine) -> Option<Component> {
        if !self.file.exists() {
            return None;
        }
        // SAFETY: the file must be unchanged output of `Component::serialize`. It lies in a folder that only this user can
        // write to (checked by `Cache::open`), appears there by a rename once it is complete, and is never written again. Whether it
        // was made by this version of Wasmtime with these settings, Wasmtime checks.
        let loaded = unsafe { Component::deserialize_file(engine, &self.file) };
        loaded
            .inspect_err(|error| tracing::warn!("{} is not usable: {error:#}", self.file.display()))
            .ok()
    }

    /// Keeps the machine code for the next start. A failure costs the time of compiling, so it is only logged.
    pub(crate) fn store(&self, component: &Component) {
        let stored = component
            .serialize()
            .and_then(|code| Ok(self.replace(&code)?));
        if let Err(error) = stored {
            tracing::warn!("{}: {error:#}", self.file.display());
        }
    }

    fn replace(&self, code: &[u8]) -> std::io::Result<()> {
        let partial = self.file.with_extension(std::process::id().to_string());
        let mut file: File = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&partial)?;
        file.write_all(code)?;
        drop(file);
        std::fs::rename(&partial, &self.file)
    }
}
