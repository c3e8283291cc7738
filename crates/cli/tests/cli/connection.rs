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
    assert_eq!(done.code, 2, "others can read the file: {done:?}");
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

    // The user's own token does not go to an address that a file names.
    let done = tasker.run_in(place, &["list", "--token", "mine"], "");
    assert_eq!((done.code, server.requests().len()), (2, asked), "{done:?}");
    assert!(
        done.stderr.contains("--token is given without an address")
            && !done.stderr.contains("mine"),
        "{done:?}"
    );

    let done = tasker.run(&["list"]);
    assert!(
        done.code == 3
            && done.stderr.contains("http://127.0.0.1:1:")
            && done.stderr.contains("config.json), without a token"),
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

/// What is said, and which token a server saw, for each mixture of what names a server and what gives a token.
#[test]
fn a_token_goes_to_its_own_server_or_nowhere() {
    use std::os::unix::fs::PermissionsExt;

    let answer = |_: &crate::support::Request| (200, json!({"items": []}).to_string());
    let (mine, other) = (Server::new(answer), Server::new(answer));
    let file = json!({"url": other.url, "token": "of-the-file"}).to_string();
    let without = json!({"url": other.url}).to_string();
    let (m, o) = (mine.url.as_str(), other.url.as_str());

    /// Variables, options, and the token that the first and the second server saw; or words of the refusal.
    type Case<'a> = (
        &'a [(&'a str, &'a str)],
        &'a [&'a str],
        Result<(Option<&'a str>, Option<&'a str>), &'a str>,
    );
    let cases: &[Case<'_>] = &[
        // Each pair by itself.
        (
            &[("TASKER_URL", m), ("TASKER_TOKEN", "t")],
            &[],
            Ok((Some("t"), None)),
        ),
        (&[], &["--url", m, "--token", "t"], Ok((Some("t"), None))),
        (
            &[("TASKER_CONFIG", "file.json")],
            &[],
            Ok((None, Some("of-the-file"))),
        ),
        (
            &[],
            &["--config", "file.json"],
            Ok((None, Some("of-the-file"))),
        ),
        (
            &[("TASKER_TOKEN", "t")],
            &["--url", m],
            Ok((Some("t"), None)),
        ),
        // An option goes before all of the environment.
        (
            &[("TASKER_URL", m), ("TASKER_TOKEN", "t")],
            &["--config", "file.json"],
            Ok((None, Some("of-the-file"))),
        ),
        (
            &[("TASKER_CONFIG", "file.json")],
            &["--token", "t"],
            Ok((None, Some("t"))),
        ),
        (
            &[("TASKER_CONFIG", "file.json")],
            &["--url", m],
            Ok((Some("-"), None)),
        ),
        // The same said twice.
        (
            &[
                ("TASKER_CONFIG", "file.json"),
                ("TASKER_TOKEN", "of-the-file"),
            ],
            &[],
            Ok((None, Some("of-the-file"))),
        ),
        (
            &[
                ("TASKER_CONFIG", "file.json"),
                ("TASKER_URL", o),
                ("TASKER_TOKEN", "t"),
            ],
            &[],
            Ok((None, Some("t"))),
        ),
        (
            &[("TASKER_TOKEN", ""), ("TASKER_URL", m)],
            &[],
            Ok((Some("-"), None)),
        ),
        // What could mean either.
        (
            &[("TASKER_CONFIG", "file.json"), ("TASKER_TOKEN", "t")],
            &[],
            Err("TASKER_TOKEN stands beside TASKER_CONFIG"),
        ),
        (
            &[("TASKER_CONFIG", "without.json"), ("TASKER_TOKEN", "t")],
            &[],
            Err("TASKER_TOKEN stands beside TASKER_CONFIG"),
        ),
        (
            &[("TASKER_TOKEN", "t")],
            &["--config", "file.json"],
            Err("TASKER_TOKEN stands beside --config"),
        ),
        (
            &[("TASKER_URL", o), ("TASKER_TOKEN", "t")],
            &["--url", m],
            Err("give the token for that with --token"),
        ),
        (
            &[("TASKER_URL", m), ("TASKER_CONFIG", "file.json")],
            &[],
            Err("give one of them"),
        ),
        (
            &[("TASKER_CONFIG", "gone.json")],
            &[],
            Err("there is no such file"),
        ),
    ];
    for (variables, options, expected) in cases {
        let mut tasker = Tasker::new()
            .file("file.json", &file)
            .file("without.json", &without);
        for name in ["file.json", "without.json"] {
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(tasker.path(name), private).unwrap();
        }
        for (name, value) in *variables {
            tasker = tasker.variable(name, value);
        }
        let asked = [&mine, &other].map(|server| server.requests().len());
        let done = tasker.run(&[&["list"], *options].concat());
        // No token that was sent is `-`, no request is nothing.
        let saw = [(&mine, asked[0]), (&other, asked[1])].map(|(server, asked)| {
            let new = server.requests().split_off(asked);
            assert!(new.len() < 2, "{new:?}");
            new.first()
                .map(|request| request.token.clone().unwrap_or_else(|| "-".to_owned()))
        });
        let case = format!("{variables:?} {options:?}: {done:?}");
        match expected {
            Ok((first, second)) => {
                assert_eq!(done.code, 0, "{case}");
                assert_eq!(
                    (saw[0].as_deref(), saw[1].as_deref()),
                    (*first, *second),
                    "{case}"
                );
            }
            Err(words) => {
                assert_eq!((done.code, saw), (2, [None, None]), "{case}");
                assert!(done.stderr.contains(words), "{case}");
            }
        }
    }
}

#[test]
fn a_wrong_token_is_told_from_a_missing_one() {
    let server = Server::new(|_| {
        let problem = json!({
            "type": "/errors/unauthorized", "title": "No", "status": 401, "detail": "no", "code": "unauthorized",
        });
        (401, problem.to_string())
    });
    let tasker = Tasker::new().variable("TASKER_URL", &server.url);
    let missing = tasker.run(&["list"]);
    let wrong = tasker.run(&["list", "--token", "guessed"]);
    assert_eq!((missing.code, wrong.code), (5, 5));
    let url = &server.url;
    for (done, words) in [
        (
            &missing,
            format!("error: {url} wants a token, and there is none"),
        ),
        (
            &missing,
            format!("{url} was asked (TASKER_URL), without a token"),
        ),
        (
            &wrong,
            format!("error: {url} does not take the token of --token"),
        ),
    ] {
        assert!(done.stderr.contains(&words), "{words}: {done:?}");
    }
    assert!(!wrong.stderr.contains("guessed"), "{wrong:?}");
}
