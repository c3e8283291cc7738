//! Packs a task file: its source, and the sources of every module that it requires, directly or
//! through others.

mod error;
mod folder;
mod resolve;
mod scan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use tasker_api::{MODULES_MAX, PUBLISH_MAX_BYTES};
use tasker_domain::module;

pub(crate) use error::Error;
pub(crate) use folder::{Found, tasks_in};
use scan::{Place, Reference, Scan};

use crate::config::LOCK_FILE;

/// A task that is ready to be published.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name: from `@task`, else the file's.
    pub(crate) name: String,
    /// The source of the task file.
    pub(crate) code: String,
    /// The sources of its modules by path, relative to the task file's folder.
    pub(crate) modules: BTreeMap<String, String>,
    /// What may go wrong when it runs.
    pub(crate) warnings: Vec<String>,
}

/// Packs a task file. Modules are taken from below `root` only; without one, from below the task file's folder.
///
/// # Errors
/// If a source cannot be read or is not JavaScript, and if a module that it needs cannot be
/// packed. An optional one (its `require` stands in a `try` with a `catch`) only gives a warning.
pub(crate) fn pack(file: &Path, root: Option<&Path>) -> Result<Package, Error> {
    let file_name = file
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| Error::NotAFile {
            file: file.to_owned(),
        })?;
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let root = match root {
        Some(root) => canonical(root)?,
        None => canonical(&folder)?,
    };

    let mut packer = Packer {
        folder,
        root,
        bytes: 0,
        modules: BTreeMap::new(),
        warnings: Vec::new(),
    };
    packer.check_inside(file, file)?;
    let code = packer.read(file)?;
    let scan = packer.scan(file_name, file, &code)?;
    packer.follow(file_name, file, scan)?;
    Ok(Package {
        name: task_name(&code).unwrap_or_else(|| stem(file)),
        code,
        modules: packer.modules,
        warnings: packer.warnings,
    })
}

/// The name that a task file's JSDoc gives.
fn task_name(code: &str) -> Option<String> {
    tasker_jsdoc::parse(code).name
}

fn stem(file: &Path) -> String {
    file.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

struct Packer {
    folder: PathBuf,
    root: PathBuf,
    bytes: u64,
    modules: BTreeMap<String, String>,
    warnings: Vec<String>,
}

impl Packer {
    /// Packs what the source `key` refers to. Modules wait in a list, so that neither long chains
    /// nor cycles use up the stack.
    fn follow(&mut self, key: &str, path: &Path, scan: Scan) -> Result<(), Error> {
        let mut waiting = vec![(key.to_owned(), path.to_owned(), scan)];
        while let Some((key, path, scan)) = waiting.pop() {
            for place in scan.computed {
                self.warnings.push(format!(
                    "{}:{place}: the module's name is computed, so it cannot be packed",
                    tidy(&path).display()
                ));
            }
            for reference in scan.references {
                match self.add(&key, &path, &reference) {
                    Ok(Some(next)) => waiting.push(next),
                    Ok(None) => {}
                    Err(error) if reference.optional && error.is_unavailable() => {
                        self.warnings
                            .push(format!("{error} (optional: it stands in a `try`)"));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Packs one module, unless it is already packed.
    fn add(
        &mut self,
        from: &str,
        from_path: &Path,
        reference: &Reference,
    ) -> Result<Option<(String, PathBuf, Scan)>, Error> {
        let specifier = &reference.specifier;
        let at = || error::At {
            file: tidy(from_path),
            place: reference.place,
        };
        if module::built_in(specifier).is_some() {
            return Ok(None);
        }
        if !module::is_relative(specifier) {
            return Err(Error::NotRelative {
                at: at(),
                specifier: specifier.clone(),
            });
        }
        let wanted = module::join(from, specifier);
        let Some((key, path)) = resolve::find(&self.folder, &wanted) else {
            let looked_for = tidy(&self.folder.join(wanted));
            return Err(Error::Missing {
                at: at(),
                specifier: specifier.clone(),
                looked_for,
            });
        };
        if self.modules.contains_key(&key) {
            return Ok(None);
        }
        self.check_inside(&path, from_path)?;
        if self.modules.len() == MODULES_MAX {
            return Err(Error::TooMany {
                at: at(),
                limit: MODULES_MAX,
            });
        }
        let code = self.read(&path)?;
        let scan = self.scan(&key, &path, &code)?;
        self.modules.insert(key.clone(), code);
        Ok(Some((key, path, scan)))
    }

    /// A source that hides behind a link or many `..` must not carry off files of the machine, nor may one name the files of
    /// this folder in which programs keep their own things and secrets.
    fn check_inside(&self, path: &Path, from: &Path) -> Result<(), Error> {
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

    fn read(&mut self, path: &Path) -> Result<String, Error> {
        let unreadable = |source| Error::Unreadable {
            file: tidy(path),
            source,
        };
        self.bytes += fs::metadata(path).map_err(unreadable)?.len();
        if self.bytes > PUBLISH_MAX_BYTES as u64 {
            return Err(Error::TooLarge {
                file: tidy(path),
                limit: PUBLISH_MAX_BYTES,
            });
        }
        let bytes = fs::read(path).map_err(unreadable)?;
        String::from_utf8(bytes).map_err(|_| Error::NotUtf8 { file: tidy(path) })
    }

    fn scan(&self, key: &str, path: &Path, code: &str) -> Result<Scan, Error> {
        let syntax = |place, message| Error::Syntax {
            at: error::At {
                file: tidy(path),
                place,
            },
            message,
        };
        match Path::new(key)
            .extension()
            .and_then(|extension| extension.to_str())
        {
            Some("json") => match serde_json::from_str::<serde::de::IgnoredAny>(code) {
                Ok(_) => Ok(Scan::default()),
                Err(error) => Err(syntax(
                    Place::new(error.line(), error.column()),
                    error.to_string(),
                )),
            },
            Some("ts" | "tsx" | "mts" | "cts" | "jsx") => {
                Err(Error::NotJavaScript { file: tidy(path) })
            }
            extension => scan::scan(code, extension == Some("mjs"))
                .map_err(|error| syntax(error.place, error.message)),
        }
    }
}

fn canonical(path: &Path) -> Result<PathBuf, Error> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    fs::canonicalize(path).map_err(|source| Error::Unreadable {
        file: path.to_owned(),
        source,
    })
}

/// A path without `.` and inner `..`, for people.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match (component, tidy.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                tidy.pop();
            }
            (component, _) => tidy.push(component),
        }
    }
    tidy
}
