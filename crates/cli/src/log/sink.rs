//! Where log lines go: to a thread that writes them. If they cannot be written, nothing waits and nothing fails.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tasker_runtime::LogFile;
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use super::format::{self, Style};

/// How much may wait to be written when nobody reads the console; more is lost.
const WAITING: usize = 1 << 20;

/// What takes lines.
pub(super) trait Target: Send + 'static {
    fn line(&mut self, line: &[u8]) -> io::Result<()>;
}

impl Target for io::Stderr {
    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.write_all(line)
    }
}

impl Target for LogFile {
    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.append(line)
    }
}

/// The lines on their way to the target.
#[derive(Clone)]
pub(super) struct Sink(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// How many lines were lost since the last one that was written.
    lost: u64,
    /// Whether a line is being written.
    busy: bool,
}

impl Sink {
    /// Begins to write to the target.
    pub(super) fn new(style: Style, target: impl Target) -> Self {
        let sink = Self(Arc::default());
        let shared = sink.0.clone();
        // Without the thread there is no log, which is no reason not to serve.
        _ = thread::Builder::new()
            .name("log".into())
            .spawn(move || shared.write(style, target));
        sink
    }

    /// Waits until all is written, at most for this time.
    pub(super) fn finish(&self, limit: Duration) {
        let queue = self.0.lock();
        let pending = |queue: &mut Queue| queue.busy || !queue.lines.is_empty();
        drop(self.0.changed.wait_timeout_while(queue, limit, pending));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut queue = self.lock();
        if queue.bytes + line.len() > WAITING {
            queue.lost += 1;
        } else {
            queue.bytes += line.len();
            queue.lines.push_back(line.to_vec());
        }
        self.changed.notify_all();
    }

    /// The next line, and how many were lost before it.
    fn next(&self) -> (Vec<u8>, u64) {
        let mut queue = self.lock();
        queue.busy = false;
        self.changed.notify_all();
        loop {
            if let Some(line) = queue.lines.pop_front() {
                queue.bytes -= line.len();
                queue.busy = true;
                return (line, std::mem::take(&mut queue.lost));
            }
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn write(&self, style: Style, mut target: impl Target) {
        loop {
            let (line, lost) = self.next();
            let mut missing = lost;
            if lost > 0 {
                let note = format!("{lost} log lines were lost");
                let note = format::plain(style, Level::WARN, note);
                if target.line(note.as_bytes()).is_ok() {
                    missing = 0;
                }
            }
            if target.line(&line).is_err() {
                missing += 1;
            }
            self.lock().lost += missing;
        }
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;

    /// Fails, waits and takes as it is told.
    struct Console {
        written: Sender<String>,
        answers: Receiver<io::Result<()>>,
    }

    impl Target for Console {
        fn line(&mut self, line: &[u8]) -> io::Result<()> {
            let text = String::from_utf8_lossy(line).into_owned();
            self.written.send(text).unwrap();
            self.answers.recv().unwrap()
        }
    }

    #[test]
    fn a_console_that_fails_or_is_not_read_costs_lines_only() {
        let (written, lines) = mpsc::channel();
        let (answer, answers) = mpsc::channel();
        let style = Style {
            journal: true,
            ..Style::default()
        };
        let mut sink = Sink::new(style, Console { written, answers });
        let mut say = |text: &str| sink.write_all(text.as_bytes()).unwrap();
        let full = || Err(io::ErrorKind::StorageFull.into());

        say("one\n");
        assert_eq!(lines.recv().unwrap(), "one\n");
        // It hangs: what comes meanwhile waits, until that is too much.
        let long = format!("{}\n", ".".repeat(WAITING / 2));
        for _ in 0..3 {
            say(&long);
        }
        answer.send(full()).unwrap();
        // One that failed and one that had no room.
        assert_eq!(lines.recv().unwrap(), "<4>runtime: 3 log lines were lost\n");
        answer.send(full()).unwrap();
        assert_eq!(lines.recv().unwrap(), long);
        answer.send(Ok(())).unwrap();
        say("two\n");
        assert_eq!(lines.recv().unwrap(), "<4>runtime: 3 log lines were lost\n");
        answer.send(Ok(())).unwrap();
        assert_eq!(lines.recv().unwrap(), "two\n");
        answer.send(Ok(())).unwrap();
        sink.finish(Duration::from_secs(60));
        assert!(sink.0.lock().lines.is_empty());
    }
}
