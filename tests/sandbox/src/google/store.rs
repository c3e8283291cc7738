//! Resources by their paths.

use std::collections::BTreeMap;

use bytes::Bytes;
use indexmap::IndexMap;
use serde_json::Value;

/// Resources, each in the collection that its path without the last segment names.
#[derive(Default)]
pub(crate) struct Store {
    collections: BTreeMap<String, IndexMap<String, Item>>,
    made: usize,
}

/// A resource.
#[derive(Clone, Default)]
pub(crate) struct Item {
    pub(crate) value: Value,
    /// The bytes of a file.
    pub(crate) media: Option<(String, Bytes)>,
}

impl Store {
    /// A number that was not given out before.
    pub(crate) fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    pub(crate) fn collection(&self, path: &str) -> impl Iterator<Item = &Item> {
        self.collections
            .get(path)
            .into_iter()
            .flat_map(IndexMap::values)
    }

    pub(crate) fn put(&mut self, path: &str, id: &str, item: Item) {
        let collection = self.collections.entry(path.to_owned()).or_default();
        collection.insert(id.to_owned(), item);
    }

    /// An item by its id, or by another name that it goes by.
    pub(crate) fn get(&self, path: &str, id: &str) -> Option<&Item> {
        let key = self.key(path, id)?;
        self.collections.get(path)?.get(&key)
    }

    pub(crate) fn get_mut(&mut self, path: &str, id: &str) -> Option<&mut Item> {
        let key = self.key(path, id)?;
        self.collections.get_mut(path)?.get_mut(&key)
    }

    pub(crate) fn remove(&mut self, path: &str, id: &str) -> Option<Item> {
        let key = self.key(path, id)?;
        self.collections.get_mut(path)?.shift_remove(&key)
    }

    fn key(&self, path: &str, id: &str) -> Option<String> {
        let collection = self.collections.get(path)?;
        if collection.contains_key(id) {
            return Some(id.to_owned());
        }
        let named = collection.iter().find(|(_, item)| {
            ["primaryEmail", "email", "domainName"]
                .iter()
                .any(|name| item.value.get(name).is_some_and(|value| value == id))
        });
        named.map(|(key, _)| key.clone())
    }
}
