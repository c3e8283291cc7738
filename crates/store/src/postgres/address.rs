//! Database URLs, and what drivers say of addresses that take no more connections.

use std::time::Duration;

use crate::postgres::Trouble;

/// The options of every connection unless the URL says otherwise; two follow the bound on each call. No attempt and no
/// statement may hang for good when a machine or the network is lost, and a host that keeps connections for later must
/// not keep one for long that others need. The names are those of the driver that Spin uses.
fn defaults(bound: Duration) -> [(&'static str, String); 5] {
    let seconds = bound.as_secs().max(1);
    [
        ("application_name", "tasker".to_owned()),
        ("connect_timeout", seconds.min(10).to_string()),
        ("keepalives_idle", "15".to_owned()),
        ("tcp_user_timeout", seconds.to_string()),
        (
            "options",
            format!("-c%20statement_timeout%3D{seconds}000%20-c%20idle_session_timeout%3D60000"),
        ),
    ]
}

/// How long a call of the database may take unless somebody says otherwise.
pub const BOUND: Duration = Duration::from_secs(20);

/// What other drivers call TLS with a checked certificate. This one knows only `require`, which always checks
/// the chain and the name: all that `verify-full` does, and more than `verify-ca`.
const VERIFIED: [&str; 2] = ["sslmode=verify-full", "sslmode=verify-ca"];

/// The URL with the defaults for what it leaves open. `options=` keeps a pooler that takes no such
/// settings content. A connection string of another form is left as it is. No statement may take longer than `bound`.
#[must_use]
pub fn with_defaults(url: &str, bound: Duration) -> String {
    let url = url.trim();
    let Some(rest) = behind_scheme(url) else {
        return url.to_owned();
    };
    // A password may have a `?` in it.
    let (_, rest) = behind_credentials(rest);
    let (_, query) = rest.split_once('?').unwrap_or((rest, ""));
    let address = url[..url.len() - query.len()].trim_end_matches('?');
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match VERIFIED.contains(&pair) {
            true => "sslmode=require".to_owned(),
            false => pair.to_owned(),
        })
        .collect();
    let is_given = |name: &str| {
        let names = pairs.iter().filter_map(|pair| pair.split_once('='));
        names.map(|(given, _)| given).any(|given| given == name)
    };
    let missing: Vec<String> = defaults(bound)
        .iter()
        .filter(|(name, _)| !is_given(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.extend(missing);
    format!("{address}?{}", pairs.join("&"))
}

fn behind_scheme(url: &str) -> Option<&str> {
    url.strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
}

/// Name and password, and what comes behind them: as drivers see it, the first `@` is between the two.
fn behind_credentials(rest: &str) -> (&str, &str) {
    rest.split_once('@').unwrap_or(("", rest))
}

/// The origin of a database URL, without anything secret: `postgres://host:port`.
#[must_use]
pub fn origin(url: &str) -> Option<String> {
    let (_, rest) = behind_credentials(behind_scheme(url.trim())?);
    let host = rest.split(['/', '?']).next()?;
    (!host.is_empty()).then(|| format!("postgres://{host}"))
}

/// Looks whether a URL says what it seems to. Drivers take the first `@` for the end of the password, and quote what they do
/// not understand, which may be the rest of it: so this look comes before they are asked.
///
/// # Errors
/// What is wrong with it.
pub fn check(url: &str) -> Result<(), Trouble> {
    let url = url.trim();
    let Some(rest) = behind_scheme(url) else {
        // Another form that the driver knows: `host=… user=…`.
        return match url.contains("://") || !url.contains('=') {
            true => Err(Trouble::Form),
            false => Ok(()),
        };
    };
    let (_, rest) = behind_credentials(rest);
    if rest.contains('@') {
        return Err(Trouble::Unescaped);
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (hosts, rest) = rest.split_at(end);
    hosts.split(',').try_for_each(check_host)?;
    match rest.split_once('?') {
        Some((_, query)) if query.split('&').any(|pair| !pair.contains('=')) => {
            Err(Trouble::Option)
        }
        _ => Ok(()),
    }
}

fn check_host(host: &str) -> Result<(), Trouble> {
    let (name, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((name, port)) => (name, port.strip_prefix(':')),
        None => host
            .split_once(':')
            .map_or((host, None), |(name, port)| (name, Some(port))),
    };
    if name.is_empty() {
        return Err(Trouble::NoHost);
    }
    match port.map(str::parse::<u16>) {
        None | Some(Ok(1..)) => Ok(()),
        Some(_) => Err(Trouble::Port),
    }
}

/// What servers and poolers say when they take no more connections; the hosts' drivers give their words, and some
/// the SQLSTATE.
const FULL: [&str; 6] = [
    "53300",
    "too many clients",
    "too many connections",
    "remaining connection slots",
    "no more connections allowed",
    "max clients reached",
];

/// Whether a connection was refused because there are too many.
#[must_use]
pub fn is_full(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    FULL.iter().any(|words| reason.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_server_is_told_from_one_that_is_away() {
        for full in [
            "db error: FATAL: sorry, too many clients already",
            "db error: FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute",
            "FATAL: too many connections for role \"tasker\"",
            "FATAL: no more connections allowed (max_client_conn)",
            "FATAL: MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
            "db error: FATAL: la limite est atteinte (53300)",
        ] {
            assert!(is_full(full), "{full}");
        }
        for other in [
            "error connecting to server: Connection refused (os error 111)",
            "db error: FATAL: password authentication failed for user \"tasker\"",
        ] {
            assert!(!is_full(other), "{other}");
        }
    }

    #[test]
    fn a_url_is_completed_where_it_is_silent() {
        let given =
            "postgres://u:p%40@db.example.com:6543/app?sslmode=require&connect_timeout=3&options=";
        let completed = with_defaults(given, BOUND);
        assert_eq!(
            completed.strip_prefix(given),
            Some("&application_name=tasker&keepalives_idle=15&tcp_user_timeout=20")
        );
        assert_eq!(with_defaults(&completed, BOUND), completed);
        let bare = with_defaults(" postgresql://db.example.com/app ", BOUND);
        assert!(bare.starts_with("postgresql://db.example.com/app?application_name=tasker&"));
        assert!(bare.ends_with(
            "options=-c%20statement_timeout%3D20000%20-c%20idle_session_timeout%3D60000"
        ));
        assert_eq!(with_defaults("host=a user=b", BOUND), "host=a user=b");
        let quick = with_defaults(
            "postgres://u:p?s&s=@db.example.com/app",
            Duration::from_secs(3),
        );
        assert!(quick.starts_with("postgres://u:p?s&s=@db.example.com/app?application_name="));
        for bound in [
            "connect_timeout=3&",
            "tcp_user_timeout=3&",
            "statement_timeout%3D3000%20",
        ] {
            assert!(quick.contains(bound), "{quick}");
        }
        let verified = with_defaults(
            "postgres://db.example.com/app?options=&sslmode=verify-full",
            BOUND,
        );
        let address = "postgres://db.example.com/app?options=&sslmode=require&";
        assert!(verified.starts_with(address), "{verified}");
    }

    #[test]
    fn a_url_that_says_something_else_than_it_seems_to_is_found() {
        for good in [
            "postgres://db.example.com",
            " postgresql://u@db.example.com:5432/app?sslmode=require ",
            "postgres://u:p%40%2f:x@a.example.com:1,[::1]:65535/app?options=",
            "postgres://u:p/a?s#s%@db.example.com/app",
            "host=a user=b",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, trouble) in [
            ("postgres://u:p@ss@db.example.com/app", Trouble::Unescaped),
            ("postgres://u:p@s/s@db.example.com/app", Trouble::Unescaped),
            ("postgres://u:p@s?s@db.example.com/app", Trouble::Unescaped),
            ("postgres://u:p@/app", Trouble::NoHost),
            ("postgres://u:p@db.example.com:/app", Trouble::Port),
            ("postgres://u:p@db.example.com:543x2/app", Trouble::Port),
            ("postgres://u:p@db.example.com:99999/app", Trouble::Port),
            ("postgres://u:p@db.example.com/app?sslmode", Trouble::Option),
            ("mysql://u:p@db.example.com/app", Trouble::Form),
            ("db.example.com/app", Trouble::Form),
        ] {
            assert_eq!(check(bad), Err(trouble), "{bad}");
        }
    }
}
