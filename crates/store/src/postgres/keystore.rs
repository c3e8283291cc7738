//! Encrypted values, and changing the key under which they are sealed.

use crate::page::page;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::records::keystore::{before_change, namespaces, sealed_values};
use crate::{
    BeforeChange, Change, ChangeOf, Keystore, Namespace, Page, Reseal, Result, SealedValue,
};

impl<C: Connection> Keystore for Postgres<C> {
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>> {
        self.connection
            .value("get", params![namespace, key])?
            .opt_blob()
    }

    fn put(&self, namespace: &str, key: &str, ciphertext: &[u8], now: i64) -> Result<bool> {
        self.connection
            .value("put", params![namespace, key, ciphertext, now])?
            .boolean()
    }

    fn keys(&self, namespace: &str, after: Option<&str>, limit: u32) -> Result<Page<String>> {
        page(limit, |limit| {
            self.connection
                .call("keys", params![namespace, after, limit])?
                .into_iter()
                .map(|row| row.only().text())
                .collect()
        })
    }

    fn namespaces(&self, after: Option<&str>, limit: u32) -> Result<Page<Namespace>> {
        page(limit, |limit| {
            namespaces(self.connection.call("namespaces", params![after, limit])?)
        })
    }

    fn remove(&self, namespace: &str, key: &str) -> Result<bool> {
        self.connection
            .value("remove", params![namespace, key])?
            .boolean()
    }

    fn before_change(&self, of: &ChangeOf<'_>) -> Result<BeforeChange> {
        let row = self
            .connection
            .one("before_change", params![of.namespace, of.key, of.call])?;
        row.map_or_else(|| Ok(BeforeChange::default()), before_change)
    }

    fn change(&self, change: &Change<'_>, now: i64) -> Result<bool> {
        let of = &change.of;
        let change = params![
            of.namespace,
            of.key,
            of.call,
            change.run,
            change.expected,
            change.ciphertext,
            change.answer,
            now
        ];
        self.connection.value("change", change)?.boolean()
    }
}

impl<C: Connection> Reseal for Postgres<C> {
    fn sealed_otherwise(
        &self,
        prefix: &[u8],
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<SealedValue>> {
        let (namespace, key) = after.unzip();
        sealed_values(
            self.connection
                .call("sealed_otherwise", params![prefix, namespace, key, limit])?,
        )
    }

    fn reseal(&self, value: &SealedValue, ciphertext: &[u8]) -> Result<bool> {
        let reseal = params![
            value.namespace.as_str(),
            value.key.as_str(),
            value.ciphertext.as_slice(),
            ciphertext,
        ];
        self.connection.value("reseal", reseal)?.boolean()
    }
}
