//! Whether a connection must be encrypted.
//!
//! What is sent to a server on another machine is encrypted, unless the operator has written that it is not to be: a driver that
//! prefers TLS goes on without it when somebody in between says that the server has none, and then sends the password.

use std::net::IpAddr;

/// The modes that mean what they say.
const DECIDED: [&str; 2] = ["disable", "require"];

/// Whether options leave it open if TLS is used, although a host is, or may be, another machine. The last value of an option
/// counts.
pub(super) fn is_left_open<'o>(
    hosts: impl Iterator<Item = &'o str>,
    options: &[(&'o str, &'o str)],
) -> bool {
    let mode = options.iter().rev().find(|(name, _)| *name == "sslmode");
    if mode.is_some_and(|(_, mode)| DECIDED.contains(mode)) {
        return false;
    }
    let of_options = options
        .iter()
        .filter(|(name, _)| matches!(*name, "host" | "hostaddr"))
        .flat_map(|(_, hosts)| hosts.split(','));
    let mut hosts = hosts.chain(of_options).peekable();
    hosts.peek().is_none() || hosts.any(|host| !is_this_machine(host))
}

/// Whether a host, without its port, is this machine.
fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address: Result<IpAddr, _> = host.parse();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// The options of a connection string that is no URL: `host=a password='two words'`. As far as it can be read.
pub(super) fn options(text: &str) -> Vec<(String, String)> {
    let mut options = Vec::new();
    let mut rest = text.trim_start();
    while let Some((name, behind)) = rest.split_once('=') {
        let (value, behind) = value(behind.trim_start());
        options.push((name.trim().to_owned(), value));
        rest = behind.trim_start();
    }
    options
}

/// A value at the beginning of a text, in quotes or up to a space, and what comes behind it.
fn value(text: &str) -> (String, &str) {
    let quoted = text.strip_prefix('\'');
    let text = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            '\'' if quoted.is_some() => return (value, &text[at + 1..]),
            c if quoted.is_none() && c.is_whitespace() => return (value, &text[at..]),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_read_with_their_quotes() {
        let read =
            options(r"host = a.example password='it\'s two=words' sslmode=require  user=b\ c");
        let expected = [
            ("host", "a.example"),
            ("password", "it's two=words"),
            ("sslmode", "require"),
            ("user", "b c"),
        ];
        assert_eq!(
            read,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        for broken in ["", "host", "=", "host='", "host=\\", "host='a\\"] {
            assert!(options(broken).len() < 2, "{broken}");
        }
    }

    #[test]
    fn only_this_machine_is_reached_without_tls_unless_that_is_written_out() {
        let open = |hosts: &[&'static str], options: &[(&'static str, &'static str)]| {
            is_left_open(hosts.iter().copied(), options)
        };
        for here in [
            "localhost",
            "LocalHost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "::1",
        ] {
            assert!(!open(&[here], &[]), "{here}");
            assert!(!open(&[here], &[("sslmode", "prefer")]), "{here}");
        }
        for there in [
            "db.example.com",
            "10.0.0.1",
            "localhost.example.com",
            "0.0.0.0",
            "[fe80::1]",
            "",
        ] {
            assert!(open(&[there], &[]), "{there}");
            assert!(
                open(&["localhost", there], &[("sslmode", "prefer")]),
                "{there}"
            );
            assert!(!open(&[there], &[("sslmode", "disable")]), "{there}");
            assert!(!open(&[there], &[("sslmode", "require")]), "{there}");
        }
        assert!(open(&["localhost"], &[("hostaddr", "127.0.0.1,10.0.0.1")]));
        assert!(open(
            &["db.example.com"],
            &[("sslmode", "disable"), ("sslmode", "prefer")]
        ));
        assert!(open(&[], &[]), "whatever the driver takes then");
    }
}
