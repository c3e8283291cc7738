//! Database URLs, and what drivers say of addresses that take no more connections.

use std::time::Duration;

use crate::postgres::{Trouble, tls};

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
/// settings content. A connection string of another form gets none of them. No statement may take longer than `bound`, and
/// a server on another machine is spoken to by TLS unless the URL says `sslmode=disable`.
#[must_use]
pub fn with_defaults(url: &str, bound: Duration) -> String {
    let url = url.trim();
    let Some(rest) = behind_scheme(url) else {
        return with_tls(url);
    };
    // A password may have a `?` in it.
    let (_, rest) = behind_credentials(rest);
    let (hosts, query) = rest.split_once('?').unwrap_or((rest, ""));
    let address = url[..url.len() - query.len()].trim_end_matches('?');
    let mut pairs: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match VERIFIED.contains(&pair) {
            true => "sslmode=require",
            false => pair,
        })
        .collect();
    let given: Vec<_> = pairs
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let hosts = hosts.split('/').next().unwrap_or_default().split(',');
    if tls::is_left_open(hosts.map(without_port), &given) {
        pairs.retain(|pair| !pair.starts_with("sslmode="));
        pairs.push("sslmode=require");
    }
    let missing: Vec<String> = defaults(bound)
        .iter()
        .filter(|(name, _)| given.iter().all(|(given, _)| given != name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.extend(missing.iter().map(String::as_str));
    format!("{address}?{}", pairs.join("&"))
}

/// A connection string of another form, with TLS if it leaves that open: of an option given twice, the last one counts.
fn with_tls(text: &str) -> String {
    let options = tls::options(text);
    let given: Vec<_> = options
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    match tls::is_left_open(std::iter::empty(), &given) {
        true => format!("{text} sslmode=require"),
        false => text.to_owned(),
    }
}

fn without_port(host: &str) -> &str {
    let end = host.find(']').map_or(0, |end| end + 1);
    let port = host[end..].find(':');
    port.map_or(host, |port| &host[..end + port])
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
        assert!(bare.starts_with(
            "postgresql://db.example.com/app?sslmode=require&application_name=tasker&"
        ));
        assert!(bare.ends_with(
            "options=-c%20statement_timeout%3D20000%20-c%20idle_session_timeout%3D60000"
        ));
        let quick = with_defaults(
            "postgres://u:p?s&s=@db.example.com/app",
            Duration::from_secs(3),
        );
        assert!(quick.starts_with(
            "postgres://u:p?s&s=@db.example.com/app?sslmode=require&application_name="
        ));
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
    fn a_server_elsewhere_is_spoken_to_by_tls_unless_it_is_written_out() {
        let mode = |url: &str| {
            let completed = with_defaults(url, BOUND);
            let (_, rest) = completed.rsplit_once("sslmode=").unwrap_or_default();
            let end = rest.find(['&', ' ']).unwrap_or(rest.len());
            let is_url = url.contains("://");
            assert!(
                completed.matches("sslmode=").count() < 2 || !is_url,
                "{completed}"
            );
            rest[..end].to_owned()
        };
        for (url, expected) in [
            ("postgres://u:p@db.example.com/app", "require"),
            (
                "postgres://u:p@db.example.com:5432/app?sslmode=prefer",
                "require",
            ),
            ("postgres://u:p@db.example.com/app?sslmode=", "require"),
            (
                "postgres://u:p@db.example.com/app?sslmode=disable",
                "disable",
            ),
            ("postgres://u:p@localhost:1,10.1.1.1:2/app", "require"),
            ("postgres://u:p@[fd00::1]:5432/app", "require"),
            (
                "postgres://u:p@localhost/app?host=db.example.com",
                "require",
            ),
            ("postgres://u:p@localhost:5432/app", ""),
            ("postgres://u:p@[::1]:5432/app", ""),
            ("postgres://u:p@127.0.0.1/app?sslmode=prefer", "prefer"),
            ("host=db.example.com user=b", "require"),
            ("host=db.example.com sslmode=prefer", "require"),
            ("host=db.example.com sslmode='disable'", "'disable'"),
            ("host=localhost user=b", ""),
            ("user=b", "require"),
        ] {
            assert_eq!(mode(url), expected, "{url}");
        }
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
