//! The wasm file of one component.

use std::path::{Path, PathBuf};

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmtime::Engine;
use wasmtime::component::Component;
use wit_component::ComponentEncoder;

use crate::Error;
use crate::cache::{Cache, Key};
use crate::manifest::Manifest;

/// A component and where its wasm is.
pub(crate) struct Source {
    pub(super) id: String,
    file: PathBuf,
}

impl Source {
    /// The components of the manifest at this path, the largest first: compiling those takes longest.
    pub(crate) fn all(manifest: &Manifest, path: &Path) -> Vec<Self> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut sources: Vec<_> = manifest
            .components
            .iter()
            .map(|(id, entry)| Self {
                id: id.clone(),
                file: entry.file(folder),
            })
            .collect();
        let size = |source: &Self| source.file.metadata().map_or(0, |file| file.len());
        sources.sort_by_cached_key(|source| std::cmp::Reverse(size(source)));
        sources
    }

    /// The key of what this file becomes on the engine.
    pub(super) fn key(&self, engine: &Engine) -> Result<Key, Error> {
        let wasm = self.read()?;
        Ok(Key::new(
            engine,
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            &wasm,
        ))
    }

    /// Machine code for the cache.
    pub(super) fn precompile(&self, engine: &Engine) -> Result<Vec<u8>, Error> {
        let wasm = self.component()?;
        engine
            .precompile_component(&wasm)
            .map_err(|error| self.invalid(format!("{error:#}")))
    }

    /// Machine code for this process, which is put into the cache too.
    pub(super) fn compile(&self, engine: &Engine, cache: &Cache) -> Result<Component, Error> {
        let key = self.key(engine)?;
        let component = Component::new(engine, self.component()?)
            .map_err(|error| self.invalid(format!("{error:#}")))?;
        if cache.is_writable()
            && let Ok(code) = component.serialize()
            && let Err(error) = cache.store(&key, &code)
        {
            tracing::warn!(
                "component `{}` is compiled again at the next start: {error}",
                self.id
            );
        }
        Ok(component)
    }

    fn read(&self) -> Result<Vec<u8>, Error> {
        std::fs::read(&self.file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::ComponentMissing {
                component: self.id.clone(),
                path: self.file.clone(),
            },
            _ => self.invalid(error.to_string()),
        })
    }

    /// The file as a component: a core module that speaks WASI preview 1 is made one, a component is left as it is.
    fn component(&self) -> Result<Vec<u8>, Error> {
        let wasm = self.read()?;
        if is_component(&wasm) {
            return Ok(wasm);
        }
        ComponentEncoder::default()
            .module(&wasm)
            .and_then(|encoder| {
                encoder.adapter(
                    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
                )
            })
            .and_then(|mut encoder| encoder.encode())
            .map_err(|error| self.invalid(format!("{error:#}")))
    }

    fn invalid(&self, reason: String) -> Error {
        Error::Component {
            component: self.id.clone(),
            reason: format!("{}: {reason}", self.file.display()),
        }
    }
}

/// The header's fourth field tells components (layer 1) from core modules (layer 0).
fn is_component(wasm: &[u8]) -> bool {
    wasm.starts_with(b"\0asm") && wasm.get(6..8) == Some(&[1, 0])
}
