//! Where compiled components are kept.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::log::{Form, Log};
use crate::state_dir::CACHE;

/// The folder of this program's own in a folder of caches.
const OWN: &str = "tasker";

/// Where compiled components are kept.
#[derive(Debug, Args)]
pub(crate) struct Caches {
    /// Folder for compiled components, which nobody else may write to; of several, the first that can be written to
    /// [default: tasker in your folder of caches, or else cache in the state folder]
    #[arg(long = "cache-dir", value_name = "FOLDER")]
    pub(crate) cache_dirs: Vec<PathBuf>,
}

/// The folders in which to look: those that were asked for, else this user's, else, without a home, the one in the state
/// folder.
pub(crate) fn folders(
    asked: &[PathBuf],
    state_dir: &Path,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<PathBuf> {
    if !asked.is_empty() {
        return asked.to_vec();
    }
    // A path that is not absolute does not count, as the XDG Base Directory Specification wants it.
    let absolute = |value: &OsStr| Some(PathBuf::from(value)).filter(|path| path.is_absolute());
    let of = |name| variable(name).and_then(|value| absolute(&value));
    // systemd's, for a service of its own: folders separated by colons.
    let service = variable("CACHE_DIRECTORY")
        .and_then(|value| env::split_paths(&value).next())
        .and_then(|path| absolute(path.as_os_str()));
    let user = service
        .or_else(|| of("XDG_CACHE_HOME").map(|path| path.join(OWN)))
        .or_else(|| of("HOME").map(|path| path.join(".cache").join(OWN)));
    user.into_iter().chain([state_dir.join(CACHE)]).collect()
}

/// The command that compiles an app's components into these folders: this program.
pub(crate) fn compiler(manifest: &Path, folders: &[PathBuf], log: &Log) -> Option<Vec<OsString>> {
    // The running program, even if another stands under its name by now.
    let own = PathBuf::from("/proc/self/exe");
    let program = if own.exists() {
        own
    } else {
        env::current_exe().ok()?
    };
    let mut command: Vec<OsString> = vec![
        program.into(),
        "compile".into(),
        "-f".into(),
        manifest.into(),
    ];
    for folder in folders {
        command.extend([OsString::from("--cache-dir"), folder.into()]);
    }
    if log.log_format == Form::Json {
        command.extend(["--log-format", "json"].map(OsString::from));
    }
    if let Some(file) = &log.log_file {
        command.extend([OsString::from("--log-file"), file.into()]);
    }
    Some(command)
}

impl Caches {
    /// The folders in which to look for the components of an app with this state folder.
    pub(crate) fn folders(&self, state_dir: &Path) -> Vec<PathBuf> {
        folders(&self.cache_dirs, state_dir, |name| env::var_os(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_cache_goes_before_the_state_folder() {
        let found = |variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let folders = folders(&[], Path::new("/state"), variable);
            let (last, user) = folders.split_last().unwrap();
            assert_eq!(last, Path::new("/state/cache"));
            assert!(user.len() < 2, "{user:?}");
            user.first().map(|path| path.display().to_string())
        };
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[("HOME", "")]), None);
        assert_eq!(
            found(&[("HOME", "h"), ("XDG_CACHE_HOME", "c")]),
            None,
            "not absolute"
        );
        let home = [("HOME", "/h")];
        assert_eq!(found(&home).unwrap(), "/h/.cache/tasker");
        let xdg = [home[0], ("XDG_CACHE_HOME", "/c")];
        assert_eq!(found(&xdg).unwrap(), "/c/tasker");
        let service = [
            xdg[0],
            xdg[1],
            ("CACHE_DIRECTORY", "/var/cache/tasker:/other"),
        ];
        assert_eq!(found(&service).unwrap(), "/var/cache/tasker");

        let asked = [PathBuf::from("here")];
        assert_eq!(folders(&asked, Path::new("/state"), |_| None), asked);
    }
}
