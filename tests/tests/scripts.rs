//! The scripts that others stand on.

use std::fs;
use std::process::{Command, Output};

use tasker_tests::paths;

/// Compiles a file of tests and runs it as cargo would with `scripts/test-binary` for its runner.
fn run(source: &str, arguments: &[&str]) -> (String, Output) {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, binary) = (
        folder.path().join("some.rs"),
        folder.path().join("some-test"),
    );
    fs::write(&file, source).expect("written");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let compiled = Command::new(rustc)
        .args(["--edition", "2024", "--test", "-o"])
        .args([&binary, &file])
        .status();
    assert!(compiled.expect("rustc runs").success());
    let output = Command::new(paths::root().join("scripts/test-binary"))
        .arg(&binary)
        .args(arguments)
        .output()
        .expect("runs");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output)
}

#[test]
fn a_test_that_ends_its_process_is_named() {
    const TESTS: &str = r#"
        #[test] fn fine() {}
        #[test] fn fails() { panic!("as it should") }
        #[test] fn fine_again() {}
        #[test] #[ignore] fn not_now() { std::process::abort() }
        mod deep {
            #[test] fn dies() { unsafe { std::ptr::write_volatile(std::ptr::null_mut::<u8>(), 1) } }
            #[test] fn exits() { std::process::exit(7) }
        }
    "#;
    for threads in ["1", "4"] {
        let (text, output) = run(TESTS, &[&format!("--test-threads={threads}")]);
        assert_eq!(output.status.code(), Some(101), "{text}");
        for line in [
            "test fine ... ok",
            "test fails ... FAILED",
            "test fine_again ... ok",
            "test deep::dies ... FAILED: SIGSEGV",
            "test deep::exits ... FAILED: exit status 7",
            "    deep::dies (ended its process)",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "no `{line}`: {text}"
            );
        }
        // What scripts/test counts.
        let summaries: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("test result: "))
            .collect();
        assert_eq!(summaries.len(), 1, "{text}");
        assert!(summaries[0].contains(" 3 failed;"), "{text}");
    }
    // One that dies in company alone: all that can be told is who was there.
    let (text, output) = run(
        r#"
        #[test] fn fine() {}
        #[test] fn now_and_then() { if !std::env::args().any(|word| word == "--exact") { std::process::abort() } }
        "#,
        &["--test-threads=1"],
    );
    assert_eq!(output.status.code(), Some(101), "{text}");
    assert!(
        text.contains("one of these ended its process (SIGABRT)"),
        "{text}"
    );
    assert!(
        text.lines().any(|line| line == "        now_and_then"),
        "{text}"
    );
    assert!(
        text.contains("test result: FAILED. 2 passed; 1 failed;"),
        "{text}"
    );
}

#[test]
fn where_no_test_dies_the_binary_speaks_for_itself() {
    let (text, output) = run("#[test] fn fine() {}", &[]);
    assert_eq!(
        (output.status.code(), text.contains("died")),
        (Some(0), false)
    );
    let (text, output) = run(
        "#[test] fn fine() {} #[test] fn fails() { panic!() }",
        &["fine"],
    );
    assert_eq!(
        (output.status.code(), text.contains("1 filtered out")),
        (Some(0), true)
    );
    let (text, output) = run("#[test] fn fails() { panic!() }", &[]);
    assert_eq!(
        (output.status.code(), text.contains("died")),
        (Some(101), false)
    );
    // No tests of the standard harness.
    let (text, output) = run("#[test] fn other() {}", &["--no-such-argument"]);
    assert!(!output.status.success(), "{text}");
}
