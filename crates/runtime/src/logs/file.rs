//! A file of log lines that does not grow without bound.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that grows to this is set aside.
const LIMIT: u64 = 8 << 20;

/// A file of log lines. One that is full (8 MiB) is set aside as `<name>.old.<extension>`, in place of the one set aside before.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    size: u64,
    /// Whether the last line is not complete.
    torn: bool,
}

impl LogFile {
    /// The file at this path, which is opened, and made with its folder, when there is something to write.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    /// Writes a line, which has its line break.
    ///
    /// # Errors
    /// If the line is lost. The next one may be written again.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let open = match &mut self.open {
            Some(open) => open,
            None => self.open.insert(Open::append(&self.path)?),
        };
        if open.size >= LIMIT {
            std::fs::rename(&self.path, old(&self.path))?;
            *open = Open::append(&self.path)?;
        }
        open.write(line)
    }
}

fn old(path: &Path) -> PathBuf {
    let mut extension = OsString::from("old.");
    extension.push(path.extension().unwrap_or_default());
    path.with_extension(extension)
}

impl Open {
    fn append(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)?;
        let size = file.metadata()?.len();
        Ok(Self {
            file,
            size,
            torn: false,
        })
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.torn {
            self.file.write_all(b"\n")?;
        }
        // Until it is written whole.
        self.torn = true;
        self.file.write_all(line)?;
        self.torn = false;
        self.size += line.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_set_aside_once() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name| std::fs::read(folder.path().join(name)).unwrap();
        let open = || LogFile::new(folder.path().join("a_stdout.txt"));

        open().append(b"one\n").unwrap();
        let mut log = open();
        log.append(&vec![b'.'; usize::try_from(LIMIT).unwrap()])
            .unwrap();
        log.append(b"two\n").unwrap();
        assert_eq!(read("a_stdout.txt"), b"two\n");
        let old = read("a_stdout.old.txt");
        assert!(old.starts_with(b"one\n."), "kept over a restart");
        assert_eq!(old.len() as u64, LIMIT + 4);
    }

    #[test]
    fn a_full_disk_loses_the_line_only() {
        let mut log = LogFile::new("/dev/full".into());
        for _ in 0..2 {
            let error = log.append(b"lost\n").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        }
        assert!(
            log.open.unwrap().torn,
            "a line that may be there in part is ended before the next"
        );
    }
}
