//! The methods that change a value by what they find there, which nobody else changes meanwhile.
//!
//! The store cannot see the values. So a change is made of what was found, stored if nothing has happened since, and
//! else begun again. With it the call is noted, so that another attempt of the same call changes nothing more.

use serde_json::Number;
use serde_json::value::RawValue;
use tasker_domain::json::{means_the_same, number};
use tasker_domain::keystore::KeyName;
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_domain::{ErrorCode, Json};
use tasker_service::{Arguments, invalid, retryable};
use tasker_store::{Change, ChangeOf};

use crate::Store;
use crate::methods::{VALUE_LIMIT, allowed_name, hidden, options};
use crate::value::{Options, Stored};
use crate::vault::{Vault, store_failed};

/// How often a change is begun again because another came first.
const TRIES: u32 = 64;
/// The greatest number up to which every integer is a double.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// What becomes of a value.
enum Becomes {
    /// It is replaced, and the call has this answer.
    New(Stored, Json),
    /// It stays, and the call has this answer.
    Same(Json),
}

/// Adds to a number, 0 if there is none; answers the sum.
pub(crate) fn increment<S: Store>(
    vault: &Vault<S>,
    call: &ServiceRequest,
    now: i64,
) -> tasker_service::Result {
    let usage = "tools.keystore.increment(namespace, key, by)";
    let args = Arguments::read(&call.args, usage, 3)?;
    let name = allowed_name(vault, call, &args)?;
    let by = match args.len() {
        3 => args.value(2, "by", VALUE_LIMIT)?,
        _ => "1",
    };
    let by = double(by).ok_or_else(|| invalid(format!("`{usage}`: by must be a number")))?;
    vault.change(call, &name, now, |found| {
        let found = match found {
            None => 0.0,
            Some(Stored::Secret(_)) => return Err(hidden(&name)),
            Some(Stored::Value(value)) => double(&value).ok_or_else(|| {
                invalid(format!("`{usage}`: the value of `{name}` is not a number"))
            })?,
        };
        let sum = sum(found, by).ok_or_else(|| {
            invalid(format!(
                "`{usage}`: {found} and {by} make a number that cannot be exact: integers go up to {EXACT}"
            ))
        })?;
        let text = sum.to_string();
        Ok(Becomes::New(Stored::Value(text.clone()), text))
    })
}

/// Stores a value if the present one means the same as the expected; answers whether it did.
pub(crate) fn compare_and_set<S: Store>(
    vault: &Vault<S>,
    call: &ServiceRequest,
    now: i64,
) -> tasker_service::Result {
    let usage = "tools.keystore.compareAndSet(namespace, key, expected, value)";
    let args = Arguments::read(&call.args, usage, 4)?;
    let name = allowed_name(vault, call, &args)?;
    let expected = args.value(2, "expected", VALUE_LIMIT)?;
    let value = args.value(3, "value", VALUE_LIMIT)?;
    vault.change(call, &name, now, |found| {
        let found = match found {
            // As `get` answers.
            None => "null".to_owned(),
            Some(Stored::Secret(_)) => return Err(hidden(&name)),
            Some(Stored::Value(value)) => value,
        };
        if !means_the_same(&found, expected) {
            return Ok(Becomes::Same("false".to_owned()));
        }
        let value = Stored::new(value, Options::default())?;
        Ok(Becomes::New(value, "true".to_owned()))
    })
}

/// Stores a value if the key has none; answers whether it did.
pub(crate) fn set_if_absent<S: Store>(
    vault: &Vault<S>,
    call: &ServiceRequest,
    now: i64,
) -> tasker_service::Result {
    let usage = "tools.keystore.setIfAbsent(namespace, key, value, options)";
    let args = Arguments::read(&call.args, usage, 4)?;
    let name = allowed_name(vault, call, &args)?;
    let value = args.value(2, "value", VALUE_LIMIT)?;
    let value = Stored::new(value, options(&args, usage)?)?.stored_by(call.frame.as_ref());
    vault.change(call, &name, now, |found| {
        Ok(match found {
            Some(_) => Becomes::Same("false".to_owned()),
            None => Becomes::New(value.clone(), "true".to_owned()),
        })
    })
}

impl<S: Store> Vault<S> {
    /// Changes a value as `make` says, for all attempts of the call together once.
    fn change(
        &self,
        call: &ServiceRequest,
        name: &KeyName,
        now: i64,
        make: impl Fn(Option<Stored>) -> Result<Becomes, ServiceError>,
    ) -> tasker_service::Result {
        if call.frame.is_none() {
            return Err(invalid("only tasks change values by what they find"));
        }
        let of = ChangeOf {
            namespace: &name.namespace,
            key: &name.key,
            call: &call.idempotency_key,
        };
        for _ in 0..TRIES {
            let before = self.store.before_change(&of).map_err(store_failed)?;
            if let Some(answer) = before.answer {
                return Ok(answer);
            }
            let expected = before.ciphertext.as_deref();
            let found = expected.map(|sealed| self.open(name, sealed)).transpose()?;
            let (value, answer) = match make(found)? {
                Becomes::Same(answer) => return Ok(answer),
                Becomes::New(value, answer) => (value, answer),
            };
            let ciphertext = self.seal(name, &value)?;
            self.check_room(name, expected.map(<[u8]>::len), ciphertext.len())?;
            let change = Change {
                of,
                run: call.run,
                expected,
                ciphertext: &ciphertext,
                answer: &answer,
            };
            if self.store.change(&change, now).map_err(store_failed)? {
                return Ok(answer);
            }
        }
        Err(retryable(
            ErrorCode::ServiceUnavailable,
            format!("too many others change `{name}` at this moment"),
            None,
        ))
    }
}

/// A JSON number.
fn double(text: &str) -> Option<f64> {
    // Only a number's text begins so.
    let text = serde_json::from_str::<&RawValue>(text).ok()?.get();
    let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|value: &f64| is_number && value.is_finite())
}

/// The sum, unless it is not exact although both are integers, or not finite.
fn sum(one: f64, other: f64) -> Option<Number> {
    let sum = one + other;
    let are_integers = one.fract() == 0.0 && other.fract() == 0.0;
    number(sum).filter(|_| !are_integers || sum.abs() <= EXACT)
}
