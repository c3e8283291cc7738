//! Bearer tokens: those of the settings, and API keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What each API key begins with, so that people and scanners know what they have found.
pub const KEY_PREFIX: &str = "tsk_";

/// Bytes that a key is made of.
const RANDOM: usize = 32;
/// Bytes of its check sum: what is mistyped or cut is refused without a look into the database.
const CHECK: usize = 4;

/// The bearer token of an `Authorization` header; `None` without one.
#[must_use]
pub fn bearer(header: Option<&str>) -> Option<&str> {
    let (scheme, token) = header?.trim().split_once(' ')?;
    let token = token.trim_start();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Whether two tokens are the same. The time that it takes tells nothing about them, not even their
/// length: digests are compared.
#[must_use]
pub fn is_same(given: &str, token: &str) -> bool {
    hash(given).ct_eq(&hash(token)).into()
}

/// The API key of these random bytes.
#[must_use]
pub fn key(random: [u8; RANDOM]) -> String {
    let mut bytes = random.to_vec();
    bytes.extend_from_slice(&check(&random));
    format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether a text can be an API key.
#[must_use]
pub fn is_key(text: &str) -> bool {
    let bytes = text
        .strip_prefix(KEY_PREFIX)
        .and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok());
    bytes.is_some_and(|bytes| {
        bytes.len() == RANDOM + CHECK && check(&bytes[..RANDOM]) == bytes[RANDOM..]
    })
}

/// What is kept of a key. A key is random, so its hash needs no salt and no work to make it slow.
#[must_use]
pub fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

fn check(random: &[u8]) -> [u8; CHECK] {
    let digest = Sha256::new()
        .chain_update("tasker api key\0")
        .chain_update(random)
        .finalize();
    std::array::from_fn(|at| digest[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_token_opens() {
        let opens = |header| bearer(header).is_some_and(|given| is_same(given, "s3cret"));
        for header in ["Bearer s3cret", "bearer s3cret", "BEARER   s3cret "] {
            assert!(opens(Some(header)), "{header}");
        }
        for header in [
            "Bearer s3cre",
            "Bearer s3crets",
            "Bearer ",
            "Bearer",
            "s3cret",
            "Basic s3cret",
            "",
        ] {
            assert!(!opens(Some(header)), "{header}");
        }
        assert!(!opens(None));
    }

    #[test]
    fn a_key_is_known_by_its_form() {
        let one = key([7; 32]);
        assert_eq!(one.len(), 52);
        assert!(is_key(&one) && one.starts_with("tsk_"));
        assert_ne!(hash(&one), hash(&key([8; 32])));
        // One character is another, one is missing, one is too many, the padding bits are set.
        for at in 4..one.len() {
            let other = if &one[at..=at] == "A" { "B" } else { "A" };
            let wrong = format!("{}{other}{}", &one[..at], &one[at + 1..]);
            assert!(!is_key(&wrong), "{wrong}");
        }
        for wrong in [
            &one[..51],
            &format!("{one}A"),
            &one[4..],
            "tsk_",
            "",
            "tsk_é",
        ] {
            assert!(!is_key(wrong), "{wrong}");
        }
    }
}
