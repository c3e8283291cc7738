//! `keys`.

use serde_json::{Value, json};
use tasker_api::{KeyNamespace, KeyValue, Page, RawJson, RotatedKeys, SetKey};

use crate::Error;
use crate::args::KeysCommand;
use crate::client::{self, Client, encode};
use crate::commands::source;
use crate::exit::Exit;
use crate::output::{self, Output};

/// Manages the keystore. Values are printed by `get` alone.
pub(crate) fn keys(client: &Client, output: Output, command: &KeysCommand) -> Result<Exit, Error> {
    match command {
        KeysCommand::Set {
            namespace,
            key,
            value,
            input,
            parse,
            secret,
            hosts,
        } => {
            let value = match (value, input) {
                (Some(value), _) => value.clone(),
                (None, Some(input)) => without_break(source(input)?),
                (None, None) => return Err(Error::Usage("no value is given".to_owned())),
            };
            let value = if *parse {
                // The parser's message would show a part of the value.
                RawJson::parse(value).map_err(|_| {
                    Error::Usage(
                        "the value is not JSON, which --parse asks for: without it a value is text; in a shell \
                         JSON stands between single quotes, as in '{\"perHour\": 100}'"
                            .to_owned(),
                    )
                })
            } else {
                RawJson::of(&value).map_err(|error| Error::Stdio(error.into()))
            }?;
            let body = SetKey {
                value,
                secret: *secret,
                hosts: hosts.clone(),
            };
            client.put_only(&path(namespace, key), &body)?;
            done(output, namespace, key, "set")
        }
        KeysCommand::Get { namespace, key } => {
            let raw: RawJson = client.get(&path(namespace, key))?;
            if output.json {
                output.value(&raw)?;
            } else {
                let KeyValue { value, .. } = client::read(&raw)?;
                match value.read::<Value>() {
                    Ok(Value::String(text)) => output.text(&text)?,
                    _ => output.line(output::indent(value.as_str()))?,
                }
            }
            Ok(Exit::Done)
        }
        KeysCommand::List { namespace: None } => namespaces(client, output),
        KeysCommand::List {
            namespace: Some(namespace),
        } => {
            let path = format!("/keys/{}", encode(namespace));
            let page: Page<String> = client.get(&path)?;
            if output.json {
                output.value(&page)?;
            } else if page.items.is_empty() {
                output.note("this namespace has no keys");
            }
            if !output.json {
                page.items.iter().try_for_each(|key| output.line(key))?;
            }
            Ok(Exit::Done)
        }
        KeysCommand::Rotate => rotate(client, output),
        KeysCommand::Rm { namespace, key } => {
            client.delete(&path(namespace, key))?;
            done(output, namespace, key, "removed")
        }
    }
}

fn namespaces(client: &Client, output: Output) -> Result<Exit, Error> {
    let all = client.list::<KeyNamespace>("/keys", &[], None)?;
    if output.json {
        output.value(&all)?;
    } else if all.items.is_empty() {
        output.note("the keystore is empty; `tasker keys set --help` shows how to store a value");
    } else {
        let rows = all.items.into_iter();
        output.table(
            &["NAMESPACE", "KEYS"],
            rows.map(|of| [of.namespace, of.keys.to_string()]),
        )?;
    }
    Ok(Exit::Done)
}

fn rotate(client: &Client, output: Output) -> Result<Exit, Error> {
    let mut all = RotatedKeys {
        rotated: 0,
        unreadable: Vec::new(),
        next_cursor: None,
    };
    let mut path = "/keys/rotate".to_owned();
    loop {
        let step: RotatedKeys = client.post_empty(&path)?;
        all.rotated += step.rotated;
        all.unreadable.extend(step.unreadable);
        match step.next_cursor {
            Some(cursor) => path = format!("/keys/rotate?cursor={}", encode(&cursor)),
            None => break,
        }
    }
    if output.json {
        output.value(&all)?;
    } else {
        output.line(format!("{} values were encrypted anew", all.rotated))?;
        for name in &all.unreadable {
            output.error(format!("no key decrypts {name}"));
        }
    }
    Ok(if all.unreadable.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn path(namespace: &str, key: &str) -> String {
    format!("/keys/{}/{}", encode(namespace), encode(key))
}

fn done(output: Output, namespace: &str, key: &str, what: &str) -> Result<Exit, Error> {
    if output.json {
        output.value(&json!({ "namespace": namespace, "key": key, what: true }))?;
    } else {
        output.line(format!("{namespace}/{key} is {what}"))?;
    }
    Ok(Exit::Done)
}

/// The text without the line break that an editor or `echo` puts at its end.
fn without_break(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}
