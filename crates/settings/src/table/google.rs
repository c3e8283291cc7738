//! Google, for `tools.gapi`.

use std::time::Duration;

use tasker_domain::wire::LONGEST_CALL;

use super::table;
use crate::Component::Gapi;
use crate::Policy;
use crate::setting::{
    LINE, ORIGIN, PATH, POLICY, TEXT, URL, object, origin_or_domain, seconds, words,
};

/// The most scopes that a token is asked for.
pub const SCOPES_MAX: usize = 50;

/// The most bytes of a scope.
pub const SCOPE_BYTES_MAX: usize = 300;

/// What a service account's file has, and what a user's.
const CREDENTIALS: &[&[&str]] = &[
    &["client_email", "private_key"],
    &["client_id", "refresh_token"],
];

table! {
    "Google, for `tools.gapi`";

    /// Where Google's APIs are: with the wildcard each at its own root; else the origin of one server for all
    GOOGLE_BASE_URL: String = origin_or_domain(GOOGLE_BASE_PATH.name()).or("https://*.googleapis.com").of(&[Gapi]);

    /// The path under the origin of that one server
    GOOGLE_BASE_PATH: String = PATH.or("").of(&[Gapi]);

    /// Where access tokens are asked for
    GOOGLE_TOKEN_URL: String = URL.or("https://oauth2.googleapis.com/token").of(&[Gapi]);

    /// The origin of `google_token_url`
    GOOGLE_TOKEN_HOST: String = ORIGIN.or("https://oauth2.googleapis.com");

    /// Google's credentials file, JSON: of a service account, or of a user
    GOOGLE_SERVICE_ACCOUNT: String = object(CREDENTIALS).secret().or("").of(&[Gapi]);

    /// The user on whose behalf a service account acts (domain-wide delegation) unless a call names one
    GOOGLE_SUBJECT: String = TEXT.or("").of(&[Gapi]);

    /// Whom else tasks may have a service account act for: patterns of addresses, such as `*@sales.example.com`, separated by commas or spaces; empty: every user of the domain
    GOOGLE_SUBJECTS: String = TEXT.or("").of(&[Gapi]);

    /// Scopes of every token, separated by spaces; empty: what each method needs
    GOOGLE_SCOPES: String = words(SCOPES_MAX, SCOPE_BYTES_MAX).or("").of(&[Gapi]);

    /// OAuth refresh token of a user, instead of a credentials file
    GOOGLE_REFRESH_TOKEN: String = TEXT.secret().or("").of(&[Gapi]);

    /// OAuth client of the refresh token
    GOOGLE_CLIENT_ID: String = TEXT.or("").of(&[Gapi]);

    /// What that client proves itself with, if it has to
    GOOGLE_CLIENT_SECRET: String = TEXT.secret().or("").of(&[Gapi]);

    /// Ready access token that somebody else renews
    GOOGLE_ACCESS_TOKEN: String = LINE.secret().or("").of(&[Gapi]);

    /// What may be called, and how often: docs/services/README.md
    GAPI_POLICY: Policy = POLICY.or("{}").of(&[Gapi]);

    /// How long a call may take
    GAPI_TIMEOUT_SECONDS: Duration = seconds(1, LONGEST_CALL.as_secs()).or("300").of(&[Gapi]);
}
