//! A PostgreSQL server whose certificate is of a private authority.

use std::path::Path;

use postgres::{Client, NoTls};
use serde_json::json;
use tasker_postgres_server::{Certificate, Durability, Server};
use tasker_tests::{App, Settings, result};
use tempfile::TempDir;

/// What the server's certificate is for.
const NAME: &str = "localhost";

fn settings(url: &str, authority: &Path) -> Settings {
    Settings::default()
        .variable("database_url", url)
        .environment("SSL_CERT_FILE", authority)
}

#[test]
fn the_servers_certificate_is_checked_by_the_authorities_of_the_process() {
    let folder = TempDir::new().expect("a folder");
    let [ours, theirs] = ["ours.pem", "theirs.pem"].map(|name| folder.path().join(name));
    let start = |authority| {
        let certificate = Certificate {
            name: NAME,
            authority,
        };
        Server::start_with_tls(Durability::None, certificate)
    };
    let server = start(&ours);
    let plain = server.database();
    let by = |host: &str, mode: &str| {
        let url = plain.replace("127.0.0.1", host);
        url.replace("sslmode=disable", &format!("sslmode={mode}"))
    };

    let trusting = App::start(&settings(&by(NAME, "verify-full"), &ours));
    let client = trusting.client();
    client.publish("double", include_str!("../tasks/double.js"));
    assert_eq!(result(&client.run("double", json!({ "n": 21 }))), 42);
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'tasker'";
    let mut database = Client::connect(&plain, NoTls).expect("the server answers");
    let answer = database.query_one(encrypted, &[]).expect("it tells");
    assert_eq!(answer.get::<_, Option<bool>>(0), Some(true));
    drop(trusting);

    // Another authority, another name; and a server without TLS where it is required.
    drop(start(&theirs));
    let without_tls = Server::start(Durability::None);
    let required = without_tls.database().replace("=disable", "=require");
    for (url, authority, problem) in [
        (by(NAME, "require"), &theirs, "invalid peer certificate"),
        (by(NAME, "prefer"), &theirs, "invalid peer certificate"),
        (by("127.0.0.1", "require"), &ours, "not valid for name"),
        (required, &ours, "does not support TLS"),
    ] {
        let text = App::refused(&settings(&url, authority));
        assert!(text.contains(problem), "{url}: {text}");
    }
}
