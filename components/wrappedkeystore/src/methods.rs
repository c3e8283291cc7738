//! The methods of `tools.keystore`.

use tasker_domain::ErrorCode;
use tasker_domain::keystore::KeyName;
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_service::{Arguments, invalid, refused, unknown_method};

use crate::Store;
use crate::change;
use crate::value::{Options, Stored};
use crate::vault::{Vault, store_failed, unavailable};

/// Characters of a namespace or key.
const NAME_LIMIT: usize = 200;
/// Bytes of a value as JSON.
pub(crate) const VALUE_LIMIT: usize = 256 << 10;
/// Bytes of the options of `set`.
const OPTIONS_LIMIT: usize = 8 << 10;
/// Keys that are read at once.
const LIST_LIMIT: u32 = 1_000;

/// All methods.
const METHODS: &[&str] = &[
    "get",
    "set",
    "list",
    "delete",
    "increment",
    "compareAndSet",
    "setIfAbsent",
];

/// Makes a call.
pub(crate) fn call<S: Store>(
    vault: &Vault<S>,
    call: &ServiceRequest,
    now: i64,
) -> tasker_service::Result {
    let method: Vec<&str> = call.method.iter().map(String::as_str).collect();
    match method[..] {
        ["get"] => get(vault, call),
        ["set"] => set(vault, call, now),
        ["list"] => list(vault, call),
        ["delete"] => delete(vault, call),
        ["increment"] => change::increment(vault, call, now),
        ["compareAndSet"] => change::compare_and_set(vault, call, now),
        ["setIfAbsent"] => change::set_if_absent(vault, call, now),
        _ => Err(unknown_method("keystore", &call.method, METHODS)),
    }
}

/// The value of a key; `null` if it has none.
fn get<S: Store>(vault: &Vault<S>, call: &ServiceRequest) -> tasker_service::Result {
    let args = Arguments::read(&call.args, "tools.keystore.get(namespace, key)", 2)?;
    let name = allowed_name(vault, call, &args)?;
    match vault.read(&name)? {
        None => Ok("null".to_owned()),
        Some(Stored::Value(value)) => Ok(value),
        Some(Stored::Secret(_)) => Err(hidden(&name)),
    }
}

/// A secret is neither shown nor compared.
pub(crate) fn hidden(name: &KeyName) -> ServiceError {
    refused(
        ErrorCode::SecretHidden,
        format!(
            "`{name}` is a secret: it is never shown; refer to it in a service's arguments as {{ $secret: \"{name}\" }}"
        ),
    )
}

/// How many bytes a key's value takes that is about to go. A task must not put its own secret in the place of an operator's,
/// nor send that one to its own hosts.
fn replaceable<S: Store>(
    vault: &Vault<S>,
    call: &ServiceRequest,
    name: &KeyName,
) -> Result<Option<usize>, ServiceError> {
    let found = vault.store.get(&name.namespace, &name.key);
    let Some(sealed) = found.map_err(store_failed)? else {
        return Ok(None);
    };
    if call.frame.is_some()
        && let Stored::Secret(secret) = vault.open(name, &sealed)?
        && !secret.of_task
    {
        return Err(refused(
            ErrorCode::KeystoreDenied,
            format!("`{name}` is an operator's secret: a task can neither replace nor remove it"),
        ));
    }
    Ok(Some(sealed.len()))
}

/// Stores any JSON value; tells whether the key is new.
fn set<S: Store>(vault: &Vault<S>, call: &ServiceRequest, now: i64) -> tasker_service::Result {
    let usage = "tools.keystore.set(namespace, key, value, options)";
    let args = Arguments::read(&call.args, usage, 4)?;
    let name = allowed_name(vault, call, &args)?;
    let value = args.value(2, "value", VALUE_LIMIT)?;
    let stored = Stored::new(value, options(&args, usage)?)?.stored_by(call.frame.as_ref());
    let found = replaceable(vault, call, &name)?;
    let created = vault.write(&name, found, &stored, now)?;
    Ok(format!(r#"{{"created":{created}}}"#))
}

/// How to store a value: the fourth argument.
pub(crate) fn options(args: &Arguments<'_>, usage: &str) -> Result<Options, ServiceError> {
    if args.len() <= 3 {
        return Ok(Options::default());
    }
    let text = args.value(3, "options", OPTIONS_LIMIT)?;
    let options = serde_json::from_str::<Option<Options>>(text).map_err(|error| {
        invalid(format!(
            "`{usage}`: options must be {{ secret, hosts }}: {error}"
        ))
    })?;
    Ok(options.unwrap_or_default())
}

/// The keys of a namespace, never their values.
fn list<S: Store>(vault: &Vault<S>, call: &ServiceRequest) -> tasker_service::Result {
    let args = Arguments::read(&call.args, "tools.keystore.list(namespace)", 1)?;
    let namespace = args.text(0, "namespace", NAME_LIMIT)?;
    vault.check_access(call.run, call.frame.as_ref(), [namespace.as_str()])?;
    let mut keys: Vec<String> = Vec::new();
    loop {
        let page = vault
            .store
            .keys(&namespace, keys.last().map(String::as_str), LIST_LIMIT)
            .map_err(store_failed)?;
        keys.extend(page.items);
        if !page.more {
            return serde_json::to_string(&keys).map_err(unavailable);
        }
    }
}

/// Removes a key; tells whether there was one.
fn delete<S: Store>(vault: &Vault<S>, call: &ServiceRequest) -> tasker_service::Result {
    let args = Arguments::read(&call.args, "tools.keystore.delete(namespace, key)", 2)?;
    let name = allowed_name(vault, call, &args)?;
    if call.frame.is_some() {
        replaceable(vault, call, &name)?;
    }
    let removed = vault
        .store
        .remove(&name.namespace, &name.key)
        .map_err(store_failed)?;
    Ok(removed.to_string())
}

/// The name that the first two arguments give, if the caller may use it.
pub(crate) fn allowed_name<S: Store>(
    vault: &Vault<S>,
    call: &ServiceRequest,
    args: &Arguments<'_>,
) -> Result<KeyName, ServiceError> {
    let name = KeyName {
        namespace: args.text(0, "namespace", NAME_LIMIT)?,
        key: args.text(1, "key", NAME_LIMIT)?,
    };
    vault.check_access(call.run, call.frame.as_ref(), [name.namespace.as_str()])?;
    Ok(name)
}
