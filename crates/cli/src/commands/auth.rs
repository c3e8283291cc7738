//! `auth`.

use serde_json::json as document;
use tasker_api::{ApiKey, CreatedApiKey, NewApiKey, RawJson};

use crate::Error;
use crate::args::AuthCommand;
use crate::client::{self, Client, encode};
use crate::commands::public_token;
use crate::exit::Exit;
use crate::output::{self, Output};

/// Manages API keys. `create` alone prints one, and `token` a public token.
pub(crate) fn auth(client: &Client, output: Output, command: &AuthCommand) -> Result<Exit, Error> {
    match command {
        AuthCommand::Create {
            name,
            roles,
            tasks,
            namespaces,
            expires,
        } => {
            let limit = |patterns: &[String]| (!patterns.is_empty()).then(|| patterns.to_vec());
            let body = NewApiKey {
                name: name.clone(),
                roles: roles.clone(),
                tasks: limit(tasks),
                namespaces: limit(namespaces),
                expires_in_seconds: expires.map(|expires| expires.as_secs()),
            };
            create(client, output, &body)
        }
        AuthCommand::List => list(client, output),
        AuthCommand::Revoke { name } => {
            client.delete(&format!("/api-keys/{}", encode(name)))?;
            if output.json {
                output.value(&document!({ "name": name, "revoked": true }))?;
            } else {
                output.line(format!("{name} is revoked"))?;
            }
            Ok(Exit::Done)
        }
        AuthCommand::Whoami => {
            let raw: RawJson = client.get("/api-keys/self")?;
            if output.json {
                output.value(&raw)?;
            } else {
                table(output, vec![client::read(&raw)?])?;
            }
            Ok(Exit::Done)
        }
        AuthCommand::Token { allow } => public_token::create(client, output, allow),
        AuthCommand::Generate => generate(output),
    }
}

fn create(client: &Client, output: Output, body: &NewApiKey) -> Result<Exit, Error> {
    let raw: RawJson = client.post("/api-keys", body)?;
    if output.json {
        output.value(&raw)?;
    } else {
        let CreatedApiKey { key, about } = client::read(&raw)?;
        output.note(format!(
            "{} is made. This is the only time that its key is shown",
            about.name
        ));
        output.line(key)?;
    }
    Ok(Exit::Done)
}

/// A token for the settings. It needs no app.
pub(crate) fn generate(output: Output) -> Result<Exit, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Stdio(std::io::Error::other(error)))?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if output.json {
        output.value(&document!({ "token": token }))?;
    } else {
        output.line(token)?;
    }
    Ok(Exit::Done)
}

fn list(client: &Client, output: Output) -> Result<Exit, Error> {
    if output.json {
        output.value(&client.list::<RawJson>("/api-keys", &[], None)?)?;
        return Ok(Exit::Done);
    }
    let keys = client.list::<ApiKey>("/api-keys", &[], None)?.items;
    if keys.is_empty() {
        output.note("there is no API key; `tasker auth create --help` shows how to make one");
        return Ok(Exit::Done);
    }
    table(output, keys)?;
    Ok(Exit::Done)
}

fn table(output: Output, keys: Vec<ApiKey>) -> Result<(), Error> {
    let limit = |patterns: Option<Vec<String>>| match patterns {
        None => "all".to_owned(),
        Some(patterns) if patterns.is_empty() => "none".to_owned(),
        Some(patterns) => patterns.join(" "),
    };
    let rows = keys.into_iter().map(|key| {
        let roles: Vec<_> = key.roles.iter().map(|role| role.as_str()).collect();
        let moment = |at: Option<_>| at.map(output::moment).unwrap_or_default();
        [
            key.name,
            roles.join(" "),
            limit(key.tasks),
            limit(key.namespaces),
            moment(key.created_at),
            moment(key.expires_at),
            moment(key.last_used_at),
        ]
    });
    output.table(
        &[
            "KEY",
            "ROLES",
            "TASKS",
            "NAMESPACES",
            "MADE",
            "EXPIRES",
            "LAST USED",
        ],
        rows,
    )
}
