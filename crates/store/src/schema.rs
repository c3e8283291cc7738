//! Which schema a database has, and which this build needs.
//!
//! Each kind of database has one script, `migrations/<kind>/0001_schema.sql`, which makes what a
//! database does not have yet and records its version.

use crate::{Error, Result};

/// The version of this build's schema. A database that has it is taken for complete, so whatever a script has besides gets
/// another one.
pub(crate) const NEWEST: i64 = 65;

/// The oldest version that is brought up to this one.
pub(crate) const OLDEST: i64 = 60;

/// What a database needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing.
    Complete,
    /// The schema has to be applied.
    Behind,
}

/// What a database needs by the newest version that it has.
pub(crate) fn standing(version: Option<i64>) -> Result<Standing> {
    match version.unwrap_or(0) {
        NEWEST => Ok(Standing::Complete),
        version if version > NEWEST => Err(Error::Unexpected(too_new(version))),
        version if (1..OLDEST).contains(&version) => Err(Error::Unexpected(too_old(version))),
        _ => Ok(Standing::Behind),
    }
}

/// How many of this build's schemas a database lacks.
pub(crate) fn missing(version: i64) -> u32 {
    u32::from(version < NEWEST)
}

/// Why a database newer than this build is refused.
pub(crate) fn too_new(version: impl std::fmt::Display) -> String {
    format!(
        "the database is of schema version {version}, made by a newer Tasker; this one knows versions up to {NEWEST}"
    )
}

/// Why a database too old for this build is refused, and what to do.
pub(crate) fn too_old(version: impl std::fmt::Display) -> String {
    format!(
        "the database is of schema version {version}; this Tasker takes over databases of version {OLDEST} or newer: start \
         the last Tasker with that version on it once, or begin with an empty database"
    )
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    #[test]
    fn a_changed_script_has_another_version() {
        let scripts = [
            include_str!("../../../migrations/sqlite/0001_schema.sql"),
            include_str!("../../../migrations/postgres/0001_schema.sql"),
        ];
        let lines = scripts.iter().flat_map(|script| script.lines());
        let lines = lines.filter(|line| !line.trim_start().starts_with("--"));
        let hash = xxh3_64(lines.collect::<Vec<_>>().join("\n").as_bytes());
        assert_eq!(
            (NEWEST, format!("{hash:016x}").as_str()),
            (65, "3ccb409e07d40385"),
            "databases of the version before lack what is new in the scripts: raise NEWEST, see docs/recipes/column.md, then write both here"
        );
    }
}
