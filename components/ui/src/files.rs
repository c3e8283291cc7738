//! The embedded files.

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

static DIST: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/dist");

/// What every path is that names no file: the page finds out by itself what it shows.
const PAGE: &str = "index.html";
/// Files here have the hash of their content in their name, so that they never change.
const HASHED: &str = "assets/";

/// A file of the dashboard.
pub(crate) struct File {
    pub(crate) media_type: &'static str,
    pub(crate) is_hashed: bool,
    /// As it is, and compressed.
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
}

/// One form of a file.
pub(crate) struct Form {
    pub(crate) body: &'static [u8],
    pub(crate) is_gzip: bool,
}

impl File {
    /// The file at a path below `/ui/`. No such hashed file is nothing: a script is never answered with the page.
    pub(crate) fn at(path: &str) -> Option<Self> {
        let is_hashed = path.starts_with(HASHED);
        let found = Self::named(path);
        if is_hashed || found.is_some() {
            return found;
        }
        Self::named(PAGE)
    }

    fn named(name: &str) -> Option<Self> {
        let media_type = media_type(name)?;
        let contents = |name: &str| DIST.get_file(name).map(include_dir::File::contents);
        Some(Self {
            media_type,
            is_hashed: name.starts_with(HASHED),
            plain: contents(name)?,
            gzip: contents(&format!("{name}.gz")),
        })
    }

    /// The form for a client that takes compressed bodies, or not.
    pub(crate) fn form(&self, takes_gzip: bool) -> Form {
        match self.gzip {
            Some(body) if takes_gzip => Form {
                body,
                is_gzip: true,
            },
            _ => Form {
                body: self.plain,
                is_gzip: false,
            },
        }
    }
}

impl Form {
    /// The value of `ETag`.
    pub(crate) fn tag(&self) -> String {
        let digest: [u8; 32] = Sha256::digest(self.body).into();
        let hex: String = digest[..12]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("\"{hex}\"")
    }
}

/// The type of a file by its name; `None` for what is served only as a form of another.
fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "html" => Some("text/html; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = String> {
    fn below(folder: &'static Dir<'static>) -> Vec<String> {
        let files = folder.files().map(|file| file.path().display().to_string());
        files.chain(folder.dirs().flat_map(below)).collect()
    }
    below(&DIST).into_iter()
}
