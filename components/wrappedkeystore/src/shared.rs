//! Values that the instances of a service share.

use tasker_domain::keystore::{SharedAnswer, SharedRequest, SharedStep};
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;
use tasker_store::{Shared, SharedKey};

use crate::Store;
use crate::cipher::{Opened, Purpose};
use crate::vault::{Vault, unavailable};

/// Bytes of a shared value as JSON.
const VALUE_LIMIT: usize = 8 << 20;
/// How long a stale value is kept before it is removed.
const KEPT_MS: i64 = 24 * 3_600_000;
/// The most that are removed whenever one is stored.
const REMOVED_AT_ONCE: u32 = 16;

impl<S: Store> Vault<S> {
    /// Takes a step with a shared value.
    ///
    /// # Errors
    /// If the store fails.
    pub fn shared(&self, request: &SharedRequest, now: i64) -> Result<SharedAnswer, ServiceError> {
        let key = SharedKey {
            service: &request.service,
            key: &request.key,
        };
        match &request.step {
            SharedStep::Take { lease_ms } => self.take(key, &request.token, *lease_ms, now),
            SharedStep::Put { value, fresh_ms } => {
                let json = value.to_string();
                if json.len() > VALUE_LIMIT {
                    return Err(invalid(format!(
                        "a shared value may have at most {VALUE_LIMIT} bytes as JSON"
                    )));
                }
                let sealed = self
                    .ring
                    .seal(Purpose::Share, (key.service, key.key), json.as_bytes())
                    .map_err(unavailable)?;
                let revision = self
                    .store
                    .put_shared(key, &request.token, &sealed, now.saturating_add(*fresh_ms))
                    .map_err(unavailable)?;
                self.store
                    .drop_expired_shared(now - KEPT_MS, REMOVED_AT_ONCE)
                    .map_err(unavailable)?;
                Ok(SharedAnswer::Done { revision })
            }
            SharedStep::GiveUp => {
                self.store
                    .give_up_shared(key, &request.token)
                    .map_err(unavailable)?;
                Ok(SharedAnswer::Done { revision: None })
            }
            SharedStep::Forget { revision } => {
                self.store
                    .forget_shared(key, *revision)
                    .map_err(unavailable)?;
                Ok(SharedAnswer::Done { revision: None })
            }
        }
    }

    fn take(
        &self,
        key: SharedKey<'_>,
        token: &str,
        lease_ms: i64,
        now: i64,
    ) -> Result<SharedAnswer, ServiceError> {
        let until = now.saturating_add(lease_ms);
        loop {
            match self
                .store
                .shared(key, token, until, now)
                .map_err(unavailable)?
            {
                Shared::Make => return Ok(SharedAnswer::Make),
                Shared::Wait { until } => {
                    return Ok(SharedAnswer::Wait {
                        ms: (until - now).max(0),
                    });
                }
                Shared::Fresh {
                    ciphertext,
                    revision,
                } => {
                    let names = (key.service, key.key);
                    if let Some(Opened::Typed(json)) =
                        self.ring.open(Purpose::Share, names, &ciphertext)
                        && let Ok(value) = serde_json::from_slice(&json)
                    {
                        return Ok(SharedAnswer::Fresh { value, revision });
                    }
                    // Sealed under a key that is gone: it is made anew. The next look finds none, or
                    // a value that another has made meanwhile.
                    self.store
                        .forget_shared(key, revision)
                        .map_err(unavailable)?;
                }
            }
        }
    }
}
