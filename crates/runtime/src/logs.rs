//! Output of components: `logs/<component>_stdout.txt` and `_stderr.txt` in the state folder, and the console.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// A file that grows to this is set aside as `<name>.old.txt`, in place of the one set aside before.
const LIMIT: u64 = 8 << 20;
/// How much a component may write at a time.
const CHUNK: usize = 64 << 10;

/// One output stream of one component, shared by all its instances.
#[derive(Clone)]
pub(crate) struct Log(Arc<Target>);

struct Target {
    path: PathBuf,
    follow: bool,
    open: Mutex<Open>,
}

struct Open {
    file: File,
    size: u64,
}

impl Log {
    /// Opens `<folder>/<component>_<stream>.txt` for appending. What is written also goes to standard error if `follow` is set.
    pub(crate) fn open(
        folder: &Path,
        component: &str,
        stream: &str,
        follow: bool,
    ) -> std::io::Result<Self> {
        let path = folder.join(format!("{component}_{stream}.txt"));
        let open = Mutex::new(Open::append(&path)?);
        Ok(Self(Arc::new(Target { path, follow, open })))
    }

    /// Never fails: what cannot be written, as on a full disk or to a console that is gone, is lost, and the component goes on.
    fn append(&self, bytes: &[u8]) {
        let target = &*self.0;
        let mut open = target.open.lock().unwrap_or_else(PoisonError::into_inner);
        _ = open.write(bytes, &target.path);
        if target.follow {
            _ = std::io::stderr().write_all(bytes);
        }
    }
}

impl Open {
    fn append(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { file, size })
    }

    /// Writes all of it, or nothing.
    fn write(&mut self, bytes: &[u8], path: &Path) -> std::io::Result<()> {
        if self.size >= LIMIT {
            match std::fs::rename(path, path.with_extension("old.txt")) {
                // It was set aside before, when no new one could be made.
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => *self = Self::append(path)?,
            }
        }
        let written = self.file.write_all(bytes);
        match &written {
            Ok(()) => self.size += bytes.len() as u64,
            // The next line must not go on where this one broke off.
            Err(_) => self.file.set_len(self.size)?,
        }
        written
    }
}

impl IsTerminal for Log {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Log {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Log {
    async fn ready(&mut self) {}
}

impl OutputStream for Log {
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

impl AsyncWrite for Log {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.append(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_set_aside_once() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name| std::fs::read(folder.path().join(name)).unwrap();
        let open = || Log::open(folder.path(), "a", "stdout", false).unwrap();

        open().append(b"one\n");
        let log = open();
        log.append(&vec![b'.'; usize::try_from(LIMIT).unwrap()]);
        log.append(b"two\n");
        assert_eq!(read("a_stdout.txt"), b"two\n");
        let old = read("a_stdout.old.txt");
        assert!(old.starts_with(b"one\n."), "kept over a restart");
        assert_eq!(old.len() as u64, LIMIT + 4);
    }

    #[test]
    fn what_cannot_be_written_is_lost_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::open(folder.path(), "a", "stderr", false).unwrap();
        log.append(b"one\n");
        let broken = File::open(folder.path().join("a_stderr.txt")).unwrap();
        let sound = std::mem::replace(&mut log.0.open.lock().unwrap().file, broken);
        log.append(b"lost\n");
        assert!(log.clone().write(Bytes::from_static(b"lost\n")).is_ok());
        log.0.open.lock().unwrap().file = sound;
        log.append(b"two\n");
        // The file has grown to its limit, and has been moved away.
        log.0.open.lock().unwrap().size = LIMIT;
        std::fs::remove_file(folder.path().join("a_stderr.txt")).unwrap();
        log.append(b"three\n");
        let text = std::fs::read_to_string(folder.path().join("a_stderr.txt")).unwrap();
        assert_eq!(
            (text.as_str(), log.0.open.lock().unwrap().size),
            ("three\n", 6)
        );
    }
}
