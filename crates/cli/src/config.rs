//! Which app a command talks to, and with which token.
//!
//! An address and a token belong together: a token goes only to the server that it was given for. If it
//! is unclear which server that is, nothing is sent, and the message says what to do.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::options::Global;

/// Where to look for an app if nothing says where.
const DEFAULT_URL: &str = "http://127.0.0.1:3000";

/// The file of a state folder that is locked by the process that serves. The lock goes with the process, however that ends;
/// the file stays.
#[cfg(feature = "up")]
pub(crate) use tasker_pack::LOCK_FILE;

/// The file with address and token that `tasker up` writes into its state folder.
pub(crate) const CLIENT_FILE: &str = "client.json";

/// An app and the token that it takes: the content of a configuration file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Connection {
    /// The address, without a slash at its end.
    pub(crate) url: String,
    /// The bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

/// The app that is talked to, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The address, without a slash at its end.
    pub(crate) url: String,
    /// What named it.
    pub(crate) url_from: String,
    /// The token for it.
    pub(crate) token: Option<Token>,
}

/// A token, and where it is from.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// The bearer token itself.
    pub(crate) value: String,
    /// What gave it.
    pub(crate) from: String,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({})", self.from)
    }
}

impl Target {
    /// Finds the app: from the options, else from the environment, else from the nearest file of
    /// `tasker up`, else from the user's own configuration.
    ///
    /// # Errors
    /// If an address is invalid, if a file cannot be used, and if it is unclear which server a token is for.
    pub(crate) fn find(global: &Global) -> Result<Self, Error> {
        let options = Given {
            url: global.url.clone(),
            token: global.token.clone(),
            config: global.config.clone(),
            names: ["--url", "--token", "--config"],
        };
        let variable = |name: &str| env::var(name).ok();
        let environment = Given {
            url: variable("TASKER_URL"),
            token: variable("TASKER_TOKEN"),
            config: env::var_os("TASKER_CONFIG").map(PathBuf::from),
            names: ["TASKER_URL", "TASKER_TOKEN", "TASKER_CONFIG"],
        };
        let (options, environment) = (options.without_empty(), environment.without_empty());
        match options.server()? {
            Some(server) => match options.token() {
                Some(token) => Ok(server.with(token)),
                None => environment.token_for_option(server),
            },
            None => match environment.server()? {
                Some(server) => match options.token() {
                    Some(token) => Ok(server.with(token)),
                    None => environment.token_beside(server),
                },
                None => found(options.token().or(environment.token())),
            },
        }
    }

    /// A file's address and token.
    fn of_file(path: &Path, known: Connection) -> Self {
        let from = path.display().to_string();
        let token = known.token.map(|value| Token {
            value,
            from: from.clone(),
        });
        Self {
            url: known.url,
            url_from: from,
            token,
        }
    }

    fn with(self, token: Token) -> Self {
        Self {
            token: Some(token),
            ..self
        }
    }

    /// With the token that a file in reach has for this very address.
    fn with_known_token(self) -> Result<Self, Error> {
        if self.token.is_some() {
            return Ok(self);
        }
        for known in known_files() {
            let known = known?;
            if known.url == self.url && known.token.is_some() {
                return Ok(Self {
                    token: known.token,
                    ..self
                });
            }
        }
        Ok(self)
    }

    fn has(&self, token: &Token) -> bool {
        self.token
            .as_ref()
            .is_some_and(|own| own.value == token.value)
    }

    /// Which app is asked with which token, for people.
    pub(crate) fn describe(&self) -> String {
        let token = match &self.token {
            Some(token) if token.from == self.url_from => "with the token of that file".to_owned(),
            Some(token) => format!("with the token of {}", token.from),
            None => "without a token".to_owned(),
        };
        format!("{} was asked ({}), {token}", self.url, self.url_from)
    }
}

/// What is given in one place: in the options, or in the environment.
struct Given {
    url: Option<String>,
    token: Option<String>,
    config: Option<PathBuf>,
    /// What the three are called.
    names: [&'static str; 3],
}

impl Given {
    /// An empty value counts as not given.
    fn without_empty(self) -> Self {
        Self {
            url: self.url.filter(|url| !url.is_empty()),
            token: self.token.filter(|token| !token.is_empty()),
            config: self.config.filter(|path| !path.as_os_str().is_empty()),
            ..self
        }
    }

    fn token(&self) -> Option<Token> {
        self.token.clone().map(|value| Token {
            value,
            from: self.names[1].to_owned(),
        })
    }

    /// The server that is named here, with the token that a file has for it.
    fn server(&self) -> Result<Option<Target>, Error> {
        let [url_name, _, config_name] = self.names;
        let url = self.url.as_deref().map(parse_url).transpose()?;
        let file = match &self.config {
            Some(path) => Some(Target::of_file(
                path,
                read(path)?.ok_or_else(|| Error::file(path, "there is no such file"))?,
            )),
            None => None,
        };
        match (url, file) {
            (None, file) => Ok(file),
            (Some(url), Some(file)) if file.url == url => Ok(Some(file)),
            (Some(url), Some(file)) => Err(Error::Usage(format!(
                "{url_name} says {url}, and the file of {config_name} says {}: give one of them",
                file.url
            ))),
            (Some(url), None) => Ok(Some(Target {
                url,
                url_from: url_name.to_owned(),
                token: None,
            })),
        }
    }

    /// The environment's token beside the server that the environment names.
    fn token_beside(&self, server: Target) -> Result<Target, Error> {
        match self.token() {
            None => server.with_known_token(),
            Some(token) if self.url.is_some() || server.has(&token) => Ok(server.with(token)),
            Some(_) => Err(Error::Usage(format!(
                "TASKER_TOKEN stands beside TASKER_CONFIG, whose file is for {}: is the token for that server? \
                 If it is, set TASKER_URL={} too; if not, unset one of the two",
                server.url, server.url
            ))),
        }
    }

    /// The environment's token beside a server that the options name.
    fn token_for_option(&self, server: Target) -> Result<Target, Error> {
        let Some(token) = self.token() else {
            return server.with_known_token();
        };
        // The environment names a server of its own: its token is for that one.
        if let Some(own) = self.server()? {
            return match own.url == server.url {
                true => Ok(server.with(token)),
                false => elsewhere(server.with_known_token()?, &own),
            };
        }
        // A file has a token of its own, or none because it wants none.
        let by_file = server.url_from != "--url";
        match by_file && !server.has(&token) {
            true => Err(Error::Usage(format!(
                "TASKER_TOKEN stands beside --config, whose file is for {}: is the token for that server? \
                 If it is, give it with --token; if not, unset TASKER_TOKEN",
                server.url
            ))),
            false => Ok(server.with(token)),
        }
    }
}

/// A server with its file's token, where the environment's token is another server's.
fn elsewhere(server: Target, own: &Target) -> Result<Target, Error> {
    if server.token.is_some() {
        return Ok(server);
    }
    Err(Error::Usage(format!(
        "TASKER_TOKEN is for {}, and {} is asked: give the token for that with --token",
        own.url, server.url
    )))
}

/// The server that a file in reach names, or the default one; a token that was given goes to a file's
/// server only if the file has the same one. So a folder from elsewhere cannot draw a token to a server of
/// its own.
fn found(token: Option<Token>) -> Result<Target, Error> {
    let mut known = known_files();
    let Some(nearest) = known.next().transpose()? else {
        return Ok(default(token));
    };
    let Some(token) = token else {
        return Ok(nearest);
    };
    for known in std::iter::once(Ok(nearest.clone())).chain(known) {
        let known = known?;
        if known.has(&token) {
            return Ok(known.with(token));
        }
    }
    Err(Error::Usage(format!(
        "{} is given without an address, and {} names {} with another token: say which server it is for \
         with --url or TASKER_URL, or leave it away to use the file",
        token.from, nearest.url_from, nearest.url
    )))
}

fn default(token: Option<Token>) -> Target {
    Target {
        url: DEFAULT_URL.to_owned(),
        url_from: "the default: nothing names another".to_owned(),
        token,
    }
}

/// What the files in reach say, the one to prefer first.
fn known_files() -> impl Iterator<Item = Result<Target, Error>> {
    candidates().into_iter().filter_map(|path| {
        let known = read(&path).transpose()?;
        Some(known.map(|known| Target::of_file(&path, known)))
    })
}

/// The files that are looked for.
fn candidates() -> Vec<PathBuf> {
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

/// Reads a configuration file; `None` if it does not exist.
fn read(path: &Path) -> Result<Option<Connection>, Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file(path, error)),
    };
    check_private(path)?;
    // The parser's message could show a part of the token.
    let mut connection: Connection = serde_json::from_str(&text).map_err(|_| {
        Error::file(
            path,
            "not a file of the form {\"url\": \"…\", \"token\": \"…\"}",
        )
    })?;
    connection.url = parse_url(&connection.url)?;
    Ok(Some(connection))
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
