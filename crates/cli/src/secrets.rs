//! The secrets of an app on this machine: made on the first start, kept in the state folder for
//! its owner alone.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tasker_settings::{API_TOKEN, EVENT_KEY, KEYSTORE_KEY, SNAPSHOT_KEY, SWEEP_TOKEN};
use tempfile::NamedTempFile;

use crate::Error;
use crate::config::{CLIENT_FILE, Connection};
use crate::settings;
use crate::state_dir::make_private;

const SECRETS_FILE: &str = "secrets.json";

/// The values of the app's secret variables.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secrets {
    /// What clients of the API send.
    pub(crate) api_token: String,
    /// Under this the keystore's values are encrypted: losing it loses them.
    pub(crate) keystore_key: String,
}

impl Secrets {
    /// The secrets of a state folder, which is made if missing; new ones if it has none. When
    /// several starts race, all get the same.
    ///
    /// # Errors
    /// If the folder or file cannot be used, or holds something else.
    pub(crate) fn of(state_dir: &Path) -> Result<Self, Error> {
        make_private(state_dir)?;
        let path = state_dir.join(SECRETS_FILE);
        if !path.exists() {
            let fresh = Self {
                api_token: token()?,
                keystore_key: STANDARD.encode(random()?),
            };
            match written(state_dir, &fresh)?.persist_noclobber(&path) {
                Ok(_) => {}
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::file(path, error.error)),
            }
        }
        let text = fs::read_to_string(&path).map_err(|error| Error::file(&path, error))?;
        // The parser's message would show a part of the text.
        serde_json::from_str(&text).map_err(|_| Error::file(path, "not a file of secrets"))
    }
}

/// The secret for signed addresses, if none is given: it stays the same as long as the keystore's key
/// does, and tells nothing about it.
fn event_key(keystore_key: &str) -> String {
    derived("tasker event key", keystore_key)
}

/// What the sweeper sends, if nothing is given: it sweeps and may do nothing else.
fn sweep_token(keystore_key: &str) -> String {
    derived("tasker sweep token", keystore_key)
}

/// What seals snapshots, if nothing is given: all nodes that share the keystore's key have the same.
fn snapshot_key(keystore_key: &str) -> String {
    derived("tasker snapshot key", keystore_key)
}

fn derived(what: &str, keystore_key: &str) -> String {
    let digest = Sha256::new()
        .chain_update(what)
        .chain_update([0])
        .chain_update(keystore_key)
        .finalize();
    STANDARD.encode(digest)
}

/// Fills in the secret variables that are given neither here nor in the environment, and tells the
/// API token; `None`: it is switched off.
pub(crate) fn add(
    variables: &mut BTreeMap<String, String>,
    state_dir: &Path,
) -> Result<Option<String>, Error> {
    let environment = |name: &str| env::var(name).ok();
    let token = settings::given(&API_TOKEN, variables, environment);
    let key = settings::given(&KEYSTORE_KEY, variables, environment);
    let (token, key) = match (token, key) {
        (Some(token), Some(key)) => (token, key),
        (token, key) => {
            let secrets = Secrets::of(state_dir)?;
            (
                token.unwrap_or(secrets.api_token),
                key.unwrap_or(secrets.keystore_key),
            )
        }
    };
    if settings::given(&EVENT_KEY, variables, environment).is_none() {
        variables.insert(EVENT_KEY.name().to_owned(), event_key(&key));
    }
    let is_given = |value: String| !value.trim().is_empty();
    if !settings::given(&SWEEP_TOKEN, variables, environment).is_some_and(is_given) {
        variables.insert(SWEEP_TOKEN.name().to_owned(), sweep_token(&key));
    }
    if !settings::given(&SNAPSHOT_KEY, variables, environment).is_some_and(is_given) {
        variables.insert(SNAPSHOT_KEY.name().to_owned(), snapshot_key(&key));
    }
    // One of the file of secrets has not been looked at before.
    let read = API_TOKEN.parse(&token);
    let read = read.map_err(|error| Error::Usage(error.to_string()))?;
    variables.insert(KEYSTORE_KEY.name().to_owned(), key);
    variables.insert(API_TOKEN.name().to_owned(), token);
    Ok(read)
}

/// A token for `api_token` and its like.
///
/// # Errors
/// If the system has no randomness.
pub(crate) fn token() -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(random()?))
}

/// Leaves address and token where the other commands find them.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn leave_for_clients(state_dir: &Path, connection: &Connection) -> Result<(), Error> {
    make_private(state_dir)?;
    let path = state_dir.join(CLIENT_FILE);
    match written(state_dir, connection)?.persist(&path) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::file(path, error.error)),
    }
}

/// A file that appears under its name whole or not at all. Temporary files are their owner's alone
/// from the first moment.
fn written(folder: &Path, content: &impl Serialize) -> Result<NamedTempFile, Error> {
    let write = || -> io::Result<NamedTempFile> {
        let mut file = NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, content)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|error| Error::file(folder, error))
}

/// 256 bits from the system.
fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Stdio(io::Error::other(error)))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_derived_for_one_purpose_is_of_no_use_for_another() {
        let derive = [event_key, sweep_token, snapshot_key];
        let derived: std::collections::BTreeSet<_> = ["one", "another"]
            .iter()
            .flat_map(|key| derive.map(|derive| derive(key)))
            .collect();
        assert_eq!(derived.len(), 6);
        let key = snapshot_key("one");
        assert_eq!(tasker_settings::SNAPSHOT_KEY.parse(&key), Ok(key));
    }

    #[test]
    fn the_first_start_makes_secrets_and_later_ones_keep_them() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("deep/.spin");
        let racing: Vec<_> = (0..8)
            .map(|_| {
                let folder = folder.clone();
                std::thread::spawn(move || Secrets::of(&folder).unwrap())
            })
            .collect();
        let mut all = racing.into_iter().map(|start| start.join().unwrap());
        let first = all.next().unwrap();
        assert!(all.all(|other| other.api_token == first.api_token));
        assert_eq!(
            Secrets::of(&folder).unwrap().keystore_key,
            first.keystore_key
        );
        assert_eq!(STANDARD.decode(&first.keystore_key).unwrap().len(), 32);
        assert!(first.api_token.len() >= 43 && first.api_token != first.keystore_key);

        let connection = Connection {
            url: "http://127.0.0.1:3000".to_owned(),
            token: Some(first.api_token.clone()),
        };
        for _ in 0..2 {
            leave_for_clients(&folder, &connection).unwrap();
        }
        let names: std::collections::BTreeSet<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(
            names,
            [CLIENT_FILE, SECRETS_FILE].map(Into::into).into(),
            "no leftovers"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&folder), 0o700);
            assert_eq!(mode(&folder.join(SECRETS_FILE)), 0o600);
            assert_eq!(mode(&folder.join(CLIENT_FILE)), 0o600);
        }

        fs::write(folder.join(SECRETS_FILE), "{\"api_token\": \"hunter2\"").unwrap();
        let message = Secrets::of(&folder).err().unwrap().to_string();
        assert!(message.ends_with("not a file of secrets") && !message.contains("hunter2"));
    }
}
