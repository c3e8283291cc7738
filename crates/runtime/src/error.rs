//! Why an application could not be loaded or served. Each message says what to do about it.

use std::net::SocketAddr;
use std::path::PathBuf;

/// An error of [`App::load`](crate::App::load) or [`App::serve`](crate::App::serve).
///
/// Errors of single requests are not here: those are answered with a status and logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The manifest cannot be read, is not a valid version 2 manifest, or asks for what this runtime does not offer.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The manifest file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A component's wasm file does not exist.
    #[error("component `{component}`: file {} not found; build the application first (scripts/build)", path.display())]
    ComponentMissing {
        /// The component's id in the manifest.
        component: String,
        /// Where its file was looked for.
        path: PathBuf,
    },
    /// A component's wasm file is not a module or component that can be run here.
    #[error("component `{component}`: {reason}")]
    Component {
        /// The component's id in the manifest.
        component: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Required variables without a value.
    #[error(
        "no value for required variable{} {}; set {}",
        plural(names),
        list(names),
        settings(names)
    )]
    VariablesMissing {
        /// The variables' names.
        names: Vec<String>,
    },
    /// A variable's name, template or value file is wrong. The message never holds a value.
    #[error("variable `{name}`: {reason}")]
    Variable {
        /// The variable's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A SQL script of [`Options::sqlite_scripts`](crate::Options::sqlite_scripts) failed.
    #[error("SQL script {}: {reason}", path.display())]
    Script {
        /// The script.
        path: PathBuf,
        /// The failure, as SQLite or the file system words it.
        reason: String,
    },
    /// The file of the database is damaged.
    #[error(
        "the database {} is damaged ({reason}); copy it away, and restore a backup or what `sqlite3` recovers, as \
         docs/errors/store_damaged.md says",
        path.display()
    )]
    DatabaseDamaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The listening address cannot be bound.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// A file or folder of the state folder cannot be used.
    #[error("{}: {source}", path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Wasmtime cannot be set up on this machine.
    #[error("cannot start the wasm engine: {0}")]
    Engine(String),
}

fn plural(names: &[String]) -> &'static str {
    if names.len() == 1 { "" } else { "s" }
}

fn list(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn settings(names: &[String]) -> String {
    let settings: Vec<_> = names
        .iter()
        .map(|name| {
            format!(
                "SPIN_VARIABLE_{} or --variable {name}=VALUE",
                name.to_uppercase()
            )
        })
        .collect();
    settings.join("; ")
}
