//! The database's URL: `postgres://user:password@db.example.com/app`.
//!
//! Spin's list of allowed hosts takes origins only, and they are no secrets, so the app has the origin in a variable of its own.

use std::collections::BTreeMap;

/// Sets `database_host` by `database_url`, unless it is given too. `environment` knows the variables that are not given on
/// the command line.
pub(crate) fn set_host(
    variables: &mut BTreeMap<String, String>,
    environment: impl Fn(&str) -> Option<String>,
) {
    let given = |name: &str| {
        let variable = format!("SPIN_VARIABLE_{}", name.to_uppercase());
        variables
            .get(name)
            .cloned()
            .or_else(|| environment(&variable))
    };
    if given("database_host").is_none()
        && let Some(origin) = given("database_url").as_deref().and_then(origin)
    {
        variables.insert("database_host".to_owned(), origin);
    }
}

/// The origin of a database URL: `postgres://host:port`.
fn origin(url: &str) -> Option<String> {
    let url = url.trim();
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    (!host.is_empty()).then(|| format!("postgres://{host}"))
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
