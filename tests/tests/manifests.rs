//! The two manifests are one app: with and without its own timer.

use std::fs;

use tasker_tests::paths;

/// The line of `spin-cron.toml` at which it begins to add to `spin.toml`.
const ADDITION: &str = "\n# --- What spin-cron.toml adds";

#[test]
fn spin_cron_toml_is_spin_toml_with_the_timer() {
    let plain = fs::read_to_string(paths::manifest()).unwrap();
    let cron = fs::read_to_string(paths::manifest_with_timer()).unwrap();
    let at = cron.find(ADDITION).expect("the addition has its line");
    let expected = format!("{plain}{}", &cron[at..]);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(paths::manifest_with_timer(), &expected).unwrap();
    } else {
        assert_eq!(
            cron, expected,
            "bring spin-cron.toml up to date with UPDATE=1"
        );
    }
    // A plain Spin has no cron trigger and refuses to start an app that asks for one.
    assert!(!plain.contains("trigger.cron"));
}
