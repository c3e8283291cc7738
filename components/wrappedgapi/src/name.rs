//! What a method path means: which API, which version of it, which method.

use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

/// The versions of the API `admin`, which is several APIs under one name: each is a part of the path
/// and, with `_v1` after it, a version.
const ADMIN: [&str; 3] = ["directory", "reports", "datatransfer"];

/// The most names in a path, and the most characters of each.
const NAMES: usize = 12;
const NAME_CHARS: usize = 100;

/// A method path, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// The API: `gmail`.
    pub(crate) api: String,
    /// The version that the path asks for; `None`: the preferred one.
    pub(crate) version: Option<String>,
    /// The method within the API: `users.messages.list`.
    pub(crate) method: String,
}

impl Name {
    /// Reads a path such as `gmail.users.messages.list`, `drive_v2.files.list`,
    /// `admin.directory.users.list` or, for the last one, `admin.users.list`.
    ///
    /// `version` is the one asked for beside the path.
    ///
    /// # Errors
    /// `invalid_arguments` for names that no API has, or two versions.
    pub(crate) fn read(path: &[String], version: Option<&str>) -> Result<Self, ServiceError> {
        let mut names: Vec<&str> = path.iter().flat_map(|name| name.split('.')).collect();
        let usable = |name: &&str| {
            (1..=NAME_CHARS).contains(&name.len())
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        if !(2..=NAMES).contains(&names.len()) || !names.iter().all(usable) {
            return Err(invalid(
                "call a method of an API: `tools.gapi.<api>.<resource>.<method>(params)`",
            ));
        }
        if let Some(version) = version.filter(|version| !usable(version) || version.contains('/')) {
            return Err(invalid(format!("{version:?} is not the version of an API")));
        }

        let two_versions = || {
            invalid(format!(
                "the path `{}` and the option `version: {:?}` ask for two versions",
                path.join("."),
                version.unwrap_or_default()
            ))
        };
        let first = names.remove(0);
        let (api, mut own) = split_version(first);
        if api == "admin" {
            let part = match own.as_deref() {
                Some(own) => own.split('_').next(),
                None => names.first().copied(),
            };
            let part = part
                .filter(|part| ADMIN.contains(part))
                .unwrap_or(ADMIN[0])
                .to_owned();
            if names.len() > 1 && names[0] == part {
                names.remove(0);
            }
            let plain =
                version.map(|version| version.strip_prefix(&format!("{part}_")).unwrap_or(version));
            if plain.is_some_and(|version| version.contains('_')) {
                return Err(two_versions());
            }
            own = own.or_else(|| Some(format!("{part}_{}", plain.unwrap_or("v1"))));
        }
        let version = match (own, version) {
            (Some(own), Some(asked)) if own != asked && !own.ends_with(&format!("_{asked}")) => {
                return Err(two_versions());
            }
            (own, asked) => own.or_else(|| asked.map(str::to_owned)),
        };
        Ok(Self {
            api: api.to_owned(),
            version,
            method: names.join("."),
        })
    }

    /// The path that all ways to write this method have in common, for policies:
    /// `gmail.users.messages.list`, `admin.directory.users.list`. The version is not a part of it.
    #[must_use]
    pub(crate) fn canonical(&self) -> String {
        let part = match (&*self.api, &self.version) {
            ("admin", Some(version)) => version.split('_').next(),
            _ => None,
        };
        match part {
            Some(part) => format!("{}.{part}.{}", self.api, self.method),
            None => format!("{}.{}", self.api, self.method),
        }
    }
}

/// `drive_v2` is version `v2` of `drive`, `admin_reports_v1` version `reports_v1` of `admin`.
fn split_version(name: &str) -> (&str, Option<String>) {
    if let Some(version) = name.strip_prefix("admin_") {
        return ("admin", Some(version.to_owned()));
    }
    let bytes = name.as_bytes();
    let at = (1..bytes.len().saturating_sub(2))
        .find(|at| bytes[*at] == b'_' && bytes[at + 1] == b'v' && bytes[at + 2].is_ascii_digit());
    match at {
        Some(at) => (&name[..at], Some(name[at + 1..].to_owned())),
        None => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, version: Option<&str>) -> Result<(String, String), ServiceError> {
        let name = Name::read(&[path.to_owned()], version)?;
        let version = name.version.clone().unwrap_or_default();
        Ok((format!("{}:{version}", name.api), name.canonical()))
    }

    #[test]
    fn every_way_to_write_a_method_means_one_method() {
        for (path, version, api, canonical) in [
            (
                "gmail.users.messages.list",
                None,
                "gmail:",
                "gmail.users.messages.list",
            ),
            ("drive_v2.files.list", None, "drive:v2", "drive.files.list"),
            (
                "drive.files.list",
                Some("v2"),
                "drive:v2",
                "drive.files.list",
            ),
            (
                "compute_v1_beta.x.list",
                None,
                "compute:v1_beta",
                "compute.x.list",
            ),
            (
                "prod_tt_sasportal_v1alpha1.x.y",
                None,
                "prod_tt_sasportal:v1alpha1",
                "prod_tt_sasportal.x.y",
            ),
            (
                "admin.directory.users.list",
                None,
                "admin:directory_v1",
                "admin.directory.users.list",
            ),
            (
                "admin.users.list",
                None,
                "admin:directory_v1",
                "admin.directory.users.list",
            ),
            (
                "admin.users.list",
                Some("directory_v1"),
                "admin:directory_v1",
                "admin.directory.users.list",
            ),
            (
                "admin.directory.users.list",
                Some("v1"),
                "admin:directory_v1",
                "admin.directory.users.list",
            ),
            (
                "admin_directory_v1.users.list",
                None,
                "admin:directory_v1",
                "admin.directory.users.list",
            ),
            (
                "admin.reports.activities.list",
                None,
                "admin:reports_v1",
                "admin.reports.activities.list",
            ),
            (
                "admin_reports_v1.activities.list",
                None,
                "admin:reports_v1",
                "admin.reports.activities.list",
            ),
            (
                "admin.reports.activities.list",
                Some("v2"),
                "admin:reports_v2",
                "admin.reports.activities.list",
            ),
        ] {
            let found = read(path, version).unwrap_or_else(|error| panic!("{path}: {error:?}"));
            assert_eq!(
                found,
                (api.to_owned(), canonical.to_owned()),
                "{path} {version:?}"
            );
        }
        for (path, version) in [
            ("gmail", None),
            ("", None),
            ("gmail..list", None),
            ("gmail.users/../x.list", None),
            ("drive_v2.files.list", Some("v3")),
            // A policy knows this one as a method of the directory.
            ("admin.activities.list", Some("reports_v1")),
            ("drive.files.list", Some("../v3")),
        ] {
            assert!(read(path, version).is_err(), "{path} {version:?}");
        }
    }
}
