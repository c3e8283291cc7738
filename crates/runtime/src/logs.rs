//! Output of components: `logs/<component>_stdout.txt` and `_stderr.txt` in the state folder, and the console. A line that cannot
//! be written is lost; no component fails because of it.

mod console;
mod file;

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

pub use file::LogFile;

/// How much a component may write at a time.
const CHUNK: usize = 64 << 10;
/// A longer line is written as several.
const LINE: usize = 64 << 10;

/// Which of a component's streams.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    Out,
    Err,
}

/// One output stream of one component, shared by all its instances.
#[derive(Clone)]
pub(crate) struct Log(Arc<Target>);

struct Target {
    component: String,
    stream: Stream,
    /// Whether lines go to the console too.
    follow: bool,
    file: Mutex<Kept>,
}

struct Kept {
    file: LogFile,
    /// Whether the last line could not be written.
    fails: bool,
}

impl Log {
    /// Lines go to `<folder>/<component>_<stream>.txt`, and to the console if `follow` is set.
    pub(crate) fn new(folder: &Path, component: &str, stream: Stream, follow: bool) -> Self {
        let name = match stream {
            Stream::Out => "stdout",
            Stream::Err => "stderr",
        };
        let file = LogFile::new(folder.join(format!("{component}_{name}.txt")));
        let kept = Kept { file, fails: false };
        Self(Arc::new(Target {
            component: component.to_owned(),
            stream,
            follow,
            file: Mutex::new(kept),
        }))
    }

    /// Keeps a line, which has its line break.
    fn line(&self, line: &[u8]) {
        let target = &*self.0;
        let mut kept = target.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = kept.file.append(line);
        let failed_before = std::mem::replace(&mut kept.fails, written.is_err());
        drop(kept);
        if let Err(error) = written
            && !failed_before
        {
            tracing::warn!(
                "the log of component `{}` loses lines: {error}",
                target.component
            );
        }
        if target.follow {
            console::tell(&target.component, target.stream, line);
        }
    }

    fn writer(&self) -> Writer {
        Writer {
            log: self.clone(),
            begun: Vec::new(),
        }
    }
}

/// What one instance writes. Lines of several instances are not mixed.
struct Writer {
    log: Log,
    /// The line that is not complete.
    begun: Vec<u8>,
}

impl Writer {
    fn append(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.log.line(&std::mem::take(&mut self.begun));
            } else if self.begun.len() >= LINE {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        if !self.begun.is_empty() {
            self.begun.push(b'\n');
            self.log.line(&std::mem::take(&mut self.begun));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end();
    }
}

impl IsTerminal for Log {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Log {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.writer())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.writer())
    }
}

#[async_trait::async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {}
}

impl OutputStream for Writer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.append(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK)
    }
}

impl AsyncWrite for Writer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.append(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_whole_and_what_cannot_be_written_harms_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let log = Log::new(&logs, "a", Stream::Out, false);
        let read = || std::fs::read_to_string(logs.join("a_stdout.txt")).unwrap();
        let (mut one, mut two) = (log.writer(), log.writer());

        std::fs::write(&logs, "in the way").unwrap();
        one.append(b"lost\n");
        std::fs::remove_file(&logs).unwrap();
        one.append(b"on");
        two.append(b"two\nthr");
        one.append(b"e\n");
        assert_eq!(read(), "two\none\n");
        drop(two);
        assert_eq!(
            read(),
            "two\none\nthr\n",
            "the end of an instance ends its line"
        );

        one.append(&vec![b'.'; LINE + 1]);
        assert_eq!(
            read().lines().last().unwrap().len(),
            LINE + 1,
            "no line grows without bound"
        );
        assert!(one.begun.is_empty());
    }
}
