//! The files of a task: which may be read, and what they are called.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use tasker_api::PUBLISH_MAX_BYTES;
use tasker_domain::module;

use crate::typescript::{self, Sources, Types};
use crate::{Error, LOCK_FILE, canonical, is_typescript, tidy};

/// Where packages are.
const PACKAGES: &str = "node_modules";
/// Where a project's files are described.
const MANIFEST: &str = "package.json";

/// The files of a task.
#[derive(Debug)]
pub(crate) struct Files {
    /// The folder of the task file.
    pub(crate) folder: PathBuf,
    /// Its real path.
    real: PathBuf,
    /// The folder that holds all of the task's own modules; a real path.
    pub(crate) root: PathBuf,
    /// The folder with the highest `node_modules` that packages are taken from; a real path.
    pub(crate) project: PathBuf,
}

impl Files {
    /// The project is the nearest folder with a `package.json`, or `root` if that is above it.
    pub(crate) fn new(folder: PathBuf, root: PathBuf) -> Result<Self, Error> {
        let real = canonical(&folder)?;
        let nearest = real
            .ancestors()
            .find(|folder| folder.join(MANIFEST).is_file());
        let project = match nearest {
            Some(nearest) if !nearest.starts_with(&root) => nearest.to_owned(),
            _ => root.clone(),
        };
        Ok(Self {
            folder,
            real,
            root,
            project,
        })
    }

    /// What a file, given by its real path, is called from the task file's folder.
    pub(crate) fn key_of(&self, path: &Path) -> Option<String> {
        let from: Vec<_> = self.real.components().collect();
        let to: Vec<_> = path.components().collect();
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let down: Option<Vec<_>> = to[common..]
            .iter()
            .map(|part| part.as_os_str().to_str())
            .collect();
        Some("../".repeat(from.len() - common) + &down?.join("/"))
    }

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
        let of_package = real.strip_prefix(&self.project).ok();
        let of_package = of_package.filter(|inside| inside.iter().any(|part| part == PACKAGES));
        let (base, inside) = match (real.strip_prefix(&self.root), of_package) {
            (Ok(inside), _) => (&self.root, inside),
            (_, Some(inside)) => (&self.project, inside),
            _ => {
                return Err(Error::Outside {
                    file: tidy(path),
                    from: tidy(from),
                    root: self.root.clone(),
                });
            }
        };
        let hidden = is_hidden(inside);
        let folders = inside.ancestors().skip(1);
        let mut folders = folders.map(|folder| base.join(folder));
        match hidden || folders.any(|folder| folder.join(LOCK_FILE).exists()) {
            false => Ok(()),
            true => Err(Error::Private {
                file: tidy(path),
                from: tidy(from),
            }),
        }
    }
}

/// Whether a file or a folder around it has a name that begins with a dot. That in which pnpm keeps packages does not count.
fn is_hidden(inside: &Path) -> bool {
    let mut before = None;
    inside.iter().any(|part| {
        let is_store = part == ".pnpm" && before == Some(OsStr::new(PACKAGES));
        before = Some(part);
        !is_store && part.as_encoded_bytes().starts_with(b".")
    })
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
