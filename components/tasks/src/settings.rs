//! The settings of this component, as what they mean to it.
//!
//! Each is read when it is needed, so that a wrong one stops only what needs it: what readiness and the doctor say of it, for
//! example, does not. Those two examine all rows that the table has for the component.

use std::time::Duration;

use tasker_domain::ErrorCode;
use tasker_domain::access::Role;
use tasker_host::config::{self, read};
use tasker_host::{log, time};
use tasker_settings::{
    API_TOKEN, AUDIT_DAYS, CANCEL_GRACE_SECONDS, CLIENT_REQUESTS, CORS_ORIGINS, DATABASE_MIB,
    EVENT_KEY, INTERNAL_CALLS, INTERNAL_KEY, InternalCalls, KEY_REQUESTS, KEYSTORE_DEFAULT_GRANT,
    METRICS_TOKEN, SHARED_TASKS, SWEEP_TOKEN, Setting,
};

use crate::error::{Error, Result, internal};

/// A key that is a setting.
pub(crate) struct Token {
    /// The name of the setting.
    pub(crate) name: &'static str,
    /// What its holder may do.
    pub(crate) role: Role,
    /// The key itself; `None`: it is switched off.
    pub(crate) value: Option<String>,
}

impl Token {
    /// While one can be guessed, nothing is answered.
    fn read(setting: &Setting<Option<String>>, role: Role) -> Result<Self> {
        let value = read(setting).map_err(|error| {
            log::error(format!("no request is answered: {error}")).write();
            let detail = format!("no request is answered: {error}");
            Error::new(ErrorCode::TokenWeak, detail)
        })?;
        let name = setting.name();
        Ok(Self { name, role, value })
    }

    /// The first key.
    pub(crate) fn api() -> Result<Self> {
        Self::read(&API_TOKEN, Role::Admin)
    }

    /// The one that Prometheus sends.
    pub(crate) fn metrics() -> Result<Self> {
        Self::read(&METRICS_TOKEN, Role::Metrics)
    }

    /// The one that timers send.
    pub(crate) fn sweep() -> Result<Self> {
        Self::read(&SWEEP_TOKEN, Role::Sweep)
    }
}

/// Whether the first key is switched off.
pub(crate) fn has_no_api_token() -> bool {
    matches!(read(&API_TOKEN), Ok(None))
}

/// What sessions and public tokens are sealed with: all secrets that this component has.
pub(crate) fn secrets() -> Result<[String; 3]> {
    let api_token = Token::api()?.value.unwrap_or_default();
    let event_key = event_key()?;
    Ok([api_token, event_key, read(&INTERNAL_KEY).map_err(internal)?])
}

/// What signed addresses are sealed with.
pub(crate) fn event_key() -> Result<String> {
    read(&EVENT_KEY).map_err(internal)
}

/// How long the tasks of a run that is stopped may clean up (ms).
pub(crate) fn cancel_grace_ms() -> Result<i64> {
    read(&CANCEL_GRACE_SECONDS)
        .map(time::in_ms)
        .map_err(internal)
}

/// How long deeds are kept; `None`: for ever.
pub(crate) fn audit_kept() -> Result<Option<Duration>> {
    let kept = read(&AUDIT_DAYS).map_err(internal)?;
    Ok(Some(kept).filter(|kept| !kept.is_zero()))
}

/// The origins from which browsers may call.
pub(crate) fn cors_origins() -> std::result::Result<Vec<String>, config::Error> {
    read(&CORS_ORIGINS)
}

/// Whether the other components are reached without a public request.
pub(crate) fn is_chaining() -> bool {
    read(&INTERNAL_CALLS).is_ok_and(|calls| calls != InternalCalls::Signed)
}

/// How many requests of one API key are answered within a minute; 0: any number.
pub(crate) fn key_requests() -> Result<u32> {
    read(&KEY_REQUESTS).map_err(internal)
}

/// How many requests without a key are answered within a minute from one address; 0: any number.
pub(crate) fn client_requests() -> Result<u32> {
    read(&CLIENT_REQUESTS).map_err(internal)
}

/// The tasks that all may call: patterns.
pub(crate) fn shared_tasks() -> Result<String> {
    read(&SHARED_TASKS).map_err(internal)
}

/// The namespaces that a task may use which declares none: patterns.
pub(crate) fn default_grant() -> Result<String> {
    read(&KEYSTORE_DEFAULT_GRANT).map_err(internal)
}

/// How many bytes the database may have; 0: any number.
pub(crate) fn database_limit() -> Result<u64> {
    read(&DATABASE_MIB).map(|mib| mib << 20).map_err(internal)
}
