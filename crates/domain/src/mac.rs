//! Signatures: HMAC-SHA-256 (RFC 2104, FIPS 180-4).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Begins a signature under the key that a secret has for a purpose: what is signed for one purpose says
/// nothing for another. `None` if the secret cannot be a key.
pub(crate) fn keyed(secret: &str, purpose: &[u8]) -> Option<Hmac<Sha256>> {
    let key = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .ok()?
        .chain_update(purpose)
        .finalize()
        .into_bytes();
    Hmac::<Sha256>::new_from_slice(&key).ok()
}
