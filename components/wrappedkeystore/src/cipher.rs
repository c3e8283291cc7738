//! Encryption of stored values: AES-256-GCM with a random nonce. What the value is for and its names
//! are bound in as associated data, so a ciphertext moved elsewhere does not open.
//!
//! Stored form: one byte of version (2), 8 bytes that name the key, 12 bytes of nonce, ciphertext with
//! tag. Version 1 had no name of the key, and no purpose in its associated data; its values still open.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use sha2::{Digest, Sha256};

const VERSION: u8 = 2;
const VERSION_1: u8 = 1;
const NONCE_BYTES: usize = 12;
const ID_BYTES: usize = 8;
/// Version and key id.
pub(crate) const PREFIX_BYTES: usize = 1 + ID_BYTES;

/// What a value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Kept in the keystore.
    Keep,
    /// Shared by the instances of a service.
    Share,
}

/// The master keys: the present one, which seals, and those before it, which only open.
pub struct Ring {
    /// The present one first.
    keys: Vec<Key>,
}

struct Key {
    id: [u8; ID_BYTES],
    cipher: Aes256Gcm,
}

impl Ring {
    /// Of the present key and the previous ones.
    #[must_use]
    pub fn new(present: &[u8; 32], previous: &[[u8; 32]]) -> Self {
        let keys = std::iter::once(present).chain(previous);
        Self {
            keys: keys.map(Key::new).collect(),
        }
    }

    /// How everything begins that the present key has sealed.
    pub(crate) fn prefix(&self) -> [u8; PREFIX_BYTES] {
        let mut prefix = [VERSION; PREFIX_BYTES];
        prefix[1..].copy_from_slice(&self.keys[0].id);
        prefix
    }

    /// Seals under the present key.
    pub(crate) fn seal(
        &self,
        purpose: Purpose,
        names: (&str, &str),
        value: &[u8],
    ) -> Result<Vec<u8>, String> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
        let aad = [&[purpose as u8], &associated(names)[..]].concat();
        let payload = Payload {
            msg: value,
            aad: &aad,
        };
        let sealed = self.keys[0]
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|error| error.to_string())?;
        Ok([&self.prefix()[..], &nonce, &sealed].concat())
    }

    /// `None` if the bytes were not sealed under one of the keys, for this purpose and these names.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        names: (&str, &str),
        stored: &[u8],
    ) -> Option<Opened> {
        let (&version, rest) = stored.split_first()?;
        match version {
            VERSION => {
                let (id, rest) = rest.split_first_chunk::<ID_BYTES>()?;
                let aad = [&[purpose as u8], &associated(names)[..]].concat();
                let mut keys = self.keys.iter().filter(|key| key.id == *id);
                keys.find_map(|key| key.open(&aad, rest)).map(Opened::Typed)
            }
            VERSION_1 if purpose == Purpose::Keep => {
                let aad = associated(names);
                let mut keys = self.keys.iter();
                keys.find_map(|key| key.open(&aad, rest)).map(Opened::Plain)
            }
            _ => None,
        }
    }
}

/// A value in clear.
pub(crate) enum Opened {
    /// It begins with a byte that tells what it is.
    Typed(Vec<u8>),
    /// It is JSON: as version 1 had it.
    Plain(Vec<u8>),
}

impl Key {
    fn new(key: &[u8; 32]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"tasker: name of a master key")
            .chain_update(key)
            .finalize();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest[..ID_BYTES]);
        let cipher = Aes256Gcm::new(key.into());
        Self { id, cipher }
    }

    fn open(&self, aad: &[u8], stored: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = stored.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad };
        self.cipher.decrypt(&Nonce::from(*nonce), payload).ok()
    }
}

/// The length first, so that no two pairs of names give the same bytes.
fn associated((first, second): (&str, &str)) -> Vec<u8> {
    let length = u32::try_from(first.len()).unwrap_or(u32::MAX).to_le_bytes();
    [&length, first.as_bytes(), second.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use tasker_settings::{Invalid, KEYSTORE_KEY, KEYSTORE_KEY_PREVIOUS};

    use super::*;

    fn key(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    fn ring(present: &str, previous: &str) -> Result<Ring, Invalid> {
        let previous = KEYSTORE_KEY_PREVIOUS.parse(previous)?;
        Ok(Ring::new(&KEYSTORE_KEY.parse(present)?, &previous))
    }

    fn text(opened: Option<Opened>) -> Option<String> {
        opened.map(|opened| match opened {
            Opened::Typed(bytes) | Opened::Plain(bytes) => String::from_utf8(bytes).unwrap(),
        })
    }

    #[test]
    fn a_value_opens_for_its_purpose_and_names_under_a_known_key_alone() {
        let old = ring(&key(1), "").unwrap();
        let new = ring(&key(2), &format!(" {}, {},", key(3), key(1))).unwrap();
        let sealed = old.seal(Purpose::Keep, ("n", "k"), b"value").unwrap();
        assert!(sealed.starts_with(&old.prefix()) && !sealed.starts_with(&new.prefix()));
        for ring in [&old, &new] {
            assert_eq!(
                text(ring.open(Purpose::Keep, ("n", "k"), &sealed)).unwrap(),
                "value"
            );
            assert!(ring.open(Purpose::Share, ("n", "k"), &sealed).is_none());
            assert!(ring.open(Purpose::Keep, ("nk", ""), &sealed).is_none());
        }
        let stranger = ring(&key(4), "").unwrap();
        assert!(stranger.open(Purpose::Keep, ("n", "k"), &sealed).is_none());
        for cut in 0..sealed.len() {
            assert!(
                old.open(Purpose::Keep, ("n", "k"), &sealed[..cut])
                    .is_none()
            );
        }
    }

    #[test]
    fn values_of_version_1_open() {
        let ring = ring(&key(2), &key(1)).unwrap();
        let old = Key::new(&[1; 32]);
        let aad = associated(("n", "k"));
        let payload = Payload {
            msg: b"\"v\"",
            aad: &aad,
        };
        let sealed = old.cipher.encrypt(&Nonce::from([7; 12]), payload).unwrap();
        let stored = [&[VERSION_1], &[7; 12][..], &sealed].concat();
        assert!(matches!(
            ring.open(Purpose::Keep, ("n", "k"), &stored),
            Some(Opened::Plain(value)) if value == b"\"v\""
        ));
        assert!(ring.open(Purpose::Share, ("n", "k"), &stored).is_none());
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_being_shown() {
        for (present, previous, variable) in [
            ("c2hvcnQ=", "", "keystore_key"),
            (&*key(1), "not base64", "keystore_key_previous"),
        ] {
            let Err(reason) = ring(present, previous) else {
                panic!("{variable} was taken");
            };
            let reason = reason.to_string();
            assert!(
                reason.contains(variable) && !reason.contains("not base64"),
                "{reason}"
            );
        }
    }
}
