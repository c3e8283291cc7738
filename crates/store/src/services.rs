//! What the wrapped services keep in the store: grants, limits and shared values. Each operation is
//! one transaction, as in [`crate::Store`].

use ambassador::delegatable_trait;
use tasker_domain::{Path, RunId};

use crate::{NewLease, Result, TaskRef};

/// Which namespaces of the keystore a task may use.
///
/// The namespaces are patterns; they belong to a version of a task, so that a run keeps what its
/// version was granted.
#[delegatable_trait]
pub trait Grants {
    /// The grants of a version; `None`: it declared none, or there is no such version.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn grants(&self, task: &TaskRef) -> Result<Option<Vec<String>>>;

    /// The task of a live frame and its grants; `None`: there is no such frame any more.
    fn frame_grants(&self, run: RunId, frame: &Path) -> Result<Option<FrameGrants>>;
}

/// What a live frame may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameGrants {
    /// Its task.
    pub task: TaskRef,
    /// Its grants; `None`: it declared none.
    pub namespaces: Option<Vec<String>>,
}

/// Limits on the calls of a service, which hold for all instances together.
#[delegatable_trait]
pub trait CallLimits {
    /// Counts a call that is about to begin, if the limits leave room for it. With a limit on
    /// concurrency it holds a lease of [`crate::calls_of`] its service, to be given back when it has ended.
    fn admit(&self, call: &NewCall<'_>, now: i64) -> Result<Admission>;
}

/// A call that is about to begin.
#[derive(Debug, Clone, Copy)]
pub struct NewCall<'a> {
    /// Its service.
    pub service: &'a str,
    /// Names its lease and no other.
    pub token: &'a str,
    /// When its lease expires.
    pub expires_at: i64,
    /// Calls that may begin within [`WINDOW_MS`].
    pub per_window: Option<u32>,
    /// Calls that may be under way at once.
    pub at_once: Option<u32>,
}

impl<'a> NewCall<'a> {
    /// The lease that it holds while it is under way.
    pub(crate) fn lease(&self, name: &'a str, at_once: u32) -> NewLease<'a> {
        NewLease {
            name,
            at_once,
            token: self.token,
            expires_at: self.expires_at,
        }
    }
}

/// The length of the window in which calls are counted. It begins with the first call after the one
/// before has ended.
pub const WINDOW_MS: i64 = 60_000;

/// Whether a call may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may, and is counted.
    Admitted,
    /// The window is full; the next one can begin at this moment.
    WindowFull {
        /// When it ends.
        until: i64,
    },
    /// As many are under way as may be; nothing was counted.
    SlotsTaken,
}

/// Encrypted values that the instances of a service share for a time, made by one at a time.
#[delegatable_trait]
pub trait SharedValues {
    /// The value of a key if it is fresh. Else the right to make it, held under `token` until
    /// `expires_at`, unless another has it.
    fn shared(&self, key: SharedKey<'_>, token: &str, expires_at: i64, now: i64) -> Result<Shared>;

    /// Stores a value that is fresh until a moment, and gives the right to make it back. `None`: the
    /// right had expired and was taken by another; nothing was stored. Else the value's revision.
    fn put_shared(
        &self,
        key: SharedKey<'_>,
        token: &str,
        ciphertext: &[u8],
        fresh_until: i64,
    ) -> Result<Option<i64>>;

    /// Gives the right to make a value back without having made it.
    fn give_up_shared(&self, key: SharedKey<'_>, token: &str) -> Result<()>;

    /// Forgets a value if it is still of this revision; answers whether it was.
    fn forget_shared(&self, key: SharedKey<'_>, revision: i64) -> Result<bool>;

    /// Removes at most `limit` values that expired before a moment and that nobody is making;
    /// answers how many.
    fn drop_expired_shared(&self, before: i64, limit: u32) -> Result<u32>;
}

/// Names a shared value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedKey<'a> {
    /// Its owner.
    pub service: &'a str,
    /// Its name.
    pub key: &'a str,
}

/// The state of a shared value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shared {
    /// It is fresh.
    Fresh {
        /// As it was stored.
        ciphertext: Vec<u8>,
        /// Counts the values of this key.
        revision: i64,
    },
    /// The caller must make it.
    Make,
    /// Another is making it, until this moment at the latest.
    Wait {
        /// When the other's right expires.
        until: i64,
    },
}
