//! The same app on the `spin` program.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tasker_settings::DATABASE_HOST;
use tasker_store::postgres::address::origin;

use crate::app::KEYSTORE_KEY;

/// The `spin` program that the apps of this process run on, if `TASKER_TESTS_SPIN` names one. An app whose settings ask
/// for what `tasker up` alone has (faults, a clock that is ahead, a host with limits) runs on that in any case.
///
/// # Panics
/// If there is no such file.
#[must_use]
pub(crate) fn program() -> Option<PathBuf> {
    let program = PathBuf::from(std::env::var_os("TASKER_TESTS_SPIN")?);
    assert!(
        program.is_file(),
        "TASKER_TESTS_SPIN: {} is missing",
        program.display()
    );
    Some(program)
}

/// What `tasker up` makes for an app that is given no secrets.
const TOKEN: &str = "token-of-the-tests-for-an-app-on-spin";
const EVENT_KEY: &str = "key-of-the-tests-for-signed-addresses";

/// The command that serves an app.
pub(crate) fn command(
    program: &Path,
    manifest: &Path,
    state: &Path,
    variables: &BTreeMap<String, String>,
) -> Command {
    let mut command = Command::new(program);
    // It serves in a child of its own, which ends with the group.
    command
        .process_group(0)
        .args(["up", "--from"])
        .arg(manifest)
        .arg("--state-dir")
        .arg(state)
        .args(["--listen", "127.0.0.1:0", "--quiet"])
        .env("SPIN_VARIABLE_API_TOKEN", TOKEN)
        .env("SPIN_VARIABLE_KEYSTORE_KEY", KEYSTORE_KEY)
        .env("SPIN_VARIABLE_EVENT_KEY", EVENT_KEY)
        .env("SPIN_VARIABLE_DATABASE_HOST", database_host(variables));
    for (name, value) in variables {
        command.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
    }
    command
}

/// The origin of `database_url`, which `tasker up` finds by itself.
fn database_host(variables: &BTreeMap<String, String>) -> String {
    let url = variables.get("database_url");
    let host = url.and_then(|url| origin(url));
    host.unwrap_or_else(|| DATABASE_HOST.default().to_owned())
}

/// Where Spin says that it serves.
pub(crate) fn address(printed: &str) -> Option<String> {
    let (_, after) = printed.split_once("Serving http://")?;
    let (address, _) = after.split_once(char::is_whitespace)?;
    Some(format!("http://{address}"))
}

/// Leaves in the state folder what `tasker up` leaves there for clients.
///
/// # Panics
/// If it cannot be written.
pub(crate) fn write_client(file: &Path, url: &str, variables: &BTreeMap<String, String>) {
    let token = variables.get("api_token").map_or(TOKEN, String::as_str);
    let client = json!({"url": url, "token": token});
    fs::write(file, client.to_string()).expect("client.json is written");
}
