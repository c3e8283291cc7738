//! The commands: a file for each, with its arguments, its help and what it does, and the one list of them all, from which
//! come dispatch and `tasker --help`. What several of them share stands in files that are not in the list.

mod change;
mod choice;
mod passed;
mod source;
mod watch;
mod which;

use clap::Subcommand;

use crate::Error;
use crate::context::Context;
use crate::exit::Exit;

/// What a command does with its arguments.
trait Execute {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error>;
}

macro_rules! commands {
    ($($(#[$condition:meta])? $file:ident::$Command:ident,)+) => {
        $($(#[$condition])? pub(crate) mod $file;)+

        /// What can be asked for.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($(#[$condition])? $Command($file::$Command),)+
        }

        impl Command {
            /// Does it.
            pub(crate) fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
                match self {
                    $($(#[$condition])? Self::$Command(command) => command.execute(context),)+
                }
            }
        }
    };
}

commands![
    #[cfg(feature = "up")]
    up::Up,
    #[cfg(feature = "up")]
    compile::Compile,
    publish::Publish,
    list::List,
    delete::Delete,
    run::Run,
    runs::Runs,
    show::Show,
    journal::Journal,
    stack::Stack,
    logs::Logs,
    inspect::Inspect,
    cancel::Cancel,
    pause::Pause,
    resume::Resume,
    retry::Retry,
    event::Event,
    schedules::Schedules,
    export::Export,
    forget::Forget,
    sweep::Sweep,
    doctor::Doctor,
    keys::Keys,
    auth::Auth,
    audit::Audit,
    gmail_search::GmailSearch,
    completions::Completions,
];
