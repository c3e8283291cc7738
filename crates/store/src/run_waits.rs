//! Calls that wait for the end of another run.

use ambassador::delegatable_trait;
use tasker_domain::{Lease, RunId};

use crate::Result;

/// Calls that wait for the end of another run.
#[delegatable_trait]
pub trait RunWaits {
    /// Gives a claimed call back, to be due once a run has ended: the transaction that ends the run makes it so. `false`: nothing
    /// is done, because the run has ended, is not there, or the lease is lost.
    ///
    /// # Errors
    /// Only if the database fails.
    fn wait_for_run(&self, lease: Lease, run: RunId, now: i64) -> Result<bool>;
}
