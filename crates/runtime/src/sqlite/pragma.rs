//! What statements leave behind on a connection, seen through SQLite's authorizer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// How long a statement waits for a lock unless the component says otherwise.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What has been changed on a connection since it was opened or reset.
#[derive(Default)]
pub(super) struct Traces {
    /// Something that cannot be undone: temporary tables, attached databases, other settings.
    lasting: AtomicBool,
    /// Settings that can be undone.
    settings: AtomicBool,
    /// Milliseconds, if the component has set it; plus one, so that zero means that it has not.
    busy_timeout: AtomicU64,
}

impl Traces {
    /// The authorizer for a connection: takes notes, and refuses to attach files.
    pub(super) fn authorizer(
        self: &Arc<Self>,
    ) -> impl for<'a> FnMut(AuthContext<'a>) -> Authorization + Send + 'static {
        let traces = self.clone();
        move |context| traces.authorize(&context)
    }

    fn authorize(&self, context: &AuthContext<'_>) -> Authorization {
        match context.action {
            AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => {
                return Authorization::Deny;
            }
            AuthAction::Attach { .. } => self.lasting.store(true, Ordering::Relaxed),
            AuthAction::Pragma {
                pragma_name,
                pragma_value: Some(value),
            } => self.set(pragma_name, value),
            _ if context.database_name == Some("temp") => {
                self.lasting.store(true, Ordering::Relaxed);
            }
            _ => {}
        }
        Authorization::Allow
    }

    fn set(&self, pragma: &str, value: &str) {
        match pragma.to_ascii_lowercase().as_str() {
            "foreign_keys" | "synchronous" => self.settings.store(true, Ordering::Relaxed),
            "busy_timeout" => {
                self.settings.store(true, Ordering::Relaxed);
                let milliseconds = value.parse::<u64>().unwrap_or(0);
                self.busy_timeout.store(milliseconds + 1, Ordering::Relaxed);
            }
            // In the file, not on the connection.
            "user_version" | "application_id" | "wal_checkpoint" | "incremental_vacuum" => {}
            // These take a table's name, and set nothing.
            "table_info" | "table_xinfo" | "table_list" | "index_list" | "index_info"
            | "index_xinfo" | "foreign_key_list" | "foreign_key_check" | "integrity_check"
            | "quick_check" => {}
            _ => self.lasting.store(true, Ordering::Relaxed),
        }
    }

    pub(super) fn are_lasting(&self) -> bool {
        self.lasting.load(Ordering::Relaxed)
    }

    pub(super) fn need_reset(&self) -> bool {
        self.settings.load(Ordering::Relaxed)
    }

    pub(super) fn forget(&self) {
        self.settings.store(false, Ordering::Relaxed);
        self.busy_timeout.store(0, Ordering::Relaxed);
    }

    pub(super) fn busy_timeout(&self) -> Duration {
        match self.busy_timeout.load(Ordering::Relaxed) {
            0 => BUSY_TIMEOUT,
            set => Duration::from_millis(set - 1),
        }
    }
}
