//! Who has done what: a note of each call that changes something or hands it out, done or refused.
//!
//! It is written right after the deed and before its answer. If it cannot be written, the log has it.

use std::cell::RefCell;

use serde::Serialize;
use tasker_domain::audit::Deed;
use tasker_host::{HostStore, log, time};
use tasker_store::prelude::*;

use crate::access::Access;
use crate::error::{Error, Result, keep_store, store};
use crate::settings::audit_kept;

/// How many deeds are kept at most.
const ROWS: u64 = 100_000;
/// How many of the oldest are forgotten with each new one: more than are added.
const FORGOTTEN: u32 = 20;
/// Characters of what a deed was done to, and bytes of what else there is to say of it.
const TARGET_MAX: usize = 300;
const DETAIL_MAX: usize = 16 << 10;

thread_local! {
    /// What the call under way says of itself: an instance serves one request.
    static SAID: RefCell<Said> = const { RefCell::new(Said { target: None, detail: None }) };
}

struct Said {
    target: Option<String>,
    detail: Option<String>,
}

/// Says what the call under way is done to, if its path does not.
pub(crate) fn target(name: &str) {
    SAID.with_borrow_mut(|said| said.target = Some(name.to_owned()));
}

/// Says what else is worth knowing of the call under way. No value, input or secret may be in it.
pub(crate) fn detail<T: Serialize>(detail: &T) {
    let text = serde_json::to_string(detail).ok();
    let text = text.filter(|text| text.len() <= DETAIL_MAX);
    SAID.with_borrow_mut(|said| said.detail = text);
}

/// A call that is noted.
pub(crate) struct Asked {
    /// What is done: its name in the API's contract.
    pub(crate) action: &'static str,
    /// The parameters of its path.
    pub(crate) target: String,
    /// Where it comes from.
    pub(crate) client: String,
}

/// Notes how a call came out.
pub(crate) fn note(asked: Asked, access: &Access, problem: Option<&Error>) {
    let said = SAID.with_borrow_mut(|said| Said {
        target: said.target.take(),
        detail: said.detail.take(),
    });
    let target = said.target.unwrap_or(asked.target);
    let deed = Deed {
        at: time::now_ms(),
        key: access.name.clone(),
        key_id: access.key_id(),
        client: asked.client,
        action: asked.action.to_owned(),
        target: target
            .replace('\0', "\u{fffd}")
            .chars()
            .take(TARGET_MAX)
            .collect(),
        code: problem.map(|problem| problem.code.to_string()),
        detail: said.detail,
    };
    if let Err(error) = write(&deed) {
        let Deed { key, action, .. } = &deed;
        let detail = &error.detail;
        log::error(format!(
            "the audit lacks `{action}` by the key `{key}`: {detail}"
        ))
        .write();
    }
}

fn write(deed: &Deed) -> Result<()> {
    let store = store()?;
    store.note_deed(deed)?;
    forget(&store, deed.at)?;
    keep_store(store);
    Ok(())
}

fn forget(store: &HostStore, now: i64) -> Result<()> {
    store.forget_deeds(kept_after(now)?, ROWS, FORGOTTEN)?;
    Ok(())
}

/// Deeds up to this moment are kept no more.
pub(crate) fn kept_after(now: i64) -> Result<i64> {
    let kept = audit_kept()?;
    Ok(kept.map_or(i64::MIN, |kept| now.saturating_sub(time::in_ms(kept))))
}
