//! The methods of `tools.keystore`.

use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_domain::{ErrorCode, ErrorValue};
use tasker_host::{open_store, time};
use tasker_service::{Arguments, unknown_method};
use tasker_store::Keystore;

use crate::cipher::Cipher;

/// Characters of a namespace or key.
const NAME_LIMIT: usize = 200;
/// Bytes of a value as JSON.
const VALUE_LIMIT: usize = 256 << 10;
/// Keys that one `list` gives.
const LIST_LIMIT: u32 = 1_000;

/// Makes a call.
pub(crate) fn call(request: &ServiceRequest) -> tasker_service::Result {
    let method: Vec<&str> = request.method.iter().map(String::as_str).collect();
    match method[..] {
        ["get"] => get(&request.args),
        ["set"] => set(&request.args),
        ["list"] => list(&request.args),
        ["delete"] => delete(&request.args),
        _ => Err(unknown_method(
            "keystore",
            &request.method,
            &["get", "set", "list", "delete"],
        )),
    }
}

/// The value of a key; `null` if there is none.
fn get(args: &str) -> tasker_service::Result {
    let args = Arguments::read(args, "tools.keystore.get(namespace, key)", 2)?;
    let (namespace, key) = name(&args)?;
    let cipher = Cipher::from_config().map_err(unavailable)?;
    let Some(stored) = open_store()
        .and_then(|store| store.get(&namespace, &key))
        .map_err(unavailable)?
    else {
        return Ok("null".to_owned());
    };
    cipher.open(&namespace, &key, &stored).ok_or_else(|| {
        let message = format!(
            "the value of `{namespace}/{key}` cannot be decrypted; was `keystore_key` changed?"
        );
        let error = ErrorValue::new(ErrorCode::DecryptionFailed, message);
        ServiceError {
            error,
            retryable: false,
            retry_after_ms: None,
        }
    })
}

/// Stores any JSON value; tells whether the key is new.
fn set(args: &str) -> tasker_service::Result {
    let args = Arguments::read(args, "tools.keystore.set(namespace, key, value)", 3)?;
    let (namespace, key) = name(&args)?;
    let value = args.value(2, "value", VALUE_LIMIT)?;
    let sealed = Cipher::from_config()
        .map_err(unavailable)?
        .seal(&namespace, &key, value)
        .map_err(unavailable)?;
    let created = open_store()
        .and_then(|store| store.put(&namespace, &key, &sealed, time::now_ms()))
        .map_err(unavailable)?;
    Ok(format!(r#"{{"created":{created}}}"#))
}

/// The keys of a namespace, never their values.
fn list(args: &str) -> tasker_service::Result {
    let args = Arguments::read(args, "tools.keystore.list(namespace)", 1)?;
    let namespace = args.text(0, "namespace", NAME_LIMIT)?;
    let store = open_store().map_err(unavailable)?;
    let mut keys: Vec<String> = Vec::new();
    loop {
        let page = store
            .keys(&namespace, keys.last().map(String::as_str), LIST_LIMIT)
            .map_err(unavailable)?;
        keys.extend(page.items);
        if !page.more {
            return serde_json::to_string(&keys).map_err(unavailable);
        }
    }
}

/// Removes a key; tells whether there was one.
fn delete(args: &str) -> tasker_service::Result {
    let args = Arguments::read(args, "tools.keystore.delete(namespace, key)", 2)?;
    let (namespace, key) = name(&args)?;
    let removed = open_store()
        .and_then(|store| store.remove(&namespace, &key))
        .map_err(unavailable)?;
    Ok(removed.to_string())
}

fn name(args: &Arguments<'_>) -> Result<(String, String), ServiceError> {
    Ok((
        args.text(0, "namespace", NAME_LIMIT)?,
        args.text(1, "key", NAME_LIMIT)?,
    ))
}

/// The store or the configuration fails: another attempt may find it mended. The reason is for
/// the operator's log alone.
fn unavailable(reason: impl std::fmt::Display) -> ServiceError {
    eprintln!("keystore: {reason}");
    let error = ErrorValue::new(
        ErrorCode::ServiceUnavailable,
        "the keystore is not available at the moment",
    );
    ServiceError {
        error,
        retryable: true,
        retry_after_ms: None,
    }
}
