//! `keys`.

use clap::Args;
use serde_json::{Value, json};
use tasker_api::{KeyNamespace, KeyValue, Page, RawJson, RotatedKeys, SetKey};

use crate::Error;
use crate::client::{self, Client, encode};
use crate::commands::{Execute, source};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Output};

/// Manage the keystore: values that tasks use by namespace and key
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  tasker keys set mail password --input - < password.txt
  tasker keys list mail
  tasker keys get mail password
  tasker keys rm mail password"
)]
pub(crate) struct Keys {
    #[command(subcommand)]
    command: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Store a value
    ///
    /// A value is text. With --parse it is JSON, so that a task gets an object or number. A secret is
    /// shown to nobody any more: tasks refer to it as { $secret: "namespace/key" } in a service's
    /// arguments, and it is sent to its hosts alone.
    #[command(after_help = "\
Examples:
  tasker keys set mail from noreply@example.com
  tasker keys set mail password --input - < password.txt
  tasker keys set mail limits '{\"perHour\": 100}' --parse
  tasker keys set --secret --host api.example.com shop token --input - < token.txt
  tasker keys set --secret google service_account --input @service-account.json")]
    Set {
        /// The namespace
        namespace: String,
        /// The key
        key: String,
        /// The value. Secrets better come by --input: a command line can be seen and is remembered
        #[arg(
            required_unless_present = "input",
            conflicts_with = "input",
            allow_hyphen_values = true
        )]
        value: Option<String>,
        /// Take the value from @FILE, or from standard input with -; one line break at its end is dropped
        #[arg(long, short, value_name = "SOURCE")]
        input: Option<String>,
        /// The value is JSON
        #[arg(long)]
        parse: bool,
        /// Keep the value secret; without a host it serves the service of its namespace alone
        #[arg(long)]
        secret: bool,
        /// Host that the secret may be sent to: api.example.com, *.example.com, http://host:port;
        /// repeatable
        #[arg(long = "host", value_name = "HOST", requires = "secret")]
        hosts: Vec<String>,
    },
    /// Print a value, in clear
    #[command(after_help = "\
Examples:
  tasker keys get mail from
  tasker keys get mail limits --json | jq .value.perHour")]
    Get {
        /// The namespace
        namespace: String,
        /// The key
        key: String,
    },
    /// List the namespaces, or the keys of one, never their values
    #[command(after_help = "\
Examples:
  tasker keys list                             the namespaces
  tasker keys list mail                        the keys of one")]
    List {
        /// The namespace [default: all namespaces are listed]
        namespace: Option<String>,
    },
    /// Encrypt all values anew under the present master key
    ///
    /// After a change of `keystore_key`, with the old key in `keystore_key_previous`. It may be broken
    /// off and repeated; values can be read throughout. When it is done, the old key is needed no more.
    #[command(after_help = "\
Examples:
  tasker keys rotate")]
    Rotate,
    /// Delete a key
    #[command(after_help = "\
Examples:
  tasker keys rm mail password")]
    Rm {
        /// The namespace
        namespace: String,
        /// The key
        key: String,
    },
}

/// Values are printed by `get` alone.
impl Execute for Keys {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        match &self.command {
            Subcommand::Set {
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
                    (None, Some(input)) => without_break(source::text(input)?),
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
            Subcommand::Get { namespace, key } => {
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
            Subcommand::List { namespace: None } => namespaces(client, output),
            Subcommand::List {
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
            Subcommand::Rotate => rotate(client, output),
            Subcommand::Rm { namespace, key } => {
                client.delete(&path(namespace, key))?;
                done(output, namespace, key, "removed")
            }
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
