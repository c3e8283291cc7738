//! What settings that are texts must be, and what is said of one that is not.

use tasker_settings::{
    CORS_ORIGINS, GOOGLE_BASE_URL, OPENAI_API_KEY, OPENAI_BASE_PATH, OPENAI_BASE_URL,
    OPENAI_POLICY, PUBLIC_URL, Policy, WEBHOOK_SECRET, named,
};

/// What is said of a value; `None`: it can be used.
fn said(name: &str, value: &str) -> Option<String> {
    let about = named(name).unwrap_or_else(|| panic!("{name}"));
    about.check(value).err().map(|error| error.to_string())
}

fn all_are_right(cases: &[(&str, &[&str])]) {
    for (name, values) in cases {
        for value in *values {
            assert_eq!(said(name, value), None, "{name} {value}");
        }
    }
}

/// Each is refused with the setting's name, what is allowed, and the value.
fn all_are_wrong(cases: &[(&str, &str, &[&str])]) {
    for (name, allowed, values) in cases {
        for value in *values {
            let said = said(name, value).unwrap_or_else(|| panic!("{name} {value}"));
            assert!(said.contains(&format!("`{name}`")), "{said}");
            assert!(said.contains(allowed), "{said}");
            let shown = format!(", not `{}", value.trim());
            assert!(value.is_empty() || said.contains(&shown), "{said}");
        }
    }
}

#[test]
fn servers_are_origins_and_their_paths_stand_by_themselves() {
    all_are_right(&[
        (
            "openai_base_url",
            &[
                "https://api.example.com",
                " http://127.0.0.1:8080/ ",
                "http://[::1]:80",
            ],
        ),
        (
            "google_base_url",
            &[
                "https://*.googleapis.com",
                "https://*.example.com/",
                "http://a:1",
            ],
        ),
        (
            "internal_url",
            &["http://self.alt", "https://tasker.example.com"],
        ),
        ("openai_base_path", &["", "/", "/v1", "v1/", " /a/b "]),
        ("chaining_domain", &["spin.internal", "none.invalid"]),
    ]);
    all_are_wrong(&[
        (
            "openai_base_url",
            "scheme, host and port alone, such as `https://api.example.com`; a path goes into `openai_base_path`",
            &[
                "",
                "api.example.com",
                "https://api.example.com/v1",
                "ftp://a",
                "https://*.a.example",
                "https://u@a.example",
            ],
        ),
        (
            "google_base_url",
            "or `https://*.example.com`; a path goes into `google_base_path`",
            &[
                "",
                "https://*",
                "https://*.",
                "http://*.example.com",
                "https://*.example.com/v1",
            ],
        ),
        (
            "openai_base_path",
            "a path such as `/v1`",
            &[
                "/a/../b",
                "/a?b=c",
                "a//b",
                "/a b",
                "/%2e%2e",
                "https://a.example/b",
            ],
        ),
        (
            "chaining_domain",
            "a domain such as",
            &["", "a b", "10.0.0.1", "http://spin.internal"],
        ),
    ]);
    assert!(OPENAI_BASE_PATH.parse("a\\b").is_err());
    let read = |text| OPENAI_BASE_URL.parse(text).unwrap();
    assert_eq!(
        read(" https://API.example.com/ "),
        "https://api.example.com"
    );
    for (text, path) in [("", ""), ("/", ""), ("v1/", "/v1"), (" /a/b ", "/a/b")] {
        assert_eq!(OPENAI_BASE_PATH.parse(text).unwrap(), path);
    }
    let read = |text| GOOGLE_BASE_URL.parse(text).unwrap();
    assert_eq!(
        read("https://*.googleapis.com/ "),
        "https://*.googleapis.com"
    );
}

#[test]
fn origins_are_judged_one_by_one() {
    let list = "https://app.example.com, http://localhost:5173/\nhttps://B.example";
    let origins = CORS_ORIGINS.parse(list).unwrap();
    assert_eq!(
        origins,
        [
            "https://app.example.com",
            "http://localhost:5173",
            "https://b.example"
        ]
    );
    assert!(CORS_ORIGINS.parse("").unwrap().is_empty());
    for (list, entry) in [
        (
            "https://app.example.com, app.example.org",
            "app.example.org",
        ),
        ("*", "*"),
        ("https://a.example/path", "https://a.example/path"),
        (
            "https://a.example;https://b.example",
            "https://a.example;https://b.example",
        ),
    ] {
        let said = said("cors_origins", list).unwrap();
        assert!(
            said.ends_with(&format!("separated by commas, not `{entry}`")),
            "{said}"
        );
    }
}

#[test]
fn urls_can_be_asked() {
    all_are_right(&[
        (
            "public_url",
            &[
                "",
                "https://tasker.example.com",
                "http://127.0.0.1:3000/base/",
            ],
        ),
        ("google_token_url", &["https://oauth2.googleapis.com/token"]),
        ("webhook_url", &["", "https://hooks.example.com/t?k=1"]),
    ]);
    all_are_wrong(&[
        (
            "public_url",
            "empty, or a URL such as",
            &[
                "tasker.example.com",
                "https://a.example/?x",
                "https://a.example/#x",
                "https://u:p@a.example",
            ],
        ),
        (
            "google_token_url",
            "a URL such as",
            &["", "oauth2.googleapis.com", "ftp://a.example"],
        ),
        (
            "webhook_url",
            "empty, or a URL such as",
            &["hooks.example.com", "https://u@a.example/"],
        ),
    ]);
    let said = said("webhook_url", "https://user@hooks.example.com/").unwrap();
    assert!(
        said.ends_with(": a URL must not have a user name or password"),
        "{said}"
    );
    assert_eq!(
        PUBLIC_URL.parse(" https://a.example ").unwrap(),
        "https://a.example"
    );
}

#[test]
fn a_policy_is_an_object_of_its_members_alone() {
    let text = r#"{"allow": ["chat.*", "files.*"], "deny": ["*.delete"], "requestsPerMinute": 60}"#;
    let policy = OPENAI_POLICY.parse(text).unwrap();
    assert_eq!(policy.deny, ["*.delete"]);
    assert!(policy.has_limits());
    for none in ["", " ", "{}"] {
        assert_eq!(OPENAI_POLICY.parse(none), Ok(Policy::default()));
    }
    for (text, why) in [
        ("{", "EOF"),
        ("[]", "invalid type"),
        ("null", "invalid type"),
        (r#"{"allow": "chat"}"#, "expected a sequence"),
        (r#"{"denied": []}"#, "unknown field `denied`"),
        (r#"{"requestsPerMinute": -1}"#, "expected u32"),
        (r#"{"concurrency": 1.5}"#, "expected u32"),
    ] {
        let said = said("openai_policy", text).unwrap();
        assert!(
            said.contains("`openai_policy` must be JSON such as"),
            "{said}"
        );
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn secrets_are_refused_without_being_shown() {
    let key = WEBHOOK_SECRET.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assert_eq!(key.unwrap().unwrap().len(), 24);
    assert_eq!(WEBHOOK_SECRET.parse(" "), Ok(None));
    // A file that a secret is in may end with the end of a line.
    assert_eq!(OPENAI_API_KEY.parse("sk-one\n"), Ok("sk-one".to_owned()));
    all_are_right(&[(
        "google_service_account",
        &[
            "",
            r#"{"type": "service_account", "client_email": "a@b", "private_key": "k"}"#,
            r#"{"type": "authorized_user", "client_id": "c", "refresh_token": "r"}"#,
        ],
    )]);
    for (name, allowed, bad) in [
        (
            "webhook_secret",
            "empty, or `whsec_` and 16 bytes or more",
            "whsec_c2hvcnQ=",
        ),
        (
            "webhook_secret",
            "in base64",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ),
        ("webhook_secret", "in base64", "whsec_AAAA"),
        ("webhook_secret", "in base64", "whsec_?"),
        (
            "openai_api_key",
            "one line of printable ASCII",
            "sk-one\nsk-two",
        ),
        ("supabase_key", "one line of printable ASCII", "clé"),
        (
            "google_service_account",
            "an object with `client_email` and `private_key`, or `client_id` and `refresh_token`",
            r#"{"client_email": "a@b"}"#,
        ),
        (
            "google_service_account",
            "empty, or JSON",
            "/run/secrets/google.json",
        ),
        (
            "google_service_account",
            "empty, or JSON",
            r#"{"client_id": 1, "refresh_token": "r"}"#,
        ),
    ] {
        let said = said(name, bad).unwrap();
        assert!(said.contains(name) && said.contains(allowed), "{said}");
        assert!(!said.contains(bad), "{said}");
    }
}

#[test]
fn scopes_are_a_bounded_number_of_words() {
    let scope = "https://www.googleapis.com/auth/drive.readonly";
    all_are_right(&[("google_scopes", &["", scope, "a b,c"])]);
    let many = "a ".repeat(51);
    let long = "a".repeat(301);
    for wrong in ["dräve", &many, &long] {
        let said = said("google_scopes", wrong).unwrap();
        assert!(said.contains("50 words at most"), "{said}");
    }
}
