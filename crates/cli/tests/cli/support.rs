//! The binary, and a small HTTP server that answers it as a test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// The token that the tests' servers are asked with.
pub(crate) const TOKEN: &str = "t0ken-of-the-tests";

/// What the binary asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Method and path with query: `GET /runs?limit=20`.
    pub(crate) line: String,
    pub(crate) token: Option<String>,
    pub(crate) last_event: Option<String>,
    pub(crate) body: String,
}

/// A server on a port of its own, for as long as the test runs.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request with the status and JSON text that the function gives; with status 0 the text is all
    /// that is sent before the connection ends.
    pub(crate) fn new(mut answer: impl FnMut(&Request) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read_request(&mut BufReader::new(&stream)) else {
                    continue;
                };
                seen.lock().unwrap().push(request.clone());
                let (status, body) = answer(&request);
                let head = match status {
                    0 => String::new(),
                    status => format!(
                        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                        body.len()
                    ),
                };
                _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        Self { url, requests }
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_request(stream: &mut impl BufRead) -> Option<Request> {
    let mut first = String::new();
    stream.read_line(&mut first).ok()?;
    let (mut token, mut last_event, mut length) = (None, None, 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => token = value.strip_prefix("Bearer ").map(str::to_owned),
            "last-event-id" => last_event = Some(value.to_owned()),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let line = first.trim().strip_suffix(" HTTP/1.1")?.to_owned();
    Some(Request {
        line,
        token,
        last_event,
        body: String::from_utf8(body).ok()?,
    })
}

/// What the binary left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Standard output as one JSON document.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A folder with the binary in it, so to speak: it sees no other configuration than what is here.
pub(crate) struct Tasker {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Tasker {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// With the address of a server, and the token, in the environment.
    pub(crate) fn with(server: &Server) -> Self {
        Self::new()
            .variable("TASKER_URL", &server.url)
            .variable("TASKER_TOKEN", TOKEN)
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts a file below the folder.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs a command line in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> Done {
        self.run_in(Path::new("."), args, "")
    }

    /// Runs a command line in a terminal of this width (of `script`, which every Debian has). What it prints
    /// is given to `see` as it comes, and the answers of `see` are typed.
    pub(crate) fn run_in_terminal(
        &self,
        columns: u32,
        args: &[&str],
        mut see: impl FnMut(&str) -> Option<&'static str>,
    ) -> Done {
        let quoted = args
            .iter()
            .map(|arg| format!("'{}'", arg.replace('\'', "'\\''")));
        let line = format!(
            "stty cols {columns} rows 24 && exec {} {}",
            env!("CARGO_BIN_EXE_tasker"),
            quoted.collect::<Vec<_>>().join(" ")
        );
        let mut command = Command::new("script");
        let mut child = self
            .prepared(command.args(["-q", "-e", "-f", "-c", &line, "/dev/null"]))
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("there is the program `script`");
        let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (mut seen, mut bytes) = (Vec::new(), [0; 4096]);
        loop {
            let count = screen.read(&mut bytes).unwrap();
            if count == 0 {
                break;
            }
            seen.extend_from_slice(&bytes[..count]);
            if let Some(typed) = see(&String::from_utf8_lossy(&seen)) {
                keys.write_all(typed.as_bytes()).unwrap();
                keys.flush().unwrap();
            }
        }
        let output = child.wait_with_output().unwrap();
        Done {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(seen).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A command that sees the folder and the variables, and nothing else.
    fn prepared<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path().join("home"))
            .envs(self.variables.iter().cloned())
    }

    /// Runs a command line somewhere below the folder, with an input.
    pub(crate) fn run_in(&self, place: &Path, args: &[&str], stdin: &str) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tasker"));
        let mut child = self
            .prepared(command.args(args))
            .current_dir(self.folder.path().join(place))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input may be gone already.
        _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Done {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
