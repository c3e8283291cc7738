//! Packs modules, one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use oxc_resolver::ResolveError;
use tasker_api::{MODULES_MAX, PUBLISH_MAX_BYTES};
use tasker_domain::module;

use crate::files::{Files, size, text};
use crate::names::{NOTHING, is_of_package, is_source, relative, renamed};
use crate::npm::{self, Packages, Resolved};
use crate::place::{Place, SyntaxError};
use crate::scan::{self, Reference, Scan};
use crate::typescript::{self, Types};
use crate::{At, Error, canonical, is_typescript, tidy};

/// A source that is read and not packed yet.
pub(crate) struct Source {
    /// What it is called among the modules.
    pub(crate) key: String,
    pub(crate) path: PathBuf,
    pub(crate) code: String,
    pub(crate) scan: Scan,
}

/// What becomes of a module's name.
#[derive(Default)]
struct Target {
    /// What is written instead, if the VM would not find the module otherwise.
    name: Option<String>,
    /// The module, if it is not packed yet.
    source: Option<Source>,
}

/// What is packed so far.
pub(crate) struct Packer {
    pub(crate) files: Files,
    packages: Packages,
    bytes: u64,
    /// The keys of the modules that are read.
    seen: BTreeSet<String>,
    /// By which source each module was needed first.
    needed_by: BTreeMap<String, String>,
    pub(crate) modules: BTreeMap<String, String>,
    pub(crate) warnings: Vec<String>,
}

impl Packer {
    pub(crate) fn new(files: Files) -> Self {
        Self {
            packages: Packages::of(&files.project),
            files,
            bytes: 0,
            seen: BTreeSet::new(),
            needed_by: BTreeMap::new(),
            modules: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    /// Packs what the task file refers to, and gives its code. Modules wait in a list, so that neither long chains
    /// nor cycles use up the stack.
    pub(crate) fn follow(&mut self, task: Source) -> Result<String, Error> {
        let mut waiting = Vec::new();
        let code = self.pack(task, &mut waiting)?;
        while let Some(source) = waiting.pop() {
            let key = source.key.clone();
            let code = self.pack(source, &mut waiting)?;
            self.modules.insert(key, code);
        }
        Ok(code)
    }

    /// The code of a source in which every module has the name that it is found by.
    fn pack(&mut self, source: Source, waiting: &mut Vec<Source>) -> Result<String, Error> {
        for place in Place::all(&source.code, &source.scan.computed) {
            self.warnings.push(format!(
                "{}:{place}: the module's name is computed, so it cannot be packed",
                tidy(&source.path).display()
            ));
        }
        let mut names = Vec::new();
        for reference in &source.scan.references {
            match self.add(&source, reference) {
                Ok(target) => {
                    names.extend(target.name.map(|name| (reference.span.clone(), name)));
                    waiting.extend(target.source);
                }
                Err(error) if reference.optional && error.is_unavailable() => {
                    self.warnings
                        .push(format!("{error} (optional: it stands in a `try`)"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(renamed(&source.code, names))
    }

    /// Packs one module, unless it is already packed.
    fn add(&mut self, from: &Source, reference: &Reference) -> Result<Target, Error> {
        let specifier = &reference.specifier;
        if module::built_in(specifier).is_some() {
            return Ok(Target::default());
        }
        let is_relative = module::is_relative(specifier);
        if is_relative && !is_of_package(&from.key) {
            return self.add_own(from, reference);
        }
        let has_scheme = specifier.contains(':') && !specifier.starts_with("node:");
        if has_scheme || specifier.starts_with('/') || specifier.is_empty() {
            return Err(Error::NotRelative {
                at: at(from, reference),
                specifier: specifier.clone(),
            });
        }
        let real = canonical(&from.path)?;
        let folder = real.parent().unwrap_or(&real);
        let found = self.packages.resolve(folder, specifier, reference.kind);
        let path = match found.map_err(|error| self.unresolved(from, reference, error))? {
            Resolved::Nothing => {
                self.modules.insert(NOTHING.to_owned(), String::new());
                return Ok(Target {
                    name: Some(NOTHING.to_owned()),
                    source: None,
                });
            }
            Resolved::File(path) => path,
        };
        let key = self.files.key_of(&path);
        let named = key.as_ref().and_then(|key| relative(&from.key, key));
        let (Some(key), Some(named)) = (key, named) else {
            return Err(Error::Outside {
                file: path,
                from: tidy(&from.path),
                root: self.files.root.clone(),
            });
        };
        let is_found = is_relative
            && (self.files.find(&module::join(&from.key, specifier)))
                .is_some_and(|(found, _)| found == key);
        Ok(Target {
            name: (!is_found).then_some(named),
            source: self.source(from, reference, key, path)?,
        })
    }

    /// Packs a module of the task's own files.
    fn add_own(&mut self, from: &Source, reference: &Reference) -> Result<Target, Error> {
        let wanted = module::join(&from.key, &reference.specifier);
        let Some((key, path)) = self.files.find(&wanted) else {
            return Err(Error::Missing {
                at: at(from, reference),
                specifier: reference.specifier.clone(),
                looked_for: tidy(&self.files.folder.join(wanted)),
            });
        };
        Ok(Target {
            name: None,
            source: self.source(from, reference, key, path)?,
        })
    }

    /// Reads a module, unless it is read already.
    fn source(
        &mut self,
        from: &Source,
        reference: &Reference,
        key: String,
        path: PathBuf,
    ) -> Result<Option<Source>, Error> {
        if self.seen.contains(&key) {
            return Ok(None);
        }
        self.files.check_inside(&path, &from.path)?;
        if is_of_package(&key) && !is_source(&path) {
            return Err(Error::Unfit {
                at: at(from, reference),
                specifier: reference.specifier.clone(),
                file: tidy(&path),
                chain: self.chain(&from.key),
            });
        }
        if self.seen.len() == MODULES_MAX {
            return Err(Error::TooMany {
                at: at(from, reference),
                limit: MODULES_MAX,
            });
        }
        let (code, _) = self.read(&path)?;
        let scan = scan_file(&key, &path, &code)?;
        self.seen.insert(key.clone());
        self.needed_by.insert(key.clone(), from.key.clone());
        Ok(Some(Source {
            key,
            path,
            code,
            scan,
        }))
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

    /// Why a name leads to no file.
    fn unresolved(&self, from: &Source, reference: &Reference, error: ResolveError) -> Error {
        let at = at(from, reference);
        let specifier = reference.specifier.clone();
        let chain = self.chain(&from.key);
        let is_missing = matches!(
            error,
            ResolveError::NotFound(_) | ResolveError::MatchedAliasNotFound(..)
        );
        match is_missing {
            true if npm::is_of_node(&specifier) => Error::OfNode {
                at,
                specifier,
                chain,
            },
            true if !module::is_relative(&specifier) => Error::NotInstalled {
                at,
                specifier,
                project: self.files.project.clone(),
                chain,
            },
            _ => Error::Unresolved {
                at,
                specifier,
                message: error.to_string(),
                chain,
            },
        }
    }

    /// The sources that lead to this one, the task file first.
    fn chain(&self, key: &str) -> Vec<String> {
        let mut chain = vec![key.to_owned()];
        let mut last = key;
        while let Some(by) = self.needed_by.get(last)
            && !chain.contains(by)
        {
            chain.push(by.clone());
            last = by;
        }
        chain.reverse();
        chain
    }
}

fn at(from: &Source, reference: &Reference) -> At {
    At {
        file: tidy(&from.path),
        place: Place::of(
            &from.code,
            u32::try_from(reference.span.start).unwrap_or(u32::MAX),
        ),
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
