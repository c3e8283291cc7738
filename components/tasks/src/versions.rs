//! How many versions of a task are kept.

use tasker_domain::ErrorCode;
use tasker_host::HostStore;
use tasker_store::TaskRef;
use tasker_store::prelude::*;

use crate::error::{Error, Result};
use crate::settings;

/// How many are dropped at once: more than one if the setting was lowered.
const DROPPED: u64 = 20;

/// Makes room for a version that is to be published, if it is new and there are as many as may be.
pub(crate) fn make_room(store: &HostStore, version: &TaskRef) -> Result<()> {
    let bound = settings::versions_kept()?;
    if bound == 0 {
        return Ok(());
    }
    let others = store.other_versions(version)?;
    for _ in 0..others.saturating_sub(bound - 1).min(DROPPED) {
        let Some(spare) = store.spare_version(&version.name)? else {
            break;
        };
        store.drop_version(&spare)?;
    }
    match store.other_versions(version)? < bound {
        true => Ok(()),
        false => Err(Error::new(
            ErrorCode::VersionsLimit,
            format!(
                "the task `{}` has {others} other versions, and runs that are kept need them; {bound} are kept",
                version.name
            ),
        )),
    }
}
