//! Packs modules, one after the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tasker_api::{MODULES_MAX, PUBLISH_MAX_BYTES};
use tasker_domain::module;

use crate::files::{Files, size, text};
use crate::place::{Place, SyntaxError};
use crate::scan::{self, Reference, Scan};
use crate::typescript::{self, Types};
use crate::{At, Error, is_typescript, tidy};

/// What is packed so far.
pub(crate) struct Packer {
    pub(crate) files: Files,
    bytes: u64,
    pub(crate) modules: BTreeMap<String, String>,
    pub(crate) warnings: Vec<String>,
}

impl Packer {
    pub(crate) fn new(files: Files) -> Self {
        Self {
            files,
            bytes: 0,
            modules: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    /// Packs what the source `key` refers to. Modules wait in a list, so that neither long chains
    /// nor cycles use up the stack.
    pub(crate) fn follow(&mut self, key: &str, path: &Path, scan: Scan) -> Result<(), Error> {
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
        let at = || At {
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
        let Some((key, path)) = self.files.find(&wanted) else {
            let looked_for = tidy(&self.files.folder.join(wanted));
            return Err(Error::Missing {
                at: at(),
                specifier: specifier.clone(),
                looked_for,
            });
        };
        if self.modules.contains_key(&key) {
            return Ok(None);
        }
        self.files.check_inside(&path, from_path)?;
        if self.modules.len() == MODULES_MAX {
            return Err(Error::TooMany {
                at: at(),
                limit: MODULES_MAX,
            });
        }
        let (code, _) = self.read(&path)?;
        let scan = scan_file(&key, &path, &code)?;
        self.modules.insert(key.clone(), code);
        Ok(Some((key, path, scan)))
    }

    /// A source as JavaScript, and what it says of types if it is TypeScript.
    pub(crate) fn read(&mut self, path: &Path) -> Result<(String, Option<Types>), Error> {
        self.bytes += size(path)?;
        if self.bytes > PUBLISH_MAX_BYTES as u64 {
            return Err(Error::TooLarge {
                file: tidy(path),
                limit: PUBLISH_MAX_BYTES,
            });
        }
        let source = text(path)?;
        if !is_typescript(path) {
            return Ok((source, None));
        }
        let erased = typescript::erase(&source).map_err(|error| Error::syntax(path, error))?;
        Ok((erased.code, Some(erased.types)))
    }
}

/// Reads what a file, packed as `key`, refers to.
pub(crate) fn scan_file(key: &str, path: &Path, code: &str) -> Result<Scan, Error> {
    let extension = Path::new(key).extension();
    match extension.and_then(|extension| extension.to_str()) {
        Some("json") => match serde_json::from_str::<serde::de::IgnoredAny>(code) {
            Ok(_) => Ok(Scan::default()),
            Err(error) => Err(Error::syntax(
                path,
                SyntaxError {
                    place: Place::new(error.line(), error.column()),
                    message: error.to_string(),
                },
            )),
        },
        Some("tsx" | "jsx") => Err(Error::NotJavaScript { file: tidy(path) }),
        extension => scan::scan(code, matches!(extension, Some("mjs" | "mts")))
            .map_err(|error| Error::syntax(path, error)),
    }
}
