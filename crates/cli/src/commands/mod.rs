//! The commands, one subject a file.

pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod change;
#[cfg(feature = "up")]
pub(crate) mod compile;
pub(crate) mod doctor;
pub(crate) mod event;
pub(crate) mod gmail;
pub(crate) mod inspect;
mod json;
pub(crate) mod keys;
mod passed;
mod public_token;
pub(crate) mod publish;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schedules;
pub(crate) mod show;
pub(crate) mod tasks;
#[cfg(feature = "up")]
pub(crate) mod up;
mod watch;
mod which;

use std::fs;
use std::io::{self, Read};

use crate::Error;

/// The text that an option names: `@FILE`, or `-` for standard input; else the option itself.
fn source(option: &str) -> Result<String, Error> {
    if option == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    match option.strip_prefix('@') {
        Some(path) => fs::read_to_string(path).map_err(|error| Error::file(path, error)),
        None => Ok(option.to_owned()),
    }
}
