//! What a terminal shows of a command that asks a person.

use std::sync::LazyLock;

use regex::Regex;

/// Where a command asks.
const PROMPT: &str = "[y/N] ";

/// The answer that a person is shown to give, if one is asked.
pub(crate) fn answer(shown: &str) -> Option<&str> {
    let (_, behind) = shown.split_once(PROMPT)?;
    Some(behind.lines().next().unwrap_or_default())
}

/// What is shown, without the answer: it is typed, not printed.
pub(crate) fn without_answer(shown: &str) -> String {
    let lines = shown.lines().map(|line| match line.split_once(PROMPT) {
        Some((question, _)) => format!("{question}{PROMPT}"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What was printed as lines: one ends where the cursor is moved or a line wiped, as progress does, and where
/// an answer is typed. Colours are left out.
pub(crate) fn seen(printed: &str) -> String {
    static COLOR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\x1b\[[0-9;]*m").expect("a pattern"));
    static MOVED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\r|\x1b\[[0-9;?]*[A-Za-z]").expect("a pattern"));
    let printed = COLOR.replace_all(printed, "");
    let printed = MOVED.replace_all(&printed, "\n");
    printed.replace(PROMPT, &format!("{PROMPT}\n"))
}

#[test]
fn a_terminal_is_read_as_lines() {
    let shown = "cancel 312 runs? [y/N] y\n312 runs cancelled\n";
    assert_eq!(answer(shown), Some("y"));
    assert_eq!(answer("312 runs cancelled\n"), None);
    assert_eq!(
        without_answer(shown),
        "cancel 312 runs? [y/N] \n312 runs cancelled"
    );
    let printed = "y\r\n\r⠁ 4 runs · 0s   \r\x1b[2Kcancel \x1b[1m4\x1b[0m runs? [y/N] \r⠁ 4 runs\r\x1b[2K4 runs cancelled\r\n";
    let seen = seen(printed);
    let lines = seen.lines().map(str::trim).filter(|line| !line.is_empty());
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            "y",
            "⠁ 4 runs · 0s",
            "cancel 4 runs? [y/N]",
            "⠁ 4 runs",
            "4 runs cancelled"
        ]
    );
}
