//! The services' part of the store as a pure in-memory model.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tasker_store::{
    Admission, BeforeChange, CallLimits, Change, ChangeOf, Changes, Held, Keystore, LeaseOutcome,
    NamedLeases, Namespace, NewCall, NewLease, Page, Reseal, Result, SealedValue, Shared,
    SharedKey, SharedValues, WINDOW_MS, calls_of,
};

use crate::fixtures::lease;
use crate::model::Leases;

type Name = (String, String);

#[derive(Default)]
pub(super) struct Model(RefCell<State>);

#[derive(Default)]
struct State {
    windows: BTreeMap<String, (i64, u32)>,
    leases: Leases,
    shared: BTreeMap<Name, Value>,
    keys: BTreeMap<Name, Vec<u8>>,
    /// What the calls were answered that changed a key.
    changes: BTreeMap<(Name, String), String>,
}

#[derive(Default)]
struct Value {
    revision: i64,
    fresh: Option<(Vec<u8>, i64)>,
    lease: Option<(String, i64)>,
}

impl Value {
    fn fresh_until(&self) -> i64 {
        self.fresh.as_ref().map_or(0, |(_, until)| *until)
    }

    fn held_by(&self, token: &str) -> bool {
        self.lease
            .as_ref()
            .is_some_and(|(holder, _)| holder == token)
    }
}

fn name(key: SharedKey<'_>) -> Name {
    (key.service.to_owned(), key.key.to_owned())
}

impl CallLimits for Model {
    fn admit(&self, call: &NewCall<'_>, now: i64) -> Result<Admission> {
        let state = &mut *self.0.borrow_mut();
        let service = call.service.to_owned();
        let name = calls_of(call.service);
        if let Some(places) = call.at_once {
            let lease = lease(&name, places, call.token, call.expires_at);
            if let LeaseOutcome::HeldUntil(_) = state.leases.take(&lease, now) {
                return Ok(Admission::SlotsTaken);
            }
        }
        if let Some(per_window) = call.per_window {
            let window = state.windows.get(&service).copied();
            let (started, calls) = window
                .filter(|(started, _)| (now - started).abs() < WINDOW_MS)
                .unwrap_or((now, 0));
            if calls >= per_window {
                state.leases.give_back(&name, call.token);
                let until = started + WINDOW_MS;
                return Ok(Admission::WindowFull { until });
            }
            state.windows.insert(service, (started, calls + 1));
        }
        Ok(Admission::Admitted)
    }
}

impl SharedValues for Model {
    fn shared(&self, key: SharedKey<'_>, token: &str, expires_at: i64, now: i64) -> Result<Shared> {
        let state = &mut *self.0.borrow_mut();
        let value = state.shared.entry(name(key)).or_default();
        if let Some((ciphertext, until)) = &value.fresh
            && *until > now
        {
            return Ok(Shared::Fresh {
                ciphertext: ciphertext.clone(),
                revision: value.revision,
            });
        }
        if let Some((_, until)) = &value.lease
            && *until > now
        {
            return Ok(Shared::Wait { until: *until });
        }
        value.lease = Some((token.to_owned(), expires_at));
        Ok(Shared::Make)
    }

    fn put_shared(
        &self,
        key: SharedKey<'_>,
        token: &str,
        ciphertext: &[u8],
        fresh_until: i64,
    ) -> Result<Option<i64>> {
        let state = &mut *self.0.borrow_mut();
        let value = state.shared.get_mut(&name(key));
        Ok(value.filter(|value| value.held_by(token)).map(|value| {
            value.fresh = Some((ciphertext.to_vec(), fresh_until));
            value.lease = None;
            value.revision += 1;
            value.revision
        }))
    }

    fn give_up_shared(&self, key: SharedKey<'_>, token: &str) -> Result<()> {
        let state = &mut *self.0.borrow_mut();
        if let Some(value) = state.shared.get_mut(&name(key))
            && value.held_by(token)
        {
            value.lease = None;
        }
        Ok(())
    }

    fn forget_shared(&self, key: SharedKey<'_>, revision: i64) -> Result<bool> {
        let state = &mut *self.0.borrow_mut();
        let value = state.shared.get_mut(&name(key));
        Ok(value.is_some_and(|value| value.revision == revision && value.fresh.take().is_some()))
    }

    fn drop_expired_shared(&self, before: i64, limit: u32) -> Result<u32> {
        let state = &mut *self.0.borrow_mut();
        let mut expired: Vec<_> = state
            .shared
            .iter()
            .filter(|(_, value)| {
                let held = value
                    .lease
                    .as_ref()
                    .is_some_and(|(_, until)| *until >= before);
                value.fresh_until() < before && !held
            })
            .map(|(name, value)| (value.fresh_until(), name.clone()))
            .collect();
        expired.sort();
        expired.truncate(limit as usize);
        for (_, name) in &expired {
            state.shared.remove(name);
        }
        Ok(u32::try_from(expired.len()).unwrap())
    }
}

impl Reseal for Model {
    fn sealed_otherwise(
        &self,
        prefix: &[u8],
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<SealedValue>> {
        let state = self.0.borrow();
        let found = state.keys.iter().filter(|((namespace, key), ciphertext)| {
            after.is_none_or(|after| (namespace.as_str(), key.as_str()) > after)
                && !ciphertext.starts_with(prefix)
        });
        Ok(found
            .take(limit as usize)
            .map(|((namespace, key), ciphertext)| SealedValue {
                namespace: namespace.clone(),
                key: key.clone(),
                ciphertext: ciphertext.clone(),
            })
            .collect())
    }

    fn reseal(&self, value: &SealedValue, ciphertext: &[u8]) -> Result<bool> {
        let state = &mut *self.0.borrow_mut();
        let name = (value.namespace.clone(), value.key.clone());
        match state.keys.get_mut(&name) {
            Some(present) if *present == value.ciphertext => {
                *present = ciphertext.to_vec();
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

impl Keystore for Model {
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>> {
        let name = (namespace.to_owned(), key.to_owned());
        Ok(self.0.borrow().keys.get(&name).cloned())
    }

    fn put(&self, namespace: &str, key: &str, ciphertext: &[u8], _now: i64) -> Result<bool> {
        let name = (namespace.to_owned(), key.to_owned());
        let keys = &mut self.0.borrow_mut().keys;
        Ok(keys.insert(name, ciphertext.to_vec()).is_none())
    }

    fn keys(&self, _: &str, _: Option<&str>, _: u32) -> Result<Page<String>> {
        Ok(Page {
            items: Vec::new(),
            more: false,
        })
    }

    fn namespaces(&self, _: Option<&str>, _: u32) -> Result<Page<Namespace>> {
        Ok(Page {
            items: Vec::new(),
            more: false,
        })
    }

    fn remove(&self, namespace: &str, key: &str) -> Result<bool> {
        let name = (namespace.to_owned(), key.to_owned());
        Ok(self.0.borrow_mut().keys.remove(&name).is_some())
    }

    fn held(&self, namespace: &str) -> Result<Held> {
        let keys = &self.0.borrow().keys;
        let of = keys.iter().filter(|((of, _), _)| of == namespace);
        Ok(of.fold(Held::default(), |held, (_, ciphertext)| Held {
            keys: held.keys + 1,
            bytes: held.bytes + ciphertext.len() as u64,
        }))
    }

    fn count_namespaces(&self) -> Result<u64> {
        let keys = &self.0.borrow().keys;
        let names: BTreeSet<_> = keys.keys().map(|(namespace, _)| namespace).collect();
        Ok(names.len() as u64)
    }
}

impl Changes for Model {
    fn before_change(&self, of: &ChangeOf<'_>) -> Result<BeforeChange> {
        let state = self.0.borrow();
        let name = (of.namespace.to_owned(), of.key.to_owned());
        Ok(BeforeChange {
            ciphertext: state.keys.get(&name).cloned(),
            answer: state.changes.get(&(name, of.call.to_owned())).cloned(),
        })
    }

    fn change(&self, change: &Change<'_>, _now: i64) -> Result<bool> {
        let before = self.before_change(&change.of)?;
        if before.answer.is_some() || before.ciphertext.as_deref() != change.expected {
            return Ok(false);
        }
        let of = &change.of;
        let state = &mut *self.0.borrow_mut();
        let name = (of.namespace.to_owned(), of.key.to_owned());
        state.keys.insert(name.clone(), change.ciphertext.to_vec());
        state
            .changes
            .insert((name, of.call.to_owned()), change.answer.to_owned());
        Ok(true)
    }
}

impl NamedLeases for Model {
    fn take_lease(&self, lease: &NewLease<'_>, now: i64) -> Result<LeaseOutcome> {
        Ok(self.0.borrow_mut().leases.take(lease, now))
    }

    fn renew_lease(&self, name: &str, token: &str, expires_at: i64) -> Result<bool> {
        Ok(self.0.borrow_mut().leases.renew(name, token, expires_at))
    }

    fn give_back_lease(&self, name: &str, token: &str) -> Result<bool> {
        Ok(self.0.borrow_mut().leases.give_back(name, token))
    }

    fn give_back_if_idle(&self, name: &str, token: &str, _: i64) -> Result<bool> {
        self.give_back_lease(name, token)?;
        Ok(true)
    }
}
