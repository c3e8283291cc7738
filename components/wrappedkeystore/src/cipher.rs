//! Encryption of stored values: AES-256-GCM with a random nonce. Namespace and key are bound in as
//! associated data, so a ciphertext moved to another key does not open.
//!
//! Stored form: one byte of version (1), 12 bytes of nonce, ciphertext with tag.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

/// Seals and opens values under the master key.
pub(crate) struct Cipher(Aes256Gcm);

impl Cipher {
    /// The cipher of the key in `keystore_key`. The error never shows the key.
    pub(crate) fn from_config() -> Result<Self, String> {
        let text =
            tasker_host::config::secret("keystore_key").map_err(|error| error.to_string())?;
        let key = STANDARD
            .decode(text.trim())
            .ok()
            .filter(|key| key.len() == 32)
            .ok_or("the variable `keystore_key` must be 32 bytes in base64; make one with `openssl rand -base64 32`")?;
        let cipher = Aes256Gcm::new_from_slice(&key).map_err(|error| error.to_string())?;
        Ok(Self(cipher))
    }

    pub(crate) fn seal(&self, namespace: &str, key: &str, value: &str) -> Result<Vec<u8>, String> {
        let nonce: [u8; NONCE_BYTES] = tasker_host::random();
        let aad = associated(namespace, key);
        let sealed = self
            .0
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: value.as_bytes(),
                    aad: &aad,
                },
            )
            .map_err(|error| error.to_string())?;
        Ok([&[VERSION], &nonce[..], &sealed].concat())
    }

    /// `None` if the bytes were not sealed under this key for this name.
    pub(crate) fn open(&self, namespace: &str, key: &str, stored: &[u8]) -> Option<String> {
        let (&version, rest) = stored.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        if version != VERSION {
            return None;
        }
        let aad = associated(namespace, key);
        let value = self
            .0
            .decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: &aad,
                },
            )
            .ok()?;
        String::from_utf8(value).ok()
    }
}

/// The length first, so that no two names give the same bytes.
fn associated(namespace: &str, key: &str) -> Vec<u8> {
    let length = u32::try_from(namespace.len())
        .unwrap_or(u32::MAX)
        .to_le_bytes();
    [&length, namespace.as_bytes(), key.as_bytes()].concat()
}
