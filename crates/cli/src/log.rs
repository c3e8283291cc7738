//! The log of `tasker up`: lines of one form for what the runtime and the components say, on the console or in a file.

mod format;
mod sink;

use std::env;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tasker_runtime::LogFile;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use format::{Format, Style};
use sink::Sink;

/// How long the last lines may take to be written when the process ends.
const LAST: Duration = Duration::from_secs(1);

/// Where the log goes, and in which form.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Form of the log lines
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
    pub(crate) log_format: Form,
    /// Write the log lines to this file instead of standard error. At 8 MiB it is set aside as FILE.old
    #[arg(long, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people
    Text,
    /// An object a line, as the components write it
    Json,
}

/// The log. What is left of it is written when this is dropped.
pub(crate) struct Logging(Sink);

impl Drop for Logging {
    fn drop(&mut self) {
        self.0.finish(LAST);
    }
}

/// Begins to log, once in a process.
pub(crate) fn begin(log: &Log) -> Logging {
    let style = style(log);
    let sink = match &log.log_file {
        Some(path) => Sink::new(style, LogFile::new(path.clone())),
        None => Sink::new(style, io::stderr()),
    };
    let lines = fmt::layer()
        .event_format(Format(style))
        .with_writer(sink.clone())
        // If a line fails, nobody can be told.
        .log_internal_errors(false);
    // Crates other than Tasker's only report trouble.
    let wanted = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("tasker", LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(lines.with_filter(wanted))
        .init();
    Logging(sink)
}

fn style(log: &Log) -> Style {
    let console = log.log_file.is_none();
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style {
        json: log.log_format == Form::Json,
        journal: console && is_journal(),
        color: console && !no_color && io::stderr().is_terminal(),
    }
}

/// Whether standard error is the stream that systemd has connected with its journal, which reads the severity of a line
/// from its beginning.
fn is_journal() -> bool {
    let Ok(stream) = env::var("JOURNAL_STREAM") else {
        return false;
    };
    let Ok(stderr) = io::stderr().as_fd().try_clone_to_owned() else {
        return false;
    };
    File::from(stderr)
        .metadata()
        .is_ok_and(|file| stream == format!("{}:{}", file.dev(), file.ino()))
}
