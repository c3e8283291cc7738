//! From a component's wasm file to machine code, with a cache between starts.

use std::path::Path;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmtime::Engine;
use wasmtime::component::Component;
use wit_component::ComponentEncoder;

use crate::Error;
use crate::cache::Cache;

/// Compiles the wasm file of component `id`, or takes its machine code from the cache. Takes seconds in the first case.
pub(crate) fn load(
    engine: &Engine,
    cache: Option<&Cache>,
    id: &str,
    file: &Path,
) -> Result<Component, Error> {
    let invalid = |reason: String| Error::Component {
        component: id.to_owned(),
        reason,
    };
    let wasm = std::fs::read(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::ComponentMissing {
            component: id.to_owned(),
            path: file.to_owned(),
        },
        _ => invalid(format!("{}: {error}", file.display())),
    })?;
    let entry = cache.map(|cache| cache.entry(engine, &wasm));
    if let Some(component) = entry.as_ref().and_then(|entry| entry.load(engine)) {
        return Ok(component);
    }
    let component = wrap(wasm)
        .and_then(|wasm| Component::new(engine, wasm).map_err(|error| format!("{error:#}")))
        .map_err(|reason| invalid(format!("{}: {reason}", file.display())))?;
    if let Some(entry) = entry {
        entry.store(&component);
    }
    Ok(component)
}

/// Makes a component of a core module that speaks WASI preview 1; a component is left as it is.
fn wrap(wasm: Vec<u8>) -> Result<Vec<u8>, String> {
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
        .map_err(|error| format!("{error:#}"))
}

/// The header's fourth field tells components (layer 1) from core modules (layer 0).
fn is_component(wasm: &[u8]) -> bool {
    wasm.starts_with(b"\0asm") && wasm.get(6..8) == Some(&[1, 0])
}
