//! Where a command finds the app and its token.

#![cfg(unix)]

use std::path::Path;

use serde_json::json;

use crate::support::{Server, TOKEN, Tasker};

#[test]
fn address_and_token_are_found_together_or_not_at_all() {
    use std::os::unix::fs::PermissionsExt;

    let server = Server::new(|_| (200, json!({"items": []}).to_string()));
    let config = json!({"url": server.url, "token": TOKEN}).to_string();
    let tasker = Tasker::new()
        .file("project/.spin/client.json", &config)
        .file("project/deep/down/file", "")
        .file(
            "home/.config/tasker/config.json",
            "{\"url\": \"http://127.0.0.1:1\"}",
        );
    let permit = |path: &str, mode| {
        std::fs::set_permissions(tasker.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    permit("home/.config/tasker/config.json", 0o600);

    let place = Path::new("project/deep/down");
    let done = tasker.run_in(place, &["list"], "");
    assert_eq!(done.code, 1, "others can read the file: {done:?}");
    assert!(
        done.stderr.contains("chmod 600") && server.requests().is_empty(),
        "{done:?}"
    );

    permit("project/.spin/client.json", 0o600);
    assert_eq!(tasker.run_in(place, &["list"], "").code, 0);
    assert_eq!(
        tasker
            .run_in(place, &["list", "--url", &format!("{}/", server.url)], "")
            .code,
        0
    );
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.token.as_deref() == Some(TOKEN))
    );
    let asked = server.requests().len();

    // A token of one's own does not go to an address that a file names.
    let done = tasker.run_in(place, &["list", "--token", "mine"], "");
    assert_eq!((done.code, server.requests().len()), (3, asked), "{done:?}");

    let done = tasker.run(&["list"]);
    assert!(
        done.code == 3 && done.stderr.contains("http://127.0.0.1:1:"),
        "the user's own: {done:?}"
    );
    let named = tasker.path("project/.spin/client.json");
    assert_eq!(
        tasker
            .run(&["list", "--config", named.to_str().unwrap()])
            .code,
        0
    );
}
