//! Samples of the shell: command by command, with what the document shows of each one's answer.

use std::process::Command;

use crate::markdown::Sample;

/// Programs that build, install or start something, or belong to machines that are not here.
const STARTERS: [&str; 9] = [
    "spin",
    "cargo",
    "sqlite3",
    "useradd",
    "install",
    "systemctl",
    "kubectl",
    "tasker-sandbox",
    "eval",
];

/// Folders that a sample must not touch here.
const OUTSIDE: [&str; 5] = ["/var/", "/etc/", "/opt/", "/backup", "~/"];

/// A command, and what is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Its line in the document.
    pub(crate) line: usize,
    pub(crate) command: String,
    /// The comment behind it.
    pub(crate) comment: String,
    /// What it prints, as the document has it: the lines below it, in a script those comments that are JSON.
    pub(crate) output: String,
}

/// The commands of a sample.
///
/// # Errors
/// What the shell says of text that is not a command.
pub(crate) fn of(sample: &Sample) -> Result<Vec<Shown>, String> {
    let is_console = sample.language == "console";
    let mut commands: Vec<Shown> = Vec::new();
    let mut lines = sample.text.lines().zip(sample.line..).peekable();
    while let Some((text, line)) = lines.next() {
        let begins = if is_console {
            text.strip_prefix("$ ")
        } else {
            Some(text)
        };
        let begun = begins.filter(|text| !text.trim().is_empty() && !text.starts_with('#'));
        let Some(begun) = begun else {
            let printed = if is_console {
                Some(text)
            } else {
                text.strip_prefix("# ")
            };
            let printed = printed.filter(|text| is_console || text.starts_with(['{', '[']));
            if let (Some(last), Some(printed)) = (commands.last_mut(), printed) {
                last.output.push_str(printed);
                last.output.push('\n');
            }
            continue;
        };
        let mut command = begun.to_owned();
        while !is_whole(&command) {
            let Some((more, _)) = lines.next() else {
                return Err(format!(
                    "line {line} begins a command that does not end: {command}"
                ));
            };
            command.push('\n');
            command.push_str(more);
        }
        let (command, comment) = without_comment(&command);
        commands.push(Shown {
            line,
            command: command.to_owned(),
            comment: comment.to_owned(),
            output: String::new(),
        });
    }
    Ok(commands)
}

/// Whether the shell takes a text for whole commands.
fn is_whole(text: &str) -> bool {
    if text.ends_with('\\') {
        return false;
    }
    let checked = Command::new("bash")
        .args(["-n", "-c", text])
        .output()
        .expect("bash");
    checked.status.success() && checked.stderr.is_empty()
}

/// A command, and the comment behind it.
fn without_comment(command: &str) -> (&str, &str) {
    let mut found = command.rmatch_indices(" # ").map(|(at, _)| at);
    let end = found.find(|at| is_whole(&command[..*at]));
    match end.filter(|at| !command[*at..].contains('\n')) {
        Some(at) => (command[..at].trim_end(), command[at + 3..].trim()),
        None => (command, ""),
    }
}

impl Shown {
    /// The words of the command's programs: not of assignments before them.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.command
            .split(|letter: char| letter.is_whitespace() || "|;&()<>\"".contains(letter))
            .filter(|word| !word.is_empty())
    }

    /// Whether it can be run here: it builds, installs and starts nothing, and stays in its folder.
    pub(crate) fn is_run(&self) -> bool {
        let starts = self.words().any(|word| {
            word.starts_with("./scripts/")
                || STARTERS.contains(&word.rsplit('/').next().unwrap_or(word))
        });
        let leaves = self
            .words()
            .any(|word| OUTSIDE.iter().any(|folder| word.contains(folder)));
        !starts && !leaves && !self.command.starts_with("tasker up")
    }

    /// The program, and the options that it is given, if it is one of this repository.
    pub(crate) fn own_program(&self) -> Option<(&str, Vec<&str>)> {
        let mut words = self.words().skip_while(|word| word.contains('='));
        let program = words.next()?;
        let is_own = program.starts_with("./scripts/") || program == "tasker";
        let options = words.filter(|word| word.starts_with("--"));
        let options = options.map(|word| word.split('=').next().unwrap_or(word));
        is_own.then(|| (program, options.collect()))
    }
}

#[test]
fn commands_are_told_from_what_they_print() {
    let sample = |language: &str, text: &str| Sample {
        file: "a.md".to_owned(),
        line: 3,
        language: language.to_owned(),
        text: text.to_owned(),
        follows: false,
    };
    let shown = |line, command: &str, comment: &str, output: &str| Shown {
        line,
        command: command.to_owned(),
        comment: comment.to_owned(),
        output: output.to_owned(),
    };
    let text = "cat > a.js <<'JS'\nlet a = 'b';   // # c\nJS\n\ncurl -s a \\\n  -d '{\"b\": \"# \"}'   # 204\n# {\"c\": 1}\n";
    let heredoc = "cat > a.js <<'JS'\nlet a = 'b';   // # c\nJS";
    assert_eq!(
        of(&sample("sh", text)).unwrap_or_default(),
        [
            shown(3, heredoc, "", ""),
            shown(
                7,
                "curl -s a \\\n  -d '{\"b\": \"# \"}'",
                "204",
                "{\"c\": 1}\n"
            ),
        ]
    );
    let text = "$ tasker runs   # all of them\nID\n1 run\n\n$ tasker up --listen 127.0.0.1:8080\n";
    let commands = of(&sample("console", text)).unwrap_or_default();
    assert_eq!(
        commands,
        [
            shown(3, "tasker runs", "all of them", "ID\n1 run\n\n"),
            shown(7, "tasker up --listen 127.0.0.1:8080", "", ""),
        ]
    );
    assert_eq!(
        commands.iter().map(Shown::is_run).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(
        commands[1].own_program(),
        Some(("tasker", vec!["--listen"]))
    );
    assert!(of(&sample("sh", "echo 'a")).is_err());
}
