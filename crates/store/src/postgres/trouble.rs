//! What keeps a database from being used until somebody does something about it, in words that anybody may read: no
//! address, name or password is in them.

use std::fmt;

use crate::postgres::address::is_full;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is not a PostgreSQL URL.
    Form,
    /// There is an `@` that is not the one behind the password.
    Unescaped,
    /// The URL has no host.
    NoHost,
    /// The port is no number.
    Port,
    /// One of the options behind the `?` is not known or has no such value.
    Option,
    /// The app may not reach the host.
    Forbidden,
    /// The host has no address.
    UnknownHost,
    /// Nothing listens there.
    NothingListens,
    /// No answer comes.
    NoAnswer,
    /// What answers breaks off or says something else.
    NotPostgres,
    /// Wrong name or password.
    Credentials,
    /// There is no such database.
    Database,
    /// The server takes only connections with TLS.
    TlsWanted,
    /// The server does no TLS.
    NoTls,
    /// The server's certificate is not trusted.
    Certificate,
    /// The role may not do what the app has to.
    Rights,
    /// All connections are taken.
    Full,
    /// It is starting or stopping.
    Starting,
}

/// What drivers and servers say, in lower case, and what it means: the first match counts.
const WORDS: [(&[&str], Trouble); 13] = [
    (
        &["no encryption", "ssl off", "ssl connection is required"],
        Trouble::TlsWanted,
    ),
    (&["does not support tls"], Trouble::NoTls),
    (
        &["certificate", "tls handshake", "unknownissuer"],
        Trouble::Certificate,
    ),
    (
        &[
            "password authentication failed",
            "authentication failed",
            "password missing",
            "invalid password",
            "no pg_hba.conf entry",
            "not permitted to log in",
            "28p01",
            "28000",
        ],
        Trouble::Credentials,
    ),
    (&["3d000"], Trouble::Database),
    (
        &["57p01", "57p02", "57p03", "starting up", "shutting down"],
        Trouble::Starting,
    ),
    (&["is not permitted", "not allowed to"], Trouble::Forbidden),
    (
        &[
            "invalid configuration",
            "invalid connection string",
            "parsing postgres connection string",
        ],
        Trouble::Option,
    ),
    (&["connection refused"], Trouble::NothingListens),
    (
        &["lookup address", "name or service not known", "dns error"],
        Trouble::UnknownHost,
    ),
    (
        &[
            "timed out",
            "timeout",
            "no connection within",
            "unreachable",
        ],
        Trouble::NoAnswer,
    ),
    (&["permission denied", "42501"], Trouble::Rights),
    (
        &["unexpected message", "unexpected eof", "parsing response"],
        Trouble::NotPostgres,
    ),
];

impl Trouble {
    /// What a driver's or server's words mean, if that is known.
    #[must_use]
    pub fn of(reason: &str) -> Option<Self> {
        if is_full(reason) {
            return Some(Self::Full);
        }
        let reason = reason.to_ascii_lowercase();
        // Of databases and roles it gives the name between the words.
        if reason.contains("does not exist") {
            for (what, trouble) in [
                ("database \"", Self::Database),
                ("role \"", Self::Credentials),
            ] {
                if reason.contains(what) {
                    return Some(trouble);
                }
            }
        }
        let said = |words: &[&str]| words.iter().any(|word| reason.contains(word));
        let known = WORDS.iter().find(|(words, _)| said(words));
        known.map(|(_, trouble)| *trouble)
    }

    /// Whether it may pass without a change of the app's settings.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            Self::UnknownHost
                | Self::NothingListens
                | Self::NoAnswer
                | Self::NotPostgres
                | Self::Full
                | Self::Starting
        )
    }

    /// Whether the driver's words may hold a secret part of the URL.
    pub(super) fn may_tell(self) -> bool {
        !matches!(
            self,
            Self::Form
                | Self::Unescaped
                | Self::NoHost
                | Self::Port
                | Self::Option
                | Self::Forbidden
        )
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Form => "write postgres://user:password@host:port/database?sslmode=require",
            Self::Unescaped => {
                "write an @ in the password, the user or the database's name as %40, and a % as %25"
            }
            Self::Credentials => {
                "check both; what has a meaning in URLs is written as % and two hexadecimal digits: @ is %40, % is %25"
            }
            Self::NoHost => {
                "behind the @ comes the host: postgres://user:password@host:port/database"
            }
            Self::Port => "write a number behind the colon, or nothing for 5432",
            Self::Option => {
                "docs/postgres.md says which are taken; a character with a meaning in URLs is written as % and two \
                 hexadecimal digits: & is %26"
            }
            Self::Forbidden => {
                "set `database_host` to the origin of `database_url`, such as postgres://db.example.com:5432"
            }
            Self::UnknownHost => "check the host's name, and the name service of this machine",
            Self::NothingListens => {
                "check host and port, and that the server runs and listens there"
            }
            Self::NoAnswer => {
                "check host and port, and what is between: firewalls, networks, the server's load"
            }
            Self::NotPostgres => {
                "check the port: what listens there may be something else, or a pooler that has no server"
            }
            Self::Database => {
                "check the name behind the last /, or make the database: CREATE DATABASE … ENCODING 'UTF8'"
            }
            Self::TlsWanted => {
                "add sslmode=require to `database_url`, and check the server's pg_hba.conf"
            }
            Self::NoTls => {
                "turn TLS on at the server, or write sslmode=disable into `database_url` where nobody else is on the way to it"
            }
            Self::Certificate => {
                "name the server as its certificate does, and its authority by SSL_CERT_FILE: docs/postgres.md"
            }
            Self::Rights => {
                "the role must be allowed to create schemas: GRANT CREATE ON DATABASE … TO …"
            }
            Self::Full => {
                "raise max_connections of the server, or run fewer processes: docs/postgres.md"
            }
            Self::Starting => "wait; if it stays so, see the server's log",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "`database_url` is no URL that begins with postgres://",
            Self::Unescaped => "`database_url` has more than one @ in it, so it is not plain where the password ends",
            Self::NoHost => "`database_url` has no host",
            Self::Port => "the port in `database_url` is no number from 1 to 65535",
            Self::Option => "`database_url` has an option that the driver does not take, or one with a wrong value",
            Self::Forbidden => "the app may not reach the host and port of `database_url`",
            Self::UnknownHost => "the host in `database_url` is not known",
            Self::NothingListens => "nothing listens at the host and port of `database_url`",
            Self::NoAnswer => "nothing answers at the host and port of `database_url`",
            Self::NotPostgres => "what answers at the host and port of `database_url` does not go on as PostgreSQL does",
            Self::Credentials => "the server does not take the user or the password in `database_url`",
            Self::Database => "the server has no database of the name in `database_url`",
            Self::TlsWanted => "the server does not take the user of `database_url` without TLS",
            Self::NoTls => "the server has no TLS, which sslmode=require asks for, and any server that is not on this machine needs",
            Self::Certificate => "the server's certificate is not valid for the host in `database_url`, or of no known authority",
            Self::Rights => "the role in `database_url` may not do what the app has to",
            Self::Full => "the server has no connection left",
            Self::Starting => "the server is starting or stopping",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drivers_say_is_understood() {
        for (reason, trouble) in [
            // tokio-postgres as the embedded runtime passes it on.
            (
                "db error: FATAL: password authentication failed for user \"tasker\" (28P01)",
                Trouble::Credentials,
            ),
            (
                "db error: FATAL: role \"tasker\" does not exist",
                Trouble::Credentials,
            ),
            (
                "db error: FATAL: role \"tasker\" is not permitted to log in",
                Trouble::Credentials,
            ),
            (
                "db error: FATAL: database \"takser\" does not exist (3D000)",
                Trouble::Database,
            ),
            (
                "db error: FATAL: no pg_hba.conf entry for host \"10.0.0.9\", user \"a\", database \"b\", no encryption",
                Trouble::TlsWanted,
            ),
            (
                "error connecting to server: Connection refused (os error 111)",
                Trouble::NothingListens,
            ),
            (
                "error connecting to server: failed to lookup address information: Name or service not known",
                Trouble::UnknownHost,
            ),
            (
                "error performing TLS handshake: server does not support TLS",
                Trouble::NoTls,
            ),
            (
                "error performing TLS handshake: invalid peer certificate: UnknownIssuer",
                Trouble::Certificate,
            ),
            // OpenSSL, under Spin, with anyhow around it.
            (
                "Error occurred while creating a new object: error performing TLS handshake\n\nCaused by:\n    0: error \
                 performing TLS handshake\n    1: error:0A000086:SSL routines:tls_post_process_server_certificate:\
                 certificate verify failed",
                Trouble::Certificate,
            ),
            (
                "establishing PostgreSQL connection pool\n\nCaused by:\n    0: parsing Postgres connection string",
                Trouble::Option,
            ),
            (
                "address postgres://db.example.com:5433 is not permitted",
                Trouble::Forbidden,
            ),
            (
                "db error: FATAL: the database system is starting up (57P03)",
                Trouble::Starting,
            ),
            (
                "db error: FATAL: sorry, too many clients already (53300)",
                Trouble::Full,
            ),
            (
                "permission denied for database app (42501)",
                Trouble::Rights,
            ),
        ] {
            assert_eq!(Trouble::of(reason), Some(trouble), "{reason}");
        }
        assert_eq!(Trouble::of("canceling statement due to lock"), None);
    }
}
