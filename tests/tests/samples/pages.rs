//! A document's samples for the shell, from its first to its last, with the answers that it shows.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use tasker_domain::ErrorCode;
use tasker_tests::paths;

use crate::commands::{self, Shown};
use crate::followed;
use crate::ids::Ids;
use crate::markdown::Sample;
use crate::shown;
use crate::stage::{Ended, Stage, Wanted};
use crate::terminal;

/// A page that is read from its top: what its commands have left behind.
pub(crate) struct Reading<'a> {
    stage: &'a Stage,
    /// The answer of the last command.
    last: Option<Ended>,
    /// What ids it has shown.
    ids: Ids,
    /// The page has chosen a run itself.
    has_run: bool,
}

impl<'a> Reading<'a> {
    pub(crate) fn begin(stage: &'a Stage) -> Self {
        stage.forget();
        stage.give();
        stage.empty_keystore();
        Self {
            stage,
            last: None,
            ids: Ids::default(),
            has_run: false,
        }
    }

    /// Runs the commands of a sample; those that build or start something are looked at.
    ///
    /// # Errors
    /// The first that does not do what is shown.
    pub(crate) fn commands(&mut self, sample: &Sample) -> Result<(), String> {
        self.last = None;
        let is_followed = followed(sample).is_some();
        for shown in commands::of(sample)? {
            let at = |problem: String| format!("line {}: {}\n{problem}", shown.line, shown.command);
            options(self.stage, &shown).map_err(at)?;
            if shown.is_run() && !is_followed {
                let ended = self.run(&shown, sample.language == "console");
                judge(&shown, &ended).map_err(at)?;
                self.ids.learn(&shown.output, &ended.out);
                self.last = Some(ended);
            }
        }
        variables(&self.stage.exported())
    }

    fn run(&mut self, shown: &Shown, is_console: bool) -> Ended {
        let command = self.ids.put_into(&shown.command);
        if ["--status queued", "\"status\": \"queued\""]
            .iter()
            .any(|filter| command.contains(filter))
        {
            self.stage.queue_reports();
        }
        let mut command = match wanted(&command) {
            Some(Wanted::Ended) if self.has_run => command,
            Some(wanted) => {
                self.has_run = false;
                format!("RUN={}\n{command}", self.stage.prepare(wanted))
            }
            None => command,
        };
        self.has_run |= shown.command.starts_with("RUN=");
        // What asks a person is given a terminal, and the answer that is shown.
        let Some(answer) = terminal::answer(&shown.output) else {
            // A console shows what comes from both outputs, in its order.
            let command = if is_console {
                format!("{{ {command}\n}} 2>&1")
            } else {
                command
            };
            return self.stage.shell(&command, "");
        };
        command = format!(
            "script --quiet --return --command {} /dev/null",
            quoted(&command)
        );
        self.stage.shell(&command, &format!("{answer}\n"))
    }

    /// Compares a block that follows commands with the answer of the last one.
    ///
    /// # Errors
    /// Where they differ.
    pub(crate) fn answer(&self, sample: &Sample) -> Result<(), String> {
        let Some(ended) = self.last.as_ref().filter(|_| sample.follows) else {
            return match sample.text.split_once("\n\n") {
                Some((_, body)) if sample.text.starts_with("HTTP/") => problem(body),
                // A drawing.
                _ if sample.language.is_empty() => Ok(()),
                _ => shown::parse(&sample.text)
                    .map(drop)
                    .ok_or("is no JSON".to_owned()),
            };
        };
        if sample.text.starts_with("HTTP/") {
            message(&sample.text, &ended.out)
        } else if sample.text.contains("\nevent: ") {
            events(&sample.text, &ended.out)
        } else {
            body(&sample.text, &ended.out)
        }
    }
}

/// What the run that a command speaks of has to be like, if it speaks of one.
fn wanted(command: &str) -> Option<Wanted> {
    let is = |parts: &[&str]| parts.iter().any(|part| command.contains(part));
    if is(&["$RUN/resume", "resume last"]) {
        return Some(Wanted::Paused);
    }
    let live = [
        "$RUN/cancel",
        "$RUN/pause",
        "$RUN/stack",
        "$RUN/inspect",
        "cancel last",
        "pause last",
        "inspect last",
        "stack last",
        "--run last",
        "tasker event ",
        "$TASKER/events",
    ];
    if is(&live) {
        return Some(Wanted::Live);
    }
    is(&["$RUN", " last"]).then_some(Wanted::Ended)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn judge(shown: &Shown, ended: &Ended) -> Result<(), String> {
    let printed = format!("{}{}", ended.err, ended.out);
    let fails = shown.output.starts_with("error:");
    if (ended.code == 0) == fails {
        return Err(format!("ends with code {}:\n{printed}", ended.code));
    }
    let comment = status(&shown.comment, &ended.err)?;
    if let Some((value, _)) = shown::leading(comment).filter(|_| comment.starts_with(['{', '['])) {
        shown::value(&value, &json(&ended.out)?, "")?;
    }
    if shown.output.starts_with(['{', '[']) && shown::parse(&shown.output).is_some() {
        return body(&shown.output, &ended.out);
    }
    if terminal::answer(&shown.output).is_some() {
        let shown = terminal::without_answer(&shown.output);
        return shown::lines(&shown, &terminal::seen(&printed));
    }
    shown::lines(&shown.output, &printed.replace('\r', ""))
}

/// Compares the status that a comment begins with, if it does; gives what stands behind it.
fn status<'c>(comment: &'c str, err: &str) -> Result<&'c str, String> {
    let digits = comment
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(comment.len());
    let (status, rest) = comment.split_at(digits);
    if status.len() != 3 || err.lines().any(|line| line == format!("status {status}")) {
        Ok(rest.trim_start_matches([',', ' ']))
    } else {
        Err(format!("does not answer with {status}: {err}"))
    }
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))
}

fn body(shown: &str, text: &str) -> Result<(), String> {
    let shown = shown::parse(shown).ok_or("what is shown is no JSON")?;
    shown::value(&shown, &json(text)?, "")
}

/// An answer with its head: its status, the headers that are shown, and its body.
fn message(shown: &str, text: &str) -> Result<(), String> {
    let text = text.replace("\r\n", "\n");
    let (shown_head, shown_body) = shown
        .split_once("\n\n")
        .ok_or("what is shown has no body")?;
    let (head, actual) = text
        .split_once("\n\n")
        .ok_or(format!("is no answer: {text}"))?;
    let status = |head: &str| head.split(' ').nth(1).map(str::to_owned);
    if status(shown_head) != status(head) {
        return Err(format!("is not the status: {head}"));
    }
    let head = head.to_lowercase();
    for header in shown_head.lines().skip(1) {
        head.lines()
            .find_map(|line| shown::lines(&header.to_lowercase(), line).ok())
            .ok_or(format!("{header} is not among: {head}"))?;
    }
    body(shown_body, actual)
}

/// Events of a stream: each that is shown was told, with these members.
fn events(shown: &str, text: &str) -> Result<(), String> {
    let read = |text: &str| -> Vec<(String, Vec<String>)> {
        let blocks = text.split("\n\n").filter(|block| block.contains("event: "));
        blocks
            .map(|block| {
                let line = |name: &str| {
                    let line = block.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().to_owned()
                };
                let data = line("data: ").replace(",…}", "}");
                let data: Value = serde_json::from_str(&data).unwrap_or_default();
                let names = data.as_object().map(|data| data.keys().cloned().collect());
                (line("event: "), names.unwrap_or_default())
            })
            .collect()
    };
    let told = read(text);
    // A run that has ended before it is followed has told its status already.
    let shown = read(shown)
        .into_iter()
        .filter(|(event, _)| event != "status");
    for (event, members) in shown {
        let is_it = |(name, all): &&(String, Vec<String>)| {
            *name == event
                && !members.is_empty()
                && members.iter().all(|member| all.contains(member))
        };
        told.iter()
            .find(is_it)
            .ok_or(format!("no {event} with {members:?} in: {text}"))?;
    }
    Ok(())
}

/// An error that is shown by itself is one that there is.
fn problem(body: &str) -> Result<(), String> {
    let shown = json(body)?;
    let code = ErrorCode::ALL
        .iter()
        .find(|code| shown["code"] == code.as_str())
        .ok_or("has no code that there is")?;
    let is = shown["title"] == code.title()
        && shown["status"] == code.http_status()
        && shown["type"] == format!("/errors/{code}");
    is.then_some(())
        .ok_or(format!("{code} has another title, status or type"))
}

/// A program of this repository takes the options that it is given.
fn options(stage: &Stage, shown: &Shown) -> Result<(), String> {
    let Some((program, options)) = shown.own_program() else {
        return Ok(());
    };
    let mut known = String::new();
    if let Some(script) = program.strip_prefix("./scripts/") {
        known = fs::read_to_string(paths::root().join("scripts").join(script))
            .map_err(|error| format!("{program}: {error}"))?;
    }
    // `scripts/up` hands on what is not its own.
    if program == "./scripts/up" || shown.command.starts_with("tasker up") {
        known.push_str(&stage.shell("tasker up --help", "").out);
    } else if program == "tasker" {
        // What is run is checked by the program itself.
        return Ok(());
    }
    match options.iter().find(|option| !known.contains(**option)) {
        None => Ok(()),
        Some(option) => Err(format!("{program} does not know {option}")),
    }
}

/// Variables of the app that a sample sets are in its manifest, and policies can be read.
fn variables(exported: &BTreeMap<String, String>) -> Result<(), String> {
    let manifest = fs::read_to_string(paths::manifest_with_timer()).expect("the manifest");
    let manifest: toml::Table = manifest.parse().expect("the manifest is TOML");
    for (name, value) in exported {
        let Some(name) = name.strip_prefix("SPIN_VARIABLE_") else {
            continue;
        };
        if manifest["variables"].get(name.to_lowercase()).is_none() {
            return Err(format!("the app has no variable {name}"));
        }
        if name.ends_with("_POLICY") {
            let policy = json(value)?;
            let known = ["allow", "deny", "requestsPerMinute", "concurrency"];
            let mut members = policy
                .as_object()
                .into_iter()
                .flat_map(|policy| policy.keys());
            if let Some(member) = members.find(|member| !known.contains(&member.as_str())) {
                return Err(format!("{name} has no {member}"));
            }
        }
    }
    Ok(())
}
