//! `compile`: the app's components as machine code, before the first start asks for them.

use serde_json::json;
use tasker_runtime::Options;

use super::up::manifest;
use crate::Error;
use crate::args::Compile;
use crate::exit::Exit;
use crate::log;
use crate::output::Output;

/// Compiles what is not in the cache.
pub(crate) fn compile(output: Output, options: &Compile) -> Result<Exit, Error> {
    let _logging = log::begin(&options.log);
    let manifest = manifest(options.manifest.file.as_deref())?;
    let state_dir = Options::new(&manifest).state_dir;
    let done = tasker_runtime::compile(&manifest, &options.caches.folders(&state_dir))?;
    let (components, compiled) = (done.components, done.compiled);
    if output.json {
        output.value(&json!({ "components": components, "compiled": compiled }))?;
    } else {
        output.line(format!(
            "{components} components, {compiled} of them compiled now"
        ))?;
    }
    Ok(Exit::Done)
}
