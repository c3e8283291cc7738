//! Requests between components over the app's own public routes, for hosts without service chaining.
//!
//! The sender of such a request proves by a signature that it has the secret `internal_key`:
//! HMAC-SHA-256 (RFC 2104, FIPS 180-4) of the method, the path, the body's SHA-256 and a moment soon
//! after. The signature can be checked before the body is read, and has a number so that it is taken once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::mac;

/// The header with the signature.
pub const HEADER: &str = "tasker-signature";

/// The fewest characters of a secret.
pub const KEY_MIN_CHARS: usize = 32;

/// Keys for other purposes that are derived from the same secret differ from this one.
const PURPOSE: &[u8] = b"tasker internal request v1";

/// The form of the header: `1.<until>.<nonce>.<digest of the body>.<signature>`.
const VERSION: &str = "1";

/// No header is longer.
const HEADER_MAX_BYTES: usize = 256;

/// How long a signature is good.
const LIFE_MS: i64 = 30_000;

/// How far the clocks of two machines may differ.
const SKEW_MS: i64 = 10_000;

/// The public path of a component's route, such as `/_internal/quickjs/execute`.
#[must_use]
pub fn public_path(component: &str, path: &str) -> String {
    format!("/_internal/{component}{path}")
}

/// The route of a component that a public path leads to; `None` if it is not one of that component's.
#[must_use]
pub fn own_path<'a>(component: &str, path: &'a str) -> Option<&'a str> {
    let path = path.strip_prefix("/_internal/")?;
    let path = path.strip_prefix(component)?;
    path.starts_with('/').then_some(path)
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no signature, or not in its form.
    #[error("it is not signed")]
    Unsigned,
    /// It is not of this request, or was made with another secret.
    #[error("its signature is of something else")]
    Forged,
    /// Its time is up, or the clocks differ too much.
    #[error("its signature is not of this moment")]
    Stale,
}

/// What signs requests, and checks signatures.
pub struct Signer(Hmac<Sha256>);

/// A request whose signature is good. Its body must still be compared.
#[derive(Debug, PartialEq, Eq)]
pub struct Signed {
    /// No other request has the same.
    pub nonce: String,
    /// From this moment on (ms) the signature is refused as too old.
    pub stale_at: i64,
    digest: [u8; 32],
}

impl Signer {
    /// With a secret; `None` if it is too short to be one.
    #[must_use]
    pub fn new(secret: &str) -> Option<Self> {
        if secret.chars().count() < KEY_MIN_CHARS {
            return None;
        }
        mac::keyed(secret, PURPOSE).map(Self)
    }

    /// The header for a `POST` to this path, sent at `now` (ms). The nonce is random.
    #[must_use]
    pub fn sign(&self, path: &str, body: &[u8], nonce: [u8; 16], now: i64) -> String {
        let until = now.saturating_add(LIFE_MS);
        let nonce = URL_SAFE_NO_PAD.encode(nonce);
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(body));
        let said = format!("{until}.{nonce}.{digest}");
        let signature = self.mac(path, &said).finalize().into_bytes();
        format!("{VERSION}.{said}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Checks the header of a `POST` that came at `now`. The comparison takes the same time whatever is wrong.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check(&self, path: &str, header: Option<&str>, now: i64) -> Result<Signed, Refusal> {
        let header = header
            .filter(|header| header.len() <= HEADER_MAX_BYTES)
            .ok_or(Refusal::Unsigned)?;
        let header = header
            .strip_prefix(VERSION)
            .and_then(|rest| rest.strip_prefix('.'));
        let (said, signature) = header
            .and_then(|header| header.rsplit_once('.'))
            .ok_or(Refusal::Unsigned)?;
        let given = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| Refusal::Unsigned)?;
        self.mac(path, said)
            .verify_slice(&given)
            .map_err(|_| Refusal::Forged)?;
        // From here on it is known that this app has written them.
        let signed = Signed::read(said).ok_or(Refusal::Unsigned)?;
        let latest = now.saturating_add(LIFE_MS + 2 * SKEW_MS);
        if signed.stale_at <= now || signed.stale_at > latest {
            return Err(Refusal::Stale);
        }
        Ok(signed)
    }

    fn mac(&self, path: &str, said: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(format!("POST\n{path}\n{said}"))
    }
}

impl Signed {
    fn read(said: &str) -> Option<Self> {
        let mut parts = said.split('.');
        let (until, nonce, digest) = (parts.next()?, parts.next()?, parts.next()?);
        let until: i64 = until.parse().ok()?;
        let digest = URL_SAFE_NO_PAD.decode(digest).ok()?;
        Some(Self {
            nonce: nonce.to_owned(),
            stale_at: until.saturating_add(SKEW_MS),
            digest: digest.try_into().ok()?,
        })
    }

    /// Whether this is the body that was signed.
    #[must_use]
    pub fn covers(&self, body: &[u8]) -> bool {
        self.digest[..] == Sha256::digest(body)[..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const PATH: &str = "/_internal/quickjs/execute";

    #[test]
    fn what_was_signed_is_taken_and_nothing_else() {
        let signer = Signer::new(SECRET).unwrap();
        let header = signer.sign(PATH, b"body", [7; 16], 1_000_000);
        for now in [1_000_000, 1_030_000, 1_039_999, 990_000] {
            let signed = signer.check(PATH, Some(&header), now).unwrap();
            assert!(signed.covers(b"body") && signed.stale_at == 1_040_000);
            for body in [&b"bodz"[..], b"", b"body\n"] {
                assert!(!signed.covers(body));
            }
        }
        for now in [1_040_000, 989_999, 0, i64::MAX, i64::MIN] {
            let refused = signer.check(PATH, Some(&header), now);
            assert_eq!(refused, Err(Refusal::Stale), "{now}");
        }
        for path in [
            "/_internal/quickjs/check",
            "/execute",
            "",
            &format!("{PATH}?"),
        ] {
            let refused = signer.check(path, Some(&header), 1_000_000);
            assert_eq!(refused, Err(Refusal::Forged), "{path}");
        }
        let other = Signer::new(&SECRET.replace('0', "1")).unwrap();
        let refused = other.check(PATH, Some(&header), 1_000_000);
        assert_eq!(refused, Err(Refusal::Forged));
        for at in 0..header.len() {
            let mut changed = header.clone().into_bytes();
            changed[at] = if changed[at] == b'2' { b'3' } else { b'2' };
            let changed = String::from_utf8(changed).unwrap();
            for header in [changed.as_str(), &header[..at]] {
                let refused = signer.check(PATH, Some(header), 1_000_000);
                assert!(
                    matches!(refused, Err(Refusal::Forged | Refusal::Unsigned)),
                    "{header}: {refused:?}"
                );
            }
        }
        for header in [
            None,
            Some(""),
            Some("1..."),
            Some("1.2.3.4.5.6"),
            Some(&"1".repeat(9_999)),
        ] {
            let refused = signer.check(PATH, header, 1_000_000);
            assert!(refused.is_err(), "{header:?}");
        }
        let another = signer.sign(PATH, b"body", [8; 16], 1_000_000);
        let nonce = |header: &str| signer.check(PATH, Some(header), 1_000_000).unwrap().nonce;
        assert_ne!(nonce(&another), nonce(&header));
        assert!(Signer::new("").is_none() && Signer::new(&SECRET[1..]).is_none());
    }

    #[test]
    fn a_public_path_leads_to_one_component() {
        assert_eq!(public_path("quickjs", "/execute"), PATH);
        assert_eq!(own_path("quickjs", PATH), Some("/execute"));
        for path in [
            "/execute",
            "/_internal/quickjs",
            "/_internal/quickjsx/execute",
            "/_internal/webhooks/deliver",
            "//_internal/quickjs/execute",
            "",
        ] {
            assert_eq!(own_path("quickjs", path), None, "{path}");
        }
    }
}
