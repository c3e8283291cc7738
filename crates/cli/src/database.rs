//! The database's URL: `postgres://user:password@db.example.com/app`.
//!
//! Spin's list of allowed hosts takes origins only, and they are no secrets, so the app has the origin in a variable of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use tasker_runtime::look_at_postgres;
use tasker_settings::{DATABASE_HOST, DATABASE_URL};
use tasker_store::Error as StoreError;
use tasker_store::postgres::address::{check, origin, with_defaults};
use tasker_store::postgres::not_connected;

use crate::error::Error;
use crate::output::Output;
use crate::settings;

/// How long a start waits for the server.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks whether the database can be used. Trouble that may pass by itself is told and does not prevent the start: the server may be starting too.
pub(crate) async fn look(
    output: Output,
    variables: &BTreeMap<String, String>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(), Error> {
    let url = settings::given(&DATABASE_URL, variables, environment);
    let Some(url) = url.filter(|url| !url.trim().is_empty()) else {
        return Ok(());
    };
    check(&url).map_err(|trouble| Error::Database {
        trouble,
        reason: String::new(),
    })?;
    let Err(reason) = look_at_postgres(&with_defaults(&url, PATIENCE), PATIENCE).await else {
        return Ok(());
    };
    match not_connected(reason) {
        StoreError::Unusable { trouble, reason } if !trouble.may_pass() => {
            Err(Error::Database { trouble, reason })
        }
        StoreError::Unusable { trouble, reason } => {
            output.note(format!("warning: {trouble}: {reason}"));
            output.note(format!("hint: {}", trouble.advice()));
            Ok(())
        }
        error => {
            output.note(format!("warning: {error}"));
            Ok(())
        }
    }
}

/// Sets `database_host` by `database_url`, unless it is given too. `environment` knows the variables that are not given on
/// the command line.
pub(crate) fn set_host(
    variables: &mut BTreeMap<String, String>,
    environment: impl Fn(&str) -> Option<String>,
) {
    let given = |setting| settings::given(setting, variables, &environment);
    if given(&DATABASE_HOST).is_none()
        && let Some(origin) = given(&DATABASE_URL).as_deref().and_then(origin)
    {
        variables.insert(DATABASE_HOST.name().to_owned(), origin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_of_a_database_has_no_secret() {
        for (url, expected) in [
            (
                "postgres://u:p@db.example.com:6543/app?x=1",
                Some("postgres://db.example.com:6543"),
            ),
            (
                "postgresql://db.example.com?x=1",
                Some("postgres://db.example.com"),
            ),
            (
                "postgres://u:p@[::1]:5432/app",
                Some("postgres://[::1]:5432"),
            ),
            ("postgres://u@/app", None),
            ("host=a", None),
            ("", None),
        ] {
            assert_eq!(origin(url).as_deref(), expected);
        }
        let mut variables = BTreeMap::new();
        let environment = |name: &str| {
            (name == "SPIN_VARIABLE_DATABASE_URL").then(|| "postgres://u:p@a/b".to_owned())
        };
        set_host(&mut variables, environment);
        assert_eq!(variables["database_host"], "postgres://a");
        variables.insert("database_host".to_owned(), "postgres://b".to_owned());
        set_host(&mut variables, environment);
        assert_eq!(variables["database_host"], "postgres://b");
    }
}
