//! Packages of npm: which file a name leads to, by the rules of Node.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use oxc_resolver::{
    FileMetadata, FileSystem, FileSystemOs, ResolveError, ResolveOptions, ResolverGeneric,
};

use crate::scan::Kind;

/// Longest file of a package that says what is in it.
const MANIFEST_MAX: u64 = 1 << 20;

/// What a name leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// A file.
    File(PathBuf),
    /// Nothing: the package says that it does without where there is no system.
    Nothing,
}

/// The packages of a project.
pub(crate) struct Packages {
    import: ResolverGeneric<Project>,
    require: ResolverGeneric<Project>,
}

impl Packages {
    /// Those in the `node_modules` folders of a project, whose path is a real one.
    pub(crate) fn of(project: &Path) -> Self {
        let resolver = |condition: &str| {
            let options = ResolveOptions {
                // A task has what browsers and servers have in common, and no system.
                alias_fields: vec![vec!["browser".to_owned()]],
                condition_names: [condition, "browser", "default"].map(str::to_owned).into(),
                extensions: [".js", ".json", ".mjs", ".cjs"].map(str::to_owned).into(),
                main_fields: ["browser", "main"].map(str::to_owned).into(),
                symlinks: false,
                ..ResolveOptions::default()
            };
            let project = Project {
                folder: project.to_owned(),
                system: FileSystemOs::new(),
            };
            ResolverGeneric::new_with_file_system(project, options)
        };
        Self {
            import: resolver("import"),
            require: resolver("require"),
        }
    }

    /// What a file in this folder, given by its real path, means by a name.
    pub(crate) fn resolve(
        &self,
        folder: &Path,
        name: &str,
        kind: Kind,
    ) -> Result<Resolved, ResolveError> {
        let resolver = match kind {
            Kind::Import => &self.import,
            Kind::Require => &self.require,
        };
        match resolver.resolve(folder, name) {
            Ok(found) => Ok(Resolved::File(fs::canonicalize(found.path())?)),
            Err(ResolveError::Ignored(_)) => Ok(Resolved::Nothing),
            Err(error) => Err(error),
        }
    }
}

/// Whether Node has a module of this name itself.
pub(crate) fn is_of_node(name: &str) -> bool {
    name.starts_with("node:") || nodejs_built_in_modules::is_nodejs_builtin_module(name)
}

/// The files of a project: those outside of it are not there, even where links lead to them.
struct Project {
    folder: PathBuf,
    system: FileSystemOs,
}

impl Project {
    fn check(&self, path: &Path) -> io::Result<()> {
        match fs::canonicalize(path)?.starts_with(&self.folder) {
            true => Ok(()),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn check_manifest(&self, path: &Path) -> io::Result<()> {
        self.check(path)?;
        match fs::metadata(path)?.len() > MANIFEST_MAX {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(()),
        }
    }
}

impl FileSystem for Project {
    /// One without files.
    fn new() -> Self {
        Self {
            folder: PathBuf::from("\0"),
            system: FileSystemOs::new(),
        }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.check_manifest(path)?;
        self.system.read(path)
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        self.check_manifest(path)?;
        self.system.read_to_string(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.check(path)?;
        self.system.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.check(path)?;
        self.system.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        self.check(path)?;
        self.system.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.check(path)?;
        self.system.canonicalize(path)
    }
}
