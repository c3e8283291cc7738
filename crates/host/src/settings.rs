//! The settings that this crate needs itself, in whichever component, as what they mean.

use std::time::Duration;

use tasker_domain::internal::Signer;
use tasker_hosts::app::component_url;
use tasker_settings::{
    API_TOKEN, DATABASE_TIMEOUT_SECONDS, DATABASE_URL, INTERNAL_CALLS, INTERNAL_KEY, INTERNAL_URL,
    InternalCalls, SWEEP_TOKEN,
};

use crate::config::{self, read};
use crate::internal::Error;

/// A database that all machines share.
pub(crate) struct Shared {
    /// Where it is.
    pub(crate) url: String,
    /// How long an answer of it may take.
    pub(crate) patience: Duration,
}

/// The database that all machines share; `None`: the host has one of its own.
pub(crate) fn shared_database() -> Result<Option<Shared>, config::Error> {
    let url = read(&DATABASE_URL)?;
    let patience = || read(&DATABASE_TIMEOUT_SECONDS);
    let shared = (!url.is_empty()).then(|| {
        Ok(Shared {
            url,
            patience: patience()?,
        })
    });
    shared.transpose()
}

/// Whether there is such a database.
pub(crate) fn shares_database() -> bool {
    read(&DATABASE_URL).is_ok_and(|url| !url.is_empty())
}

/// What signs, if requests between components go over public routes.
pub(crate) fn signer() -> Result<Option<Signer>, Error> {
    match read(&INTERNAL_CALLS)? {
        InternalCalls::Chaining => Ok(None),
        InternalCalls::Signed => {
            let signer = Signer::new(&read(&INTERNAL_KEY)?);
            signer.ok_or(Error::Key).map(Some)
        }
    }
}

/// Where the app's public routes are for its own components.
pub(crate) fn public_origin() -> Result<String, config::Error> {
    let origin = read(&INTERNAL_URL)?;
    Ok(origin.trim().trim_end_matches('/').to_owned())
}

/// Where a path of the component with the public routes is for the others.
pub(crate) fn public_url(component: &str, path: &str) -> Result<String, config::Error> {
    Ok(match read(&INTERNAL_CALLS)? {
        InternalCalls::Chaining => component_url(component, path),
        InternalCalls::Signed => format!("{}{path}", public_origin()?),
    })
}

/// What the app sends itself to have the queue swept: the token that is for nothing else, if there is one.
///
/// # Errors
/// If neither that nor the first key is there.
pub fn sweep_token() -> Result<String, Error> {
    match read(&SWEEP_TOKEN)? {
        Some(token) => Ok(token),
        None => read(&API_TOKEN)?.ok_or(Error::Token),
    }
}
