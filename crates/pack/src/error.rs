//! Why a task cannot be packed. Each message says where, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::place::{Place, SyntaxError};

/// A place in a file.
#[derive(Debug)]
pub struct At {
    /// The file, as people know it.
    pub file: PathBuf,
    /// Where in it.
    pub place: Place,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.place)
    }
}

/// An error of packing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path has no file name.
    #[error("{}: not a task file", file.display())]
    NotAFile {
        /// The path.
        file: PathBuf,
    },
    /// A source cannot be read.
    #[error("{}: {source}", file.display())]
    Unreadable {
        /// The source.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A source is not text.
    #[error("{}: not UTF-8 text", file.display())]
    NotUtf8 {
        /// The source.
        file: PathBuf,
    },
    /// A source is of a kind that tasks are not made of.
    #[error(
        "{}: only .js, .mjs, .cjs, .ts, .mts, .cts and .json files can be packed; compile it to JavaScript first",
        file.display()
    )]
    NotJavaScript {
        /// The source.
        file: PathBuf,
    },
    /// A source is not what its name says, or has what cannot be packed.
    #[error("{at}: {message}")]
    Syntax {
        /// Where.
        at: At,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A module is not there.
    #[error(
        "{at}: cannot find module \"{specifier}\": there is no {} (.js, .mjs, .cjs, .json, .ts, .mts, .cts, /index.js, /index.ts)",
        looked_for.display()
    )]
    Missing {
        /// Where it is named.
        at: At,
        /// Its name.
        specifier: String,
        /// The file that it would be, without what may stand behind it.
        looked_for: PathBuf,
    },
    /// A module is named as those are that are not packed.
    #[error(
        "{at}: cannot pack module \"{specifier}\": only modules named by a relative path \
         (\"./…\" or \"../…\") and packages of npm are packed with a task"
    )]
    NotRelative {
        /// Where it is named.
        at: At,
        /// Its name.
        specifier: String,
    },
    /// A module of Node's needs a system.
    #[error(
        "{at}: cannot pack module \"{specifier}\": of Node's modules those are there that need no system{}",
        Chain(chain)
    )]
    OfNode {
        /// Where it is named.
        at: At,
        /// Its name.
        specifier: String,
        /// The sources that lead there.
        chain: Vec<String>,
    },
    /// A package is not there.
    #[error(
        "{at}: cannot find package \"{specifier}\": it is in no node_modules folder up to that of {}; install it there, or give the \
         folder that has it with --root{}",
        project.display(), Chain(chain)
    )]
    NotInstalled {
        /// Where it is named.
        at: At,
        /// Its name.
        specifier: String,
        /// The folder of the project.
        project: PathBuf,
        /// The sources that lead there.
        chain: Vec<String>,
    },
    /// A package does not say which file is meant.
    #[error("{at}: cannot find module \"{specifier}\": {message}{}", Chain(chain))]
    Unresolved {
        /// Where it is named.
        at: At,
        /// Its name.
        specifier: String,
        /// Why.
        message: String,
        /// The sources that lead there.
        chain: Vec<String>,
    },
    /// A file of a package is neither JavaScript nor JSON, such as an add-on of machine code.
    #[error(
        "{at}: cannot pack module \"{specifier}\": {} is neither JavaScript nor JSON{}",
        file.display(), Chain(chain)
    )]
    Unfit {
        /// Where it is named.
        at: At,
        /// Its name.
        specifier: String,
        /// The file.
        file: PathBuf,
        /// The sources that lead there.
        chain: Vec<String>,
    },
    /// A module is outside of what may be packed.
    #[error(
        "{}: outside of {}, so it is not packed (it is needed by {}); give the folder that holds \
         all of the task's modules with --root",
        file.display(), root.display(), from.display()
    )]
    Outside {
        /// The module.
        file: PathBuf,
        /// What needs it.
        from: PathBuf,
        /// The folder of what may be packed.
        root: PathBuf,
    },
    /// A module is where programs keep their own things and secrets.
    #[error(
        "{}: in a folder of an app's state, or in a file or folder whose name begins with a dot, so it is not packed \
         (it is needed by {})",
        file.display(), from.display()
    )]
    Private {
        /// The module.
        file: PathBuf,
        /// What needs it.
        from: PathBuf,
    },
    /// There are too many modules.
    #[error("{at}: the task needs more than {limit} modules")]
    TooMany {
        /// Where the first is named that is too much.
        at: At,
        /// How many there may be.
        limit: usize,
    },
    /// The sources are too large.
    #[error("{}: with this file the task is larger than {} MiB", file.display(), limit >> 20)]
    TooLarge {
        /// The first that is too much.
        file: PathBuf,
        /// How many bytes there may be.
        limit: usize,
    },
}

/// How the task file leads to a source, if by others.
struct Chain<'c>(&'c [String]);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] | [_] => Ok(()),
            chain => write!(f, "; it is needed by {}", chain.join(" → ")),
        }
    }
}

impl Error {
    /// A file that cannot be read as what it is.
    pub(crate) fn syntax(file: &Path, error: SyntaxError) -> Self {
        Self::Syntax {
            at: At {
                file: crate::tidy(file),
                place: error.place,
            },
            message: error.message,
        }
    }

    /// Whether the module is missing, as opposed to broken.
    pub(crate) fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. }
                | Self::NotRelative { .. }
                | Self::OfNode { .. }
                | Self::NotInstalled { .. }
                | Self::Unresolved { .. }
                | Self::Unfit { .. }
        )
    }
}
