//! What a command works with besides its arguments.

use std::time::Duration;

use crate::Error;
use crate::client::Client;
use crate::config::Target;
use crate::options::Global;
use crate::output::Output;

/// What a command works with.
pub(crate) struct Context<'a> {
    /// Where it says things.
    pub(crate) output: Output,
    /// The options of every command.
    pub(crate) global: &'a Global,
}

impl Context<'_> {
    /// What asks the app that is meant.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        Target::find(self.global).map(|target| Client::new(self.output, target))
    }

    /// The same for a command that waits: it tries again for this long.
    pub(crate) fn patient(&self, limit: Duration) -> Result<Client, Error> {
        Ok(self.client()?.patient(self.output, limit))
    }
}
