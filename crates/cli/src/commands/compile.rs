//! `compile`: the app's components as machine code, before the first start asks for them.

use clap::Args;
use serde_json::json;
use tasker_runtime::Options;

use crate::Error;
use crate::cache::Caches;
use crate::commands::Execute;
use crate::context::Context;
use crate::exit::Exit;
use crate::log::{self, Log};
use crate::manifest::Manifest;

/// Compile the app's components for this machine
///
/// `tasker up` does it by itself when it has to; it starts at once where this was done before. What
/// is compiled already is left as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker compile
  tasker compile -f /opt/tasker/spin-cron.toml --cache-dir /var/cache/tasker")]
pub(crate) struct Compile {
    #[command(flatten)]
    manifest: Manifest,
    #[command(flatten)]
    caches: Caches,
    #[command(flatten)]
    log: Log,
}

impl Execute for Compile {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let output = context.output;
        let _logging = log::begin(&self.log);
        let manifest = self.manifest.find()?;
        let state_dir = Options::new(&manifest).state_dir;
        let done = tasker_runtime::compile(&manifest, &self.caches.folders(&state_dir))?;
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
}
