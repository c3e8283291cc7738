//! `publish`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use tasker_api::{Added, Change, PublishTask, PublishedTask};
use tasker_pack::readable;

use crate::Error;
use crate::client::{Client, encode};
use crate::commands::passed::{self, Passed};
use crate::commands::{Execute, list};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::Output;

/// Publish task files
///
/// Takes files, and folders: of a folder, every file directly in it that exports a task or says
/// `@task`. The modules that a task requires by relative paths are packed with it, and listed. Publishing the
/// same code again changes nothing; runs keep the version that they began with.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker publish taskcode/parallel-fan-out.js
  tasker publish --all                         everything in ./taskcode
  tasker publish tasks/ --root .               modules may come from all of this folder
  tasker publish report.js --keystore mail --keystore 'reports-*'
  tasker publish --list                        what is published")]
pub(crate) struct Publish {
    /// Task files, or folders of them
    #[arg(value_name = "FILE OR FOLDER", required_unless_present_any = ["all", "list"])]
    paths: Vec<PathBuf>,
    /// Publish the folder ./taskcode
    #[arg(long)]
    all: bool,
    /// List what is published instead, as `tasker list` does
    #[arg(long, conflicts_with_all = ["all", "paths", "root", "name", "keystore", "calls", "hears"])]
    list: bool,
    /// Folder that modules may be taken from [default: the task file's]
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
    /// Namespace of the keystore that the tasks may use, such as reports-*; repeatable, "" for none
    /// [default: what their @keystore says]
    #[arg(long, value_name = "NAMESPACE")]
    keystore: Vec<String>,
    /// Task that the tasks may call and start, such as report-*; repeatable, "" for none [default: what their @calls says]
    #[arg(long, value_name = "TASK")]
    calls: Vec<String>,
    /// Event that the tasks may wait for, such as order-*; repeatable, "" for none [default: what their @hears says]
    #[arg(long, value_name = "EVENT")]
    hears: Vec<String>,
    /// Publish a single file under this name [default: its @task, else the file's name]
    #[arg(long, conflicts_with = "all")]
    name: Option<String>,
}

/// The folder that `--all` publishes.
const ALL: &str = "taskcode";

/// What became of one file.
#[derive(Serialize)]
#[serde(untagged)]
enum Report {
    #[serde(rename_all = "camelCase")]
    Published {
        file: PathBuf,
        #[serde(flatten)]
        task: Box<PublishedTask>,
        modules: Vec<String>,
        bytes: usize,
        warnings: Vec<String>,
    },
    Failed {
        file: PathBuf,
        error: Value,
    },
}

/// What was sent of one file.
struct Packed {
    modules: Vec<String>,
    summary: Vec<String>,
    bytes: usize,
    warnings: Vec<String>,
}

/// One that fails does not stop the others.
impl Execute for Publish {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        if self.list {
            return list::list(client, output);
        }
        let Chosen { files, passed } = choose(output, self)?;
        if self.name.is_some() && files.len() != 1 {
            return Err(Error::Usage("--name is for a single file".to_owned()));
        }

        let mut names = BTreeMap::new();
        let mut reports = Vec::new();
        for file in files {
            match publish_file(client, &file, self, &mut names) {
                Ok((task, packed)) => {
                    for warning in &packed.warnings {
                        output.warning(warning);
                    }
                    if !packed.modules.is_empty() && !output.json {
                        let (file, summary) = (file.display(), packed.summary.join(", "));
                        output.note(format!(
                            "{file}: packed {summary}; {} in all",
                            readable(packed.bytes)
                        ));
                    }
                    if let Some(asks) = asks(&task).filter(|_| !output.json) {
                        output.note(format!("{}: {asks}", task.name));
                    }
                    reports.push(Report::Published {
                        file,
                        task: Box::new(task),
                        modules: packed.modules,
                        bytes: packed.bytes,
                        warnings: packed.warnings,
                    });
                }
                // The other files would fail in the same way.
                Err(error) if error.is_connection() => return Err(error),
                Err(error) => {
                    // Errors of our own name the file.
                    match &error {
                        Error::Refused { .. } => {
                            output.error(format!("{}: {error}", file.display()));
                        }
                        _ => output.error(&error),
                    }
                    reports.push(Report::Failed {
                        file,
                        error: error.to_json(),
                    });
                }
            }
        }
        show(output, &reports, &passed)?;
        let failed = reports
            .iter()
            .any(|report| matches!(report, Report::Failed { .. }));
        Ok(if failed { Exit::Failed } else { Exit::Done })
    }
}

/// What the options choose.
#[derive(Default)]
struct Chosen {
    /// The files to publish, each once.
    files: Vec<PathBuf>,
    /// What else is in their folders.
    passed: Vec<Passed>,
}

fn choose(output: Output, options: &Publish) -> Result<Chosen, Error> {
    let mut paths = options.paths.clone();
    if options.all {
        if !Path::new(ALL).is_dir() {
            return Err(Error::Usage(format!(
                "there is no folder {ALL} here, which --all publishes: go to the folder of your project, or name \
                 files and folders, as in `tasker publish report.js`"
            )));
        }
        paths.push(PathBuf::from(ALL));
    }
    let mut chosen = Chosen::default();
    for path in paths {
        if path.is_dir() {
            let found = tasker_pack::tasks_in(&path)?;
            let passed = passed::over(&path, &found)?;
            for Passed { file, reason } in &passed {
                output.note(format!("{}: passed over, {reason}", file.display()));
            }
            if found.tasks.is_empty() {
                let reason = "no file in this folder exports a task, as \
                              `module.exports = async (input, context) => { … }` does";
                return Err(Error::file(path, reason));
            }
            chosen.passed.extend(passed);
            chosen.files.extend(found.tasks);
        } else if path.exists() {
            chosen.files.push(path);
        } else {
            let place = std::env::current_dir().unwrap_or_default();
            let reason = format!(
                "there is no such file or folder in {}; `tasker publish --all` publishes ./{ALL}",
                place.display()
            );
            return Err(Error::file(path, reason));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    chosen.files.retain(|file| seen.insert(file.clone()));
    Ok(chosen)
}

fn publish_file(
    client: &Client,
    file: &Path,
    options: &Publish,
    names: &mut BTreeMap<String, PathBuf>,
) -> Result<(PublishedTask, Packed), Error> {
    let package = tasker_pack::pack(file, options.root.as_deref())?;
    let packed = Packed {
        modules: package.modules.keys().cloned().collect(),
        summary: package.summary(),
        bytes: package.bytes(),
        warnings: package.warnings,
    };
    let name = options.name.clone().unwrap_or(package.name);
    if let Some(other) = names.insert(name.clone(), file.to_owned()) {
        let reason = format!("{} was published as `{name}` just now", other.display());
        return Err(Error::file(file, reason));
    }
    let body = PublishTask {
        code: package.code,
        modules: package.modules,
        keystore: patterns(&options.keystore),
        calls: patterns(&options.calls),
        hears: patterns(&options.hears),
    };
    let task = client.put(&format!("/tasks/{}", encode(&name)), &body)?;
    Ok((task, packed))
}

/// The patterns that an option gives; `None` if it is not there.
fn patterns(given: &[String]) -> Option<Vec<String>> {
    let named = given.iter().filter(|name| !name.is_empty());
    (!given.is_empty()).then(|| named.cloned().collect())
}

/// What a task may do beyond computing, and what of it is new, if there is anything to say.
fn asks(task: &PublishedTask) -> Option<String> {
    let list = |patterns: &[String]| match patterns {
        [] => "nothing".to_owned(),
        some => some.join(", "),
    };
    let declared = [
        ("uses of the keystore", &task.keystore),
        ("calls", &task.calls),
        ("hears", &task.hears),
    ];
    let declared = declared.iter().filter_map(|(what, patterns)| {
        let patterns = patterns.as_deref()?;
        Some(format!("{what}: {}", list(patterns)))
    });
    let Added {
        keystore,
        calls,
        hears,
    } = &task.added;
    let added = [("keystore", keystore), ("calls", calls), ("hears", hears)];
    let added = added
        .iter()
        .filter(|(_, patterns)| !patterns.is_empty() && task.change != Change::Created)
        .map(|(what, patterns)| format!("NEW in {what}: {}", list(patterns)));
    let said: Vec<_> = declared.chain(added).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn show(output: Output, reports: &[Report], passed: &[Passed]) -> Result<(), Error> {
    if output.json {
        return output.value(&serde_json::json!({ "items": reports, "passedOver": passed }));
    }
    let rows: Vec<_> = reports
        .iter()
        .filter_map(|report| match report {
            Report::Published {
                file,
                task,
                modules,
                ..
            } => Some([
                task.name.clone(),
                change(task.change).to_owned(),
                list::short(&task.version),
                modules.len().to_string(),
                file.display().to_string(),
            ]),
            Report::Failed { .. } => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    output.table(&["TASK", "CHANGE", "VERSION", "MODULES", "FILE"], rows)
}

fn change(change: Change) -> &'static str {
    match change {
        Change::Created => "created",
        Change::Updated => "updated",
        Change::Unchanged => "unchanged",
    }
}
