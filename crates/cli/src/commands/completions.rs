//! `completions`.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::commands::Execute;
use crate::context::Context;
use crate::exit::Exit;
use crate::{Cli, Error};

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker completions bash > ~/.local/share/bash-completion/completions/tasker
  tasker completions zsh > ~/.zfunc/_tasker
  tasker completions fish > ~/.config/fish/completions/tasker.fish")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Execute for Completions {
    fn execute(&self, _: &Context<'_>) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "tasker", &mut script);
        io::stdout().write_all(&script)?;
        Ok(Exit::Done)
    }
}
