//! The keystore over a real database.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::executor::block_on;
use serde_json::{Value, json};
use tasker_domain::keystore::{KeyName, Resolve, Rotate, SharedAnswer, SharedRequest, SharedStep};
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_domain::{ErrorCode, Path, RunId, StackRunId, TaskFunction};
use tasker_service::Service;
use tasker_service::testing::Clock;
use tasker_settings::KEYSTORE_KEY_PREVIOUS;
use tasker_store::prelude::*;
use tasker_store::sqlite::{Sqlite, native};
use tasker_store::{LeaseTerms, NewRun, TaskRef};
use tempfile::TempDir;
use wrappedkeystore::{Keystore, Room, Settings, Vault};

/// The present moment.
const NOW: i64 = 1_000;

struct World {
    folder: TempDir,
    run: RunId,
    room: Room,
}

fn key(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

impl World {
    /// A run of a task with these grants, begun.
    fn new(grants: Option<&[&str]>) -> Self {
        let world = Self {
            folder: TempDir::new().unwrap(),
            run: RunId::new(1, [1; 10]),
            room: Room {
                namespaces: 100,
                keys: 1_000,
                bytes: 1 << 20,
            },
        };
        let store = Sqlite::open(native::open(&world.folder.path().join("db")).unwrap()).unwrap();
        let task = TaskFunction {
            name: "report".to_owned(),
            version: "v1".to_owned(),
            code: String::new(),
            modules: "{}".to_owned(),
            description: None,
            input_schema: None,
            timeout_ms: None,
            created_at: 1,
        };
        let grants: Option<Vec<_>> =
            grants.map(|grants| grants.iter().map(|grant| (*grant).to_owned()).collect());
        store.publish_granted(&task, grants.as_deref()).unwrap();
        let run = NewRun {
            id: world.run,
            frame: StackRunId::new(1, [2; 10]),
            task: TaskRef {
                name: task.name,
                version: task.version,
            },
            input: "{}".to_owned(),
            idempotency_key: None,
            run_at: None,
            deadline: None,
            retry_of: None,
            schedule: None,
            terms: Default::default(),
            webhook: None,
            trace: None,
            tags: Vec::new(),
        };
        store.submit(&run, 1).unwrap();
        let terms = LeaseTerms {
            owner: "test".to_owned(),
            expires_at: 99,
        };
        assert_eq!(store.claim(1, 0, &terms, 1).unwrap().len(), 1);
        world
    }

    /// The vault under keys and a default grant.
    fn vault(
        &self,
        present: u8,
        previous: &str,
        default_grant: &str,
    ) -> Vault<impl wrappedkeystore::Store + use<>> {
        let store = Sqlite::open(native::open(&self.folder.path().join("db")).unwrap()).unwrap();
        let settings = Settings {
            key: [present; 32],
            previous_keys: KEYSTORE_KEY_PREVIOUS.parse(previous).unwrap(),
            default_grant: default_grant.to_owned(),
            room: self.room,
        };
        Vault::new(store, &settings)
    }

    /// A call of the task, or of an operator.
    fn call(&self, by_task: bool, method: &str, args: Value) -> Result<String, ServiceError> {
        self.attempt("1", by_task, method, args)
    }

    /// An attempt of the call with this key.
    fn attempt(
        &self,
        key: &str,
        by_task: bool,
        method: &str,
        args: Value,
    ) -> Result<String, ServiceError> {
        let call = ServiceRequest {
            run: self.run,
            frame: by_task.then(Path::root),
            method: vec![method.to_owned()],
            args: args.to_string(),
            idempotency_key: key.to_owned(),
            trace: None,
            within_ms: None,
            was_lost: false,
        };
        let service = Keystore(Ok(self.vault(1, "", "*")));
        block_on(service.call(&Clock(NOW), &call))
    }

    fn resolve(&self, key: &str, origin: &str) -> Result<Vec<String>, ServiceError> {
        self.vault(1, "", "*").resolve(&Resolve {
            run: self.run,
            frame: Some(Path::root()),
            origin: origin.to_owned(),
            names: vec![name("shop", key)],
        })
    }
}

fn name(namespace: &str, key: &str) -> KeyName {
    KeyName {
        namespace: namespace.to_owned(),
        key: key.to_owned(),
    }
}

#[track_caller]
fn fails<T: std::fmt::Debug>(outcome: Result<T, ServiceError>, code: ErrorCode, part: &str) {
    let error = outcome.unwrap_err();
    assert!(error.error.is(code) && !error.retryable, "{error:?}");
    assert!(error.error.message.contains(part), "{error:?}");
}

#[test]
fn values_are_kept_listed_and_removed() {
    let world = World::new(None);
    let call = |method, args| world.call(true, method, args).unwrap();
    assert_eq!(call("get", json!(["n", "k"])), "null");
    assert_eq!(
        call("set", json!(["n", "k", {"a": [1, null]}])),
        r#"{"created":true}"#
    );
    assert_eq!(
        call("set", json!(["n", "k", "ü", null])),
        r#"{"created":false}"#
    );
    assert_eq!(call("get", json!(["n", "k"])), "\"ü\"");
    assert_eq!(call("list", json!(["n"])), r#"["k"]"#);
    assert_eq!(call("delete", json!(["n", "k"])), "true");
    assert_eq!(call("delete", json!(["n", "k"])), "false");
    for (method, args, part) in [
        ("set", json!(["n", "k"]), "value is missing"),
        ("set", json!(["n", "", 1]), "key must be a string"),
        (
            "set",
            json!(["n", "k", 1, {"secrets": true}]),
            "options must be",
        ),
        ("get", json!(["n"]), "key must be a string"),
    ] {
        fails(
            world.call(true, method, args),
            ErrorCode::InvalidArguments,
            part,
        );
    }
    fails(
        world.call(true, "gett", json!([])),
        ErrorCode::UnknownMethod,
        "did you mean `get`?",
    );
}

#[test]
fn there_is_room_for_so_much_and_what_is_there_stays_usable() {
    let world = World {
        room: Room {
            namespaces: 4,
            keys: 5,
            bytes: 2_000,
        },
        ..World::new(None)
    };
    let full = |outcome, part| fails(outcome, ErrorCode::KeystoreFull, part);
    for key in 1..=5 {
        world
            .call(true, "set", json!(["n", key.to_string(), 1]))
            .unwrap();
    }
    for (by_task, method, args) in [
        (true, "set", json!(["n", "6", 1])),
        (false, "set", json!(["n", "6", 1])),
        (true, "setIfAbsent", json!(["n", "6", 1])),
        (true, "increment", json!(["n", "6"])),
        (true, "compareAndSet", json!(["n", "6", null, 1])),
    ] {
        full(
            world.attempt(method, by_task, method, args),
            "`n` has 5 keys",
        );
    }
    // What is there is changed, read and removed, and then there is room again.
    assert_eq!(
        world
            .attempt("up", true, "increment", json!(["n", "1"]))
            .unwrap(),
        "2"
    );
    world.call(true, "set", json!(["n", "2", "other"])).unwrap();
    world.call(true, "delete", json!(["n", "3"])).unwrap();
    world.call(true, "set", json!(["n", "6", 1])).unwrap();

    let long = "x".repeat(1_500);
    full(
        world.call(true, "set", json!(["n", "6", "y".repeat(2_000)])),
        "and may take 2000",
    );
    world.call(true, "set", json!(["n", "6", long])).unwrap();
    full(
        world.call(true, "set", json!(["n", "1", long])),
        "bytes together",
    );
    world
        .call(true, "set", json!(["n", "6", long.replace('x', "z")]))
        .unwrap();

    for namespace in ["a", "b", "c"] {
        world.call(true, "set", json!([namespace, "k", 1])).unwrap();
    }
    full(
        world.call(true, "set", json!(["d", "k", 1])),
        "there are 4 namespaces",
    );
    world.call(true, "set", json!(["a", "l", 1])).unwrap();
}

#[test]
fn a_task_uses_what_it_was_granted() {
    let granted = World::new(Some(&["reports-*", "openai"]));
    for (method, args) in [
        ("get", json!(["mail", "k"])),
        ("set", json!(["mail", "k", 1])),
        ("list", json!(["mail"])),
        ("delete", json!(["google", "service_account"])),
        ("get", json!(["reports", "k"])),
    ] {
        fails(
            granted.call(true, method, args.clone()),
            ErrorCode::KeystoreDenied,
            "`report`",
        );
        granted.call(false, method, args).unwrap();
    }
    granted
        .call(true, "get", json!(["reports-2026", "k"]))
        .unwrap();
    granted
        .call(true, "get", json!(["openai", "api_key"]))
        .unwrap();

    // One that declares nothing has the default, which never covers the services' credentials.
    let undeclared = World::new(None);
    undeclared.call(true, "get", json!(["mail", "k"])).unwrap();
    fails(
        undeclared.call(true, "get", json!(["openai", "api_key"])),
        ErrorCode::KeystoreDenied,
        "`openai`",
    );
    let call = |default_grant| {
        let question = Resolve {
            run: undeclared.run,
            frame: Some(Path::root()),
            origin: "https://api.example.com:443".to_owned(),
            names: vec![name("mail", "k")],
        };
        undeclared.vault(1, "", default_grant).resolve(&question)
    };
    fails(call(""), ErrorCode::KeystoreDenied, "`mail`");
    fails(call(" x, mail "), ErrorCode::KeyNotFound, "mail/k");
    // A declaration of nothing grants nothing, whatever the default.
    fails(
        World::new(Some(&[])).call(true, "get", json!(["mail", "k"])),
        ErrorCode::KeystoreDenied,
        "`mail`",
    );
}

#[test]
fn a_secret_goes_to_its_hosts_and_is_shown_to_nobody() {
    let world = World::new(Some(&["shop"]));
    let options = json!({"secret": true, "hosts": ["api.example.com", "http://10.0.0.5:8000"]});
    world
        .call(
            false,
            "set",
            json!(["shop", "token", "s3cret-token", options]),
        )
        .unwrap();
    world
        .call(false, "set", json!(["shop", "plain", "a plain value"]))
        .unwrap();
    for by_task in [true, false] {
        fails(
            world.call(by_task, "get", json!(["shop", "token"])),
            ErrorCode::SecretHidden,
            "$secret",
        );
    }
    assert_eq!(
        world.call(true, "list", json!(["shop"])).unwrap(),
        r#"["plain","token"]"#
    );

    for (method, args) in [
        (
            "set",
            json!(["shop", "token", "of a task", {"secret": true, "hosts": ["evil.example"]}]),
        ),
        ("set", json!(["shop", "token", "a plain value"])),
        ("delete", json!(["shop", "token"])),
    ] {
        fails(
            world.call(true, method, args),
            ErrorCode::KeystoreDenied,
            "an operator's secret",
        );
    }
    let own = |text: &str| json!(["shop", "own", text, {"secret": true, "hosts": ["a.example"]}]);
    for text in ["a task's secret", "its next one"] {
        world.call(true, "set", own(text)).unwrap();
    }
    assert_eq!(
        world.call(true, "delete", json!(["shop", "own"])).unwrap(),
        "true"
    );

    for origin in ["https://api.example.com:443", "http://10.0.0.5:8000"] {
        assert_eq!(world.resolve("token", origin).unwrap(), ["s3cret-token"]);
    }
    for origin in [
        "https://evil.example:443",
        "http://api.example.com:80",
        "http://10.0.0.5:8001",
    ] {
        fails(
            world.resolve("token", origin),
            ErrorCode::SecretDenied,
            "may not be sent to",
        );
    }
    fails(
        world.resolve("plain", "https://api.example.com"),
        ErrorCode::SecretDenied,
        "not stored as a secret",
    );
    fails(
        world.resolve("none", "https://api.example.com"),
        ErrorCode::KeyNotFound,
        "shop/none",
    );
    let vault = world.vault(1, "", "");
    assert_eq!(
        vault.credential(&name("shop", "token")).unwrap().unwrap(),
        "s3cret-token"
    );
    assert_eq!(
        vault.credential(&name("shop", "plain")).unwrap().unwrap(),
        "a plain value"
    );
    assert_eq!(vault.credential(&name("shop", "none")).unwrap(), None);

    // Nothing of it is in the file.
    let files = std::fs::read_dir(world.folder.path()).unwrap();
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for needle in ["s3cret-token", "a plain value", "api.example.com"] {
            assert!(
                !bytes
                    .windows(needle.len())
                    .any(|part| part == needle.as_bytes())
            );
        }
    }
}

#[test]
fn the_master_key_is_changed_while_values_are_read() {
    let world = World::new(None);
    for number in 0..250 {
        world
            .call(false, "set", json!(["n", format!("{number:03}"), number]))
            .unwrap();
    }
    let read = |vault: &Vault<_>, key: &str| vault.credential(&name("n", key));
    let new = world.vault(2, &key(1), "");
    assert_eq!(read(&new, "100").unwrap().unwrap(), "100");
    let mut steps = Vec::new();
    let mut after = None;
    loop {
        let done = new.rotate(&Rotate { after }).unwrap();
        assert_eq!(done.unreadable, []);
        steps.push(done.rotated);
        assert_eq!(read(&new, "100").unwrap().unwrap(), "100");
        after = done.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(steps, [100, 100, 50]);
    assert_eq!(
        new.rotate(&Rotate::default()).unwrap().rotated,
        0,
        "it may be repeated"
    );

    // The old key is needed no more; a vault without the new one reads nothing, and changes nothing.
    assert_eq!(
        read(&world.vault(2, "", ""), "249").unwrap().unwrap(),
        "249"
    );
    let stranger = world.vault(3, "", "");
    fails(read(&stranger, "249"), ErrorCode::DecryptionFailed, "n/249");
    let done = stranger.rotate(&Rotate::default()).unwrap();
    assert_eq!((done.rotated, done.unreadable.len()), (0, 100));
    // A diagnosis finds values that cannot be opened, and says what to do; those of a key before the present one can.
    let ready = |present, previous: &str| Keystore(Ok(world.vault(present, previous, ""))).ready();
    fails(
        ready(3, ""),
        ErrorCode::DecryptionFailed,
        "`n/000` and 99 more",
    );
    fails(
        ready(3, ""),
        ErrorCode::DecryptionFailed,
        "keystore_key_previous",
    );
    ready(2, "").unwrap();
    ready(3, &key(2)).unwrap();
    assert_eq!(read(&new, "000").unwrap().unwrap(), "0");
}

#[test]
fn a_shared_value_is_made_once_and_made_anew_when_no_key_opens_it() {
    let world = World::new(None);
    let vault = world.vault(1, "", "");
    let step = |vault: &Vault<_>, token: &str, step, now| {
        let request = SharedRequest {
            service: "gapi".to_owned(),
            key: "token".to_owned(),
            token: token.to_owned(),
            step,
        };
        vault.shared(&request, now).unwrap()
    };
    let take = || SharedStep::Take { lease_ms: 500 };
    assert_eq!(step(&vault, "a", take(), 1_000), SharedAnswer::Make);
    assert_eq!(
        step(&vault, "b", take(), 1_100),
        SharedAnswer::Wait { ms: 400 }
    );
    let put = SharedStep::Put {
        value: json!({"access_token": "ya29.x"}),
        fresh_ms: 3_800,
    };
    let done = SharedAnswer::Done { revision: Some(1) };
    assert_eq!(step(&vault, "a", put, 1_200), done);
    let fresh = SharedAnswer::Fresh {
        value: json!({"access_token": "ya29.x"}),
        revision: 1,
    };
    assert_eq!(step(&vault, "b", take(), 4_999), fresh);
    // Forgetting names the revision: one that was made since stays.
    step(&vault, "b", SharedStep::Forget { revision: 0 }, 2_000);
    assert_eq!(step(&vault, "b", take(), 2_000), fresh);
    assert_eq!(
        step(&world.vault(2, &key(1), ""), "b", take(), 2_000),
        fresh
    );
    assert_eq!(
        step(&world.vault(2, "", ""), "b", take(), 2_000),
        SharedAnswer::Make
    );
    let done = SharedAnswer::Done { revision: None };
    assert_eq!(step(&vault, "b", SharedStep::GiveUp, 2_000), done);
    assert_eq!(step(&vault, "c", take(), 2_000), SharedAnswer::Make);
}

#[test]
fn a_number_is_counted_up_once_for_all_attempts_of_a_call() {
    let world = World::new(None);
    let count = |key, args| world.attempt(key, true, "increment", args);
    assert_eq!(count("a", json!(["n", "k"])).unwrap(), "1");
    assert_eq!(count("b", json!(["n", "k", 41])).unwrap(), "42");
    // Another attempt of a call that is long past gets its answer; the same call may count another key.
    assert_eq!(count("a", json!(["n", "k"])).unwrap(), "1");
    assert_eq!(count("a", json!(["n", "other"])).unwrap(), "1");
    assert_eq!(world.call(true, "get", json!(["n", "k"])).unwrap(), "42");
    assert_eq!(count("c", json!(["n", "k", -42.5])).unwrap(), "-0.5");
    assert_eq!(count("d", json!(["n", "k", 0.5])).unwrap(), "0");

    world.call(true, "set", json!(["n", "text", "1"])).unwrap();
    world
        .call(true, "set", json!(["n", "much", 9_007_199_254_740_991_i64]))
        .unwrap();
    world
        .call(
            true,
            "set",
            json!(["n", "hidden", "a long secret", {"secret": true}]),
        )
        .unwrap();
    for (args, code, part) in [
        (
            json!(["n", "k", "1"]),
            ErrorCode::InvalidArguments,
            "by must be a number",
        ),
        (
            json!(["n", "k", null]),
            ErrorCode::InvalidArguments,
            "by must be a number",
        ),
        (
            json!(["n", "text"]),
            ErrorCode::InvalidArguments,
            "`n/text` is not a number",
        ),
        (
            json!(["n", "much"]),
            ErrorCode::InvalidArguments,
            "cannot be exact",
        ),
        (
            json!(["n", "hidden"]),
            ErrorCode::SecretHidden,
            "is a secret",
        ),
    ] {
        fails(count("e", args), code, part);
    }
    fails(
        world.attempt("f", false, "increment", json!(["n", "k"])),
        ErrorCode::InvalidArguments,
        "only tasks",
    );
}

#[test]
fn a_value_is_set_if_it_is_the_expected_one_or_absent() {
    let world = World::new(None);
    let go = |key, method, args| world.attempt(key, true, method, args).unwrap();
    assert_eq!(
        go("a", "setIfAbsent", json!(["n", "k", {"a": 1, "b": [2]}])),
        "true"
    );
    assert_eq!(go("b", "setIfAbsent", json!(["n", "k", 0])), "false");
    assert_eq!(go("a", "setIfAbsent", json!(["n", "k", 0])), "true");

    // Equal is what means the same.
    let set = |key, expected: Value, value: Value| {
        go(key, "compareAndSet", json!(["n", "k", expected, value]))
    };
    assert_eq!(set("c", json!({"b": [2]}), json!("no")), "false");
    assert_eq!(set("c", json!({"b": [2.0], "a": 1}), json!("next")), "true");
    assert_eq!(set("d", json!({"a": 1, "b": [2]}), json!("no")), "false");
    // The attempt that was answered `true` stays so, whatever is there by now.
    assert_eq!(set("c", json!("else"), json!("no")), "true");
    assert_eq!(go("e", "get", json!(["n", "k"])), "\"next\"");

    // No value is `null`, as `get` says.
    assert_eq!(
        go("f", "compareAndSet", json!(["n", "new", null, 1])),
        "true"
    );
    assert_eq!(
        go("g", "compareAndSet", json!(["n", "new", null, 2])),
        "false"
    );

    // A secret can be made, and not be guessed at.
    let secret = json!(["n", "s", "a long secret", {"secret": true}]);
    assert_eq!(go("h", "setIfAbsent", secret), "true");
    fails(
        world.attempt(
            "i",
            true,
            "compareAndSet",
            json!(["n", "s", "a long secret", 1]),
        ),
        ErrorCode::SecretHidden,
        "is a secret",
    );
}

#[test]
fn a_changed_value_is_changed_again_under_a_new_key() {
    let world = World::new(None);
    let count = |vault, key: &str| {
        let call = ServiceRequest {
            run: world.run,
            frame: Some(Path::root()),
            method: vec!["increment".to_owned()],
            args: json!(["n", "k"]).to_string(),
            idempotency_key: key.to_owned(),
            trace: None,
            within_ms: None,
            was_lost: false,
        };
        block_on(Keystore(Ok(vault)).call(&Clock(NOW), &call))
    };
    assert_eq!(count(world.vault(1, "", "*"), "a").unwrap(), "1");
    assert_eq!(count(world.vault(2, &key(1), "*"), "b").unwrap(), "2");
    assert_eq!(count(world.vault(2, "", "*"), "a").unwrap(), "1");
    fails(
        count(world.vault(3, "", "*"), "c"),
        ErrorCode::DecryptionFailed,
        "keystore_key",
    );
}
