//! Bounds of requests.

use std::time::Duration;

use tasker_domain::ErrorCode;
use tasker_domain::started::KEY_PREFIX;
use tasker_domain::tag::{self, TAG_MAX, TAGS_MAX};

use crate::public_token::ID_PREFIX;
use crate::{CancelRun, Problem, SubmitRun};

/// Longest task name, in characters.
pub const TASK_NAME_MAX: usize = 128;
/// Longest idempotency key, in characters.
pub const IDEMPOTENCY_KEY_MAX: usize = 200;
/// Largest body that publishes a task.
pub const PUBLISH_MAX_BYTES: usize = 8 << 20;
/// Largest input of a run, as compact JSON.
pub const INPUT_MAX_BYTES: usize = 1 << 20;
/// Largest body of every other call: an input with what surrounds it.
pub const BODY_MAX_BYTES: usize = INPUT_MAX_BYTES + (64 << 10);
/// Longest path of a packed module, in bytes.
pub const MODULE_PATH_MAX: usize = 512;
/// Most modules packed with a task.
pub const MODULES_MAX: usize = 500;
/// Longest wait for a run to end.
pub const WAIT_MAX_SECONDS: f64 = 60.0;
/// How far ahead a run may be submitted, in milliseconds: five years.
pub const RUN_AT_MAX_MS: i64 = tasker_domain::timer::AHEAD_MAX_MS;
/// Longest reason for cancelling a run, in characters.
pub const REASON_MAX: usize = 1_000;
/// Longest name of whoever cancels a run, in characters.
pub const BY_MAX: usize = 200;
/// Namespaces of the keystore that a task may be granted.
pub const GRANTS_MAX: usize = 64;
/// Characters of a granted namespace.
pub const GRANT_MAX: usize = 200;
/// Items of a page if the client does not say.
pub const PAGE_DEFAULT: u32 = 50;
/// Most items of a page.
pub const PAGE_MAX: u32 = 200;

/// Checks the name of a task: 1 to 128 letters, digits, `.`, `_`, `-` and `/`, beginning with
/// neither `/` nor `.`.
///
/// # Errors
/// [`ErrorCode::BadRequest`].
pub fn check_task_name(name: &str) -> Result<(), Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if (1..=TASK_NAME_MAX).contains(&name.len())
        && name.chars().all(allowed)
        && !name.starts_with(['/', '.'])
    {
        return Ok(());
    }
    Err(Problem::new(
        ErrorCode::BadRequest,
        format!(
            "a task name has 1 to {TASK_NAME_MAX} letters, digits, '.', '_', '-' or '/' and \
             begins with neither '/' nor '.'"
        ),
    ))
}

/// Checks tags that are wanted for a run, and gives each once, in their order.
///
/// # Errors
/// [`ErrorCode::TagsInvalid`].
pub fn check_tags(tags: &[String]) -> Result<Vec<String>, Problem> {
    if !tags.iter().all(|tag| tag::is_tag(tag)) {
        let detail = format!("a tag has 1 to {TAG_MAX} letters, digits and `-_.:/@=`");
        return Err(Problem::new(ErrorCode::TagsInvalid, detail));
    }
    tag::tags(&[], tags).ok_or_else(too_many_tags)
}

/// A run has as many tags as it may.
#[must_use]
pub fn too_many_tags() -> Problem {
    let detail = format!("a run has {TAGS_MAX} tags at most");
    Problem::new(ErrorCode::TagsInvalid, detail)
}

/// Checks an idempotency key of a client: 1 to 200 visible ASCII characters that are not a key of a task's or
/// of a public token's own.
///
/// # Errors
/// [`ErrorCode::BadRequest`].
pub fn check_idempotency_key(key: &str) -> Result<(), Problem> {
    let is_reserved = [KEY_PREFIX, ID_PREFIX]
        .iter()
        .any(|prefix| key.starts_with(prefix));
    let has_length = (1..=IDEMPOTENCY_KEY_MAX).contains(&key.len());
    if has_length && !is_reserved && key.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Problem::new(
        ErrorCode::BadRequest,
        format!(
            "an idempotency key has 1 to {IDEMPOTENCY_KEY_MAX} visible ASCII characters and does not begin with \
             `{KEY_PREFIX}` or `{ID_PREFIX}`"
        ),
    ))
}

/// Checks how many modules there are and how long their paths are.
///
/// # Errors
/// [`ErrorCode::TaskInvalid`].
pub fn check_modules<'a>(paths: impl ExactSizeIterator<Item = &'a str>) -> Result<(), Problem> {
    if paths.len() > MODULES_MAX {
        return Err(Problem::new(
            ErrorCode::TaskInvalid,
            format!(
                "{} modules are packed with the task; at most {MODULES_MAX} may be",
                paths.len()
            ),
        ));
    }
    for path in paths {
        if path.is_empty() || path.len() > MODULE_PATH_MAX || path.contains(char::is_control) {
            return Err(Problem::new(
                ErrorCode::TaskInvalid,
                format!(
                    "the path of a module has 1 to {MODULE_PATH_MAX} bytes and no control characters"
                ),
            ));
        }
    }
    Ok(())
}

/// Checks the patterns of tasks that a task is to call, or of events that it is to hear.
///
/// # Errors
/// [`ErrorCode::TaskInvalid`].
pub fn check_reach(what: &str, patterns: &[String]) -> Result<(), Problem> {
    let is_pattern = |pattern: &String| (1..=GRANT_MAX).contains(&pattern.chars().count());
    if patterns.len() <= GRANTS_MAX && patterns.iter().all(is_pattern) {
        return Ok(());
    }
    Err(Problem::new(
        ErrorCode::TaskInvalid,
        format!("a task {what} at most {GRANTS_MAX} patterns of 1 to {GRANT_MAX} characters each"),
    ))
}

/// Checks the namespaces of the keystore that a task is to be granted.
///
/// # Errors
/// [`ErrorCode::TaskInvalid`].
pub fn check_grants(grants: &[String]) -> Result<(), Problem> {
    let is_pattern = |grant: &String| (1..=GRANT_MAX).contains(&grant.chars().count());
    if grants.len() <= GRANTS_MAX && grants.iter().all(is_pattern) {
        return Ok(());
    }
    Err(Problem::new(
        ErrorCode::TaskInvalid,
        format!(
            "a task is granted at most {GRANTS_MAX} namespaces of 1 to {GRANT_MAX} characters each"
        ),
    ))
}

/// The number of items that a page may have, from the `limit` of a query.
///
/// # Errors
/// [`ErrorCode::BadRequest`].
pub fn page_limit(limit: Option<u32>) -> Result<u32, Problem> {
    match limit {
        None => Ok(PAGE_DEFAULT),
        Some(limit @ 1..=PAGE_MAX) => Ok(limit),
        Some(_) => Err(Problem::new(
            ErrorCode::BadRequest,
            format!("the query: `limit` must be 1 to {PAGE_MAX}"),
        )),
    }
}

/// When a run is to begin (milliseconds since the Unix epoch), from what was submitted at `now`;
/// `None`: at once, as for a moment that has passed.
///
/// # Errors
/// [`ErrorCode::TimeInvalid`].
pub fn run_at(run: &SubmitRun, now: i64) -> Result<Option<i64>, Problem> {
    let invalid = |detail: &str| Err(Problem::new(ErrorCode::TimeInvalid, detail));
    let at = match (run.run_at, run.delay_ms) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return invalid("give `runAt` or `delayMs`, not both"),
        (Some(at), None) => at.millis(),
        (None, Some(delay)) if delay < 0 => return invalid("`delayMs` is negative"),
        (None, Some(delay)) => now.saturating_add(delay),
    };
    if at > now.saturating_add(RUN_AT_MAX_MS) {
        return invalid("a run begins at most five years ahead");
    }
    Ok((at > now).then_some(at))
}

/// When a run is stopped that begins at `begin`, from what was submitted or else from what the task
/// says (milliseconds).
///
/// # Errors
/// [`ErrorCode::TimeInvalid`].
pub fn deadline(
    run: &SubmitRun,
    task_timeout_ms: Option<i64>,
    begin: i64,
) -> Result<Option<i64>, Problem> {
    let Some(timeout) = run.timeout_ms.or(task_timeout_ms) else {
        return Ok(None);
    };
    if !(1..=RUN_AT_MAX_MS).contains(&timeout) {
        return Err(Problem::new(
            ErrorCode::TimeInvalid,
            "`timeoutMs` must be at least 1, and five years at most",
        ));
    }
    Ok(Some(begin.saturating_add(timeout)))
}

/// Checks the reason for cancelling a run, and by whom.
///
/// # Errors
/// [`ErrorCode::BadRequest`].
pub fn check_cancel(cancel: &CancelRun) -> Result<(), Problem> {
    for (name, value, max) in [
        ("reason", &cancel.reason, REASON_MAX),
        ("by", &cancel.by, BY_MAX),
    ] {
        if value
            .as_ref()
            .is_some_and(|value| value.chars().count() > max)
        {
            let detail = format!("`{name}` may have {max} characters at most");
            return Err(Problem::new(ErrorCode::BadRequest, detail));
        }
    }
    Ok(())
}

/// How long to wait, from the `wait` of a query: more than a minute is a minute.
///
/// # Errors
/// [`ErrorCode::BadRequest`] if it is negative or no number.
pub fn wait_limit(wait: Option<f64>) -> Result<Duration, Problem> {
    let seconds = wait.unwrap_or(0.0);
    if seconds.is_nan() || seconds < 0.0 {
        return Err(Problem::new(
            ErrorCode::BadRequest,
            format!("the query: `wait` must be 0 to {WAIT_MAX_SECONDS} seconds"),
        ));
    }
    Ok(Duration::from_secs_f64(seconds.min(WAIT_MAX_SECONDS)))
}
