//! Database URLs, and what drivers say of addresses that take no more connections.

/// What is asked of every connection unless the URL says otherwise: no attempt and no statement may
/// hang for good when a machine or the network between is lost, and a host that keeps connections for later keeps none for
/// long that others need. The names are those of the driver that Spin uses.
const DEFAULTS: [(&str, &str); 5] = [
    ("application_name", "tasker"),
    ("connect_timeout", "10"),
    ("keepalives_idle", "15"),
    ("tcp_user_timeout", "20"),
    (
        "options",
        "-c%20statement_timeout%3D20000%20-c%20idle_session_timeout%3D60000",
    ),
];

/// What other drivers call TLS with a certificate that is checked. This one knows only `require`, which always checks
/// the chain and the name: all that `verify-full` does, and more than `verify-ca`.
const VERIFIED: [&str; 2] = ["sslmode=verify-full", "sslmode=verify-ca"];

/// The URL with the defaults for what it leaves open. `options=` keeps a pooler that takes no such
/// settings content. A connection string of another form is left as it is.
#[must_use]
pub fn with_defaults(url: &str) -> String {
    let mut url = url.trim().to_owned();
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return url;
    }
    if let Some((address, query)) = url.split_once('?') {
        let pairs = query.split('&').map(|pair| match VERIFIED.contains(&pair) {
            true => "sslmode=require",
            false => pair,
        });
        url = format!("{address}?{}", pairs.collect::<Vec<_>>().join("&"));
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let given: Vec<&str> = query
        .split('&')
        .filter_map(|pair| Some(pair.split_once('=')?.0))
        .collect();
    let missing: Vec<String> = DEFAULTS
        .iter()
        .filter(|(name, _)| !given.contains(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !missing.is_empty() {
        url.push(match url.split_once('?') {
            None => '?',
            Some(_) => '&',
        });
        url.push_str(&missing.join("&"));
    }
    url
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
        let completed = with_defaults(given);
        assert_eq!(
            completed.strip_prefix(given),
            Some("&application_name=tasker&keepalives_idle=15&tcp_user_timeout=20")
        );
        assert_eq!(with_defaults(&completed), completed);
        let bare = with_defaults(" postgresql://db.example.com/app ");
        assert!(bare.starts_with("postgresql://db.example.com/app?application_name=tasker&"));
        assert!(bare.ends_with(
            "options=-c%20statement_timeout%3D20000%20-c%20idle_session_timeout%3D60000"
        ));
        assert_eq!(with_defaults("host=a user=b"), "host=a user=b");
        let verified = with_defaults("postgres://db.example.com/app?options=&sslmode=verify-full");
        let address = "postgres://db.example.com/app?options=&sslmode=require&";
        assert!(verified.starts_with(address), "{verified}");
    }
}
