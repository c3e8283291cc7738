//! The files of a task: which may be read, and what they are called.

use std::fs;
use std::path::{Path, PathBuf};

use tasker_api::PUBLISH_MAX_BYTES;
use tasker_domain::module;

use crate::typescript::{self, Sources, Types};
use crate::{Error, LOCK_FILE, canonical, is_typescript, tidy};

/// The folder of a task file, and the one that holds all that may be packed.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) folder: PathBuf,
    pub(crate) root: PathBuf,
}

impl Files {
    /// The first path that is a file of those that a name may mean, and that file.
    pub(crate) fn find(&self, wanted: &str) -> Option<(String, PathBuf)> {
        module::candidates(wanted).find_map(|key| {
            let path = self.folder.join(&key);
            path.is_file().then_some((key, path))
        })
    }

    /// A source that hides behind a link or many `..` must not carry off files of the machine, nor may one name the files of
    /// this folder in which programs keep their own things and secrets.
    pub(crate) fn check_inside(&self, path: &Path, from: &Path) -> Result<(), Error> {
        let real = canonical(path)?;
        let Ok(inside) = real.strip_prefix(&self.root) else {
            return Err(Error::Outside {
                file: tidy(path),
                from: tidy(from),
                root: self.root.clone(),
            });
        };
        let hidden = inside
            .components()
            .any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."));
        let folders = inside.ancestors().skip(1);
        let mut folders = folders.map(|folder| self.root.join(folder));
        match hidden || folders.any(|folder| folder.join(LOCK_FILE).exists()) {
            false => Ok(()),
            true => Err(Error::Private {
                file: tidy(path),
                from: tidy(from),
            }),
        }
    }
}

/// How many bytes a file has.
pub(crate) fn size(path: &Path) -> Result<u64, Error> {
    let known = fs::metadata(path).map(|file| file.len());
    known.map_err(|source| Error::Unreadable {
        file: tidy(path),
        source,
    })
}

/// A file's text.
pub(crate) fn text(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Unreadable {
        file: tidy(path),
        source,
    })?;
    String::from_utf8(bytes).map_err(|_| Error::NotUtf8 { file: tidy(path) })
}

/// Types are looked up in files that need not be packed, as they may have nothing else. One that cannot be read says nothing.
impl Sources for Files {
    fn path(&self, from: &str, specifier: &str) -> Option<String> {
        if !module::is_relative(specifier) {
            return None;
        }
        let wanted = module::join(from, specifier);
        let stem = wanted.strip_suffix(".js").unwrap_or(&wanted);
        let declares = format!("{stem}.d.ts");
        let is_there = |path: &Path| {
            path.is_file() && is_typescript(path) && self.check_inside(path, &self.folder).is_ok()
        };
        let mut paths = module::candidates(&wanted).chain([declares]);
        paths.find(|key| is_there(&self.folder.join(key)))
    }

    fn types(&self, path: &str) -> Option<Types> {
        let path = self.folder.join(path);
        if size(&path).ok()? > PUBLISH_MAX_BYTES as u64 {
            return None;
        }
        typescript::types(&text(&path).ok()?).ok()
    }
}
