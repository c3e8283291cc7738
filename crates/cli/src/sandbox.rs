//! The sandbox of the outside world: a program beside this one, which lives as long as this process.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde::Deserialize;

use crate::Error;

const PROGRAM: &str = "tasker-sandbox";

/// What the program prints when it serves.
#[derive(Deserialize)]
struct Ready {
    url: String,
    variables: BTreeMap<String, String>,
}

/// A sandbox that serves. It ends when this is dropped, and with this process, however that ends: then
/// the pipe that it listens to is closed.
pub(crate) struct Sandbox {
    ready: Ready,
    process: Child,
    life: Option<ChildStdin>,
}

impl Sandbox {
    /// Starts the program that stands beside this one, on a free port.
    ///
    /// # Errors
    /// If it is missing or does not start to serve.
    pub(crate) fn start() -> Result<Self, Error> {
        let program = env::current_exe()?
            .with_file_name(PROGRAM)
            .with_extension(env::consts::EXE_EXTENSION);
        if !program.is_file() {
            let reason = "there is no such program; scripts/build makes it";
            return Err(Error::file(program, reason));
        }
        let mut command = Command::new(&program);
        command.args(["--json", "--until-stdin-ends"]);
        // Ctrl-C is for this process, which may have requests to finish that need the sandbox.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Error::file(&program, error))?;
        let life = process.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        match serde_json::from_str(&line) {
            Ok(ready) => Ok(Self {
                ready,
                process,
                life,
            }),
            Err(_) => {
                drop(life);
                process.wait()?;
                Err(Error::file(program, "it ended instead of serving"))
            }
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.ready.url
    }

    /// Makes the app use it. What was given on the command line stays, but for where services are.
    ///
    /// # Errors
    /// If a variable was given that leads elsewhere.
    pub(crate) fn set_variables(
        &self,
        variables: &mut BTreeMap<String, String>,
    ) -> Result<(), Error> {
        for (name, value) in &self.ready.variables {
            if value.starts_with(self.url()) && variables.contains_key(name) {
                return Err(Error::Usage(format!(
                    "--sandbox and --variable {name} exclude each other: both say where a service is"
                )));
            }
            variables
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
        Ok(())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.life.take());
        // It has ended, or ends now.
        let _ = self.process.wait();
    }
}
