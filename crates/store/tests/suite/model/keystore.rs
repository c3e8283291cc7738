//! Encrypted values.

use std::collections::{BTreeMap, BTreeSet};

use tasker_store::{
    BeforeChange, Change, ChangeOf, Changes, Held, Keystore, Namespace, Page, Result,
};

use super::{Model, state};

impl Keystore for Model {
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>> {
        self.read(|state| state.keys.get(&(namespace.into(), key.into())).cloned())
    }
    fn put(&self, namespace: &str, key: &str, ciphertext: &[u8], _now: i64) -> Result<bool> {
        self.write(|state| {
            let key = (namespace.into(), key.into());
            Ok(state.keys.insert(key, ciphertext.to_vec()).is_none())
        })
    }
    fn keys(&self, namespace: &str, after: Option<&str>, limit: u32) -> Result<Page<String>> {
        self.read(|state| {
            let names = state.keys.keys().filter(|(of, _)| of == namespace);
            let names = names.map(|(_, key)| key.clone());
            state::page(
                names.filter(|key| after.is_none_or(|after| key.as_str() > after)),
                limit,
            )
        })
    }
    fn namespaces(&self, after: Option<&str>, limit: u32) -> Result<Page<Namespace>> {
        self.read(|state| {
            let mut counts = BTreeMap::<&str, u64>::new();
            for (namespace, _) in state.keys.keys() {
                *counts.entry(namespace).or_default() += 1;
            }
            let all = counts.into_iter().map(|(name, keys)| Namespace {
                name: name.to_owned(),
                keys,
            });
            state::page(
                all.filter(|of| after.is_none_or(|after| of.name.as_str() > after)),
                limit,
            )
        })
    }
    fn remove(&self, namespace: &str, key: &str) -> Result<bool> {
        self.write(|state| Ok(state.keys.remove(&(namespace.into(), key.into())).is_some()))
    }
    fn held(&self, namespace: &str) -> Result<Held> {
        self.read(|state| {
            let of = state.keys.iter().filter(|((of, _), _)| of == namespace);
            of.fold(Held::default(), |held, (_, ciphertext)| Held {
                keys: held.keys + 1,
                bytes: held.bytes + ciphertext.len() as u64,
            })
        })
    }
    fn count_namespaces(&self) -> Result<u64> {
        self.read(|state| {
            let names: BTreeSet<_> = state.keys.keys().map(|(namespace, _)| namespace).collect();
            names.len() as u64
        })
    }
}

impl Changes for Model {
    fn before_change(&self, _: &ChangeOf<'_>) -> Result<BeforeChange> {
        unreachable!("the random steps of services change values")
    }
    fn change(&self, _: &Change<'_>, _now: i64) -> Result<bool> {
        unreachable!("the random steps of services change values")
    }
}
