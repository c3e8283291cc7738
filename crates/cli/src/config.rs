//! Which app a command talks to, and with which token.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::args::Global;

/// Where an app is looked for if nothing says where.
const DEFAULT_URL: &str = "http://127.0.0.1:3000";

/// The file with address and token that `tasker up` writes into its state folder.
pub(crate) const CLIENT_FILE: &str = "client.json";

/// An app and the token that it takes. Also the content of a configuration file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Connection {
    /// The address, without a slash at its end.
    pub(crate) url: String,
    /// The bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

impl Connection {
    /// Finds the app: from the options and the environment, else from the nearest file of
    /// `tasker up`, else from the user's own configuration.
    ///
    /// Address and token belong together: a token from a file goes only to the address in the same
    /// file, and a token given by hand never goes to an address that only a file names. So a
    /// folder from elsewhere cannot draw a token to a server of its own.
    ///
    /// # Errors
    /// If the address is none, and if a file cannot be used.
    pub(crate) fn find(global: &Global) -> Result<Self, Error> {
        let url = global.url.as_deref().map(parse_url).transpose()?;
        let token = global.token.clone().filter(|token| !token.is_empty());
        if let (Some(url), Some(token)) = (&url, &token) {
            return Ok(Self {
                url: url.clone(),
                token: Some(token.clone()),
            });
        }
        let fits = |known: &Self| {
            url.as_ref().is_none_or(|url| *url == known.url)
                && (token.is_none() || token == known.token)
        };
        for path in candidates(global) {
            if let Some(known) = Self::read(&path)?
                && fits(&known)
            {
                return Ok(known);
            }
        }
        Ok(Self {
            url: url.unwrap_or_else(|| DEFAULT_URL.to_owned()),
            token,
        })
    }

    /// Reads a configuration file; `None` if there is none.
    fn read(path: &Path) -> Result<Option<Self>, Error> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file(path, error)),
        };
        check_private(path)?;
        let mut connection: Self =
            serde_json::from_str(&text).map_err(|error| Error::file(path, error))?;
        connection.url = parse_url(&connection.url)?;
        Ok(Some(connection))
    }
}

/// The configuration files, the one to prefer first.
fn candidates(global: &Global) -> Vec<PathBuf> {
    if let Some(path) = &global.config {
        return vec![path.clone()];
    }
    let mut candidates = Vec::new();
    if let Ok(folder) = env::current_dir() {
        candidates.extend(
            folder
                .ancestors()
                .map(|folder| folder.join(".spin").join(CLIENT_FILE)),
        );
    }
    let user = env::var_os("XDG_CONFIG_HOME")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".config")));
    candidates.extend(user.map(|folder| folder.join("tasker").join("config.json")));
    candidates
}

fn parse_url(url: &str) -> Result<String, Error> {
    let url = url.trim().trim_end_matches('/');
    let host = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    if host.is_some_and(|host| !host.is_empty() && !host.contains(['?', '#', '@'])) {
        return Ok(url.to_owned());
    }
    Err(Error::Usage(
        "the app's address must look like http://127.0.0.1:3000 or https://tasker.example.com"
            .to_owned(),
    ))
}

/// Refuses a file that others can read or write: it holds a token, and one that came with a
/// checkout or an archive is not this user's.
#[cfg(unix)]
fn check_private(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;

    let mode = fs::metadata(path)
        .map_err(|error| Error::file(path, error))?
        .permissions()
        .mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::file(
        path,
        "others can read this file with a token; if it is yours: chmod 600",
    ))
}

#[cfg(not(unix))]
fn check_private(_: &Path) -> Result<(), Error> {
    Ok(())
}
