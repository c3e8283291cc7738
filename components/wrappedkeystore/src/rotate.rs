//! Sealing values anew after a change of the master key.

use tasker_domain::ErrorCode;
use tasker_domain::keystore::{KeyName, Rotate, Rotated};
use tasker_domain::wire::ServiceError;
use tasker_service::refused;

use crate::Store;
use crate::cipher::Purpose;
use crate::value::Stored;
use crate::vault::{Vault, unavailable};

/// Values of one step.
const BATCH: u32 = 100;

impl<S: Store> Vault<S> {
    /// Looks whether values that the present key has not sealed can be opened: a database that was restored without its
    /// secrets has some that cannot.
    ///
    /// # Errors
    /// `decryption_failed`, with what to do.
    pub(crate) fn check_keys(&self) -> Result<(), ServiceError> {
        let values = self
            .store
            .sealed_otherwise(&self.ring.prefix(), None, BATCH)
            .map_err(unavailable)?;
        let looked_at = values.len();
        let mut lost = values.iter().filter(|value| {
            let names = (value.namespace.as_str(), value.key.as_str());
            let opened = self.ring.open(Purpose::Keep, names, &value.ciphertext);
            opened.and_then(Stored::from_opened).is_none()
        });
        let Some(first) = lost.next() else {
            return Ok(());
        };
        let (namespace, key, more) = (&first.namespace, &first.key, lost.count());
        Err(refused(
            ErrorCode::DecryptionFailed,
            format!(
                "values in the keystore cannot be opened with `keystore_key`: `{namespace:.200}/{key:.200}` and {more} more of \
                 the {looked_at} looked at. Either the database was restored without its secrets, or the key was changed: set the \
                 key under which they were sealed as `keystore_key`, or as `keystore_key_previous` and run `tasker keys rotate`; \
                 if it is lost, set these values anew"
            ),
        ))
    }

    /// Seals the next values that are sealed otherwise under the present key. It may be repeated and
    /// interrupted at will: what is sealed under the present key is passed over, and a value that
    /// changes meanwhile is thereby sealed under it.
    ///
    /// # Errors
    /// If the store fails.
    pub fn rotate(&self, request: &Rotate) -> Result<Rotated, ServiceError> {
        let after = request
            .after
            .as_ref()
            .map(|name| (name.namespace.as_str(), name.key.as_str()));
        let values = self
            .store
            .sealed_otherwise(&self.ring.prefix(), after, BATCH)
            .map_err(unavailable)?;
        let mut done = Rotated::default();
        let is_last = values.len() < BATCH as usize;
        for value in values {
            let names = (value.namespace.as_str(), value.key.as_str());
            let opened = self.ring.open(Purpose::Keep, names, &value.ciphertext);
            let name = KeyName {
                namespace: value.namespace.clone(),
                key: value.key.clone(),
            };
            match opened.and_then(Stored::from_opened) {
                None => done.unreadable.push(name.clone()),
                Some(stored) => {
                    let bytes = stored.to_bytes().map_err(unavailable)?;
                    let sealed = self
                        .ring
                        .seal(Purpose::Keep, names, &bytes)
                        .map_err(unavailable)?;
                    if self.store.reseal(&value, &sealed).map_err(unavailable)? {
                        done.rotated += 1;
                    }
                }
            }
            done.next = Some(name);
        }
        if is_last {
            done.next = None;
        }
        Ok(done)
    }
}
