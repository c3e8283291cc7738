//! Asking the component that holds the master key.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::retryable;

use crate::{http, log};

/// Asks a private route of the keystore.
///
/// # Errors
/// What it says, or that it does not answer.
pub(super) async fn ask<Q: Serialize, A: DeserializeOwned>(
    path: &str,
    question: &Q,
) -> Result<A, ServiceError> {
    let answer: Result<Result<A, ServiceError>, _> =
        http::ask("wrappedkeystore", path, question).await;
    answer.unwrap_or_else(|error| {
        log::error(format!("keystore: {error}")).write();
        Err(retryable(
            ErrorCode::ServiceUnavailable,
            "the keystore does not answer at the moment",
            None,
        ))
    })
}
