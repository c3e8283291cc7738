//! Which manifest is meant.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::Error;

/// The manifests that are looked for, the one with the app's own timer first.
const MANIFESTS: [&str; 2] = ["spin-cron.toml", "spin.toml"];

/// The app's manifest.
#[derive(Debug, Args)]
pub(crate) struct Manifest {
    /// The application's manifest [default: spin-cron.toml, or else spin.toml]
    #[arg(short = 'f', long = "from", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Manifest {
    /// The one that is asked for, or else the one in the current folder. It must be there: a state
    /// folder is not made in a place where there is no app.
    pub(crate) fn find(&self) -> Result<PathBuf, Error> {
        let mut candidates = match self.file.as_deref() {
            Some(path) => vec![path],
            None => MANIFESTS.map(Path::new).to_vec(),
        };
        let last = candidates[candidates.len() - 1];
        candidates.retain(|path| path.is_file());
        candidates
            .first()
            .map(|path| path.to_path_buf())
            .ok_or_else(|| {
                let reason = "there is no such file; say with -f where the app's spin.toml is";
                Error::file(last, reason)
            })
    }
}
