//! Seals: how the app knows what it has given out, and keeps nothing of.
//!
//! A seal is an HMAC-SHA-256 (RFC 2104, FIPS 180-4) under a key that is made of the app's secrets.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// What is sealed. The seal of one kind says nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    /// The session of a browser.
    Session,
    /// What a front end holds.
    PublicToken,
}

impl Sealed {
    fn purpose(self) -> &'static str {
        match self {
            Self::Session => "tasker session\0",
            Self::PublicToken => "tasker public token\0",
        }
    }

    /// How many bytes the secrets have at least. Strangers hold public tokens, and may try secrets on them.
    fn secret_min(self) -> usize {
        match self {
            Self::Session => 1,
            Self::PublicToken => 32,
        }
    }
}

/// What is sealed with.
pub struct SealKey([u8; 32]);

impl SealKey {
    /// Made of the app's secrets; `None` if they are too short. Whoever changes one of them breaks all seals.
    #[must_use]
    pub fn of<'a>(sealed: Sealed, secrets: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut digest = Sha256::new_with_prefix(sealed.purpose());
        let mut bytes = 0;
        for secret in secrets {
            // Two secrets are never taken for one that is both.
            digest.update(secret.len().to_be_bytes());
            digest.update(secret);
            bytes += secret.len();
        }
        (bytes >= sealed.secret_min()).then(|| Self(digest.finalize().into()))
    }

    pub(crate) fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(text.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_counts_and_none_is_no_secret() {
        let of = |sealed, secrets: [&str; 2]| SealKey::of(sealed, secrets).map(|key| key.0);
        assert_eq!(of(Sealed::Session, ["", ""]), None);
        let all = [["ab", ""], ["a", "b"], ["", "ab"], ["b", "a"]];
        let keys = all.map(|secrets| of(Sealed::Session, secrets).unwrap());
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(key));
        }
        let long = "0123456789abcdef";
        assert_eq!(of(Sealed::PublicToken, [long, &long[1..]]), None);
        let public = of(Sealed::PublicToken, [long, long]).unwrap();
        assert_ne!(Some(public), of(Sealed::Session, [long, long]));
    }
}
