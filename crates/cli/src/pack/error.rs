//! Why a task cannot be packed. Each message says where, and what to do.

use std::fmt;
use std::path::PathBuf;

use super::scan::Place;

/// A place in a file.
#[derive(Debug)]
pub(crate) struct At {
    pub(crate) file: PathBuf,
    pub(crate) place: Place,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.place)
    }
}

/// An error of packing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{}: not a task file", file.display())]
    NotAFile { file: PathBuf },
    #[error("{}: {source}", file.display())]
    Unreadable {
        file: PathBuf,
        source: std::io::Error,
    },
    #[error("{}: not UTF-8 text", file.display())]
    NotUtf8 { file: PathBuf },
    #[error("{}: only .js, .mjs, .cjs and .json files can be packed; compile it to JavaScript first", file.display())]
    NotJavaScript { file: PathBuf },
    #[error("{at}: {message}")]
    Syntax { at: At, message: String },
    #[error("{at}: cannot find module \"{specifier}\": there is no {} (.js, .mjs, .cjs, .json, /index.js)", looked_for.display())]
    Missing {
        at: At,
        specifier: String,
        looked_for: PathBuf,
    },
    #[error(
        "{at}: cannot pack module \"{specifier}\": only modules named by a relative path \
         (\"./…\" or \"../…\") are packed with a task, and of Node's those are there that need no system"
    )]
    NotRelative { at: At, specifier: String },
    #[error(
        "{}: outside of {}, so it is not packed (it is needed by {}); give the folder that holds \
         all of the task's modules with --root",
        file.display(), root.display(), from.display()
    )]
    Outside {
        file: PathBuf,
        from: PathBuf,
        root: PathBuf,
    },
    #[error(
        "{}: in a folder of an app's state, or in a file or folder whose name begins with a dot, so it is not packed \
         (it is needed by {})",
        file.display(), from.display()
    )]
    Private { file: PathBuf, from: PathBuf },
    #[error("{at}: the task needs more than {limit} modules")]
    TooMany { at: At, limit: usize },
    #[error("{}: with this file the task is larger than {} MiB", file.display(), limit >> 20)]
    TooLarge { file: PathBuf, limit: usize },
}

impl Error {
    /// Whether the module is missing, as opposed to broken.
    pub(super) fn is_unavailable(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::NotRelative { .. })
    }
}
