//! `keys` and its commands.

use clap::{Args, Subcommand};

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
    pub(crate) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
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
