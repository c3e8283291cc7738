//! Signatures by the rules of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The fewest bytes of a key.
const KEY_MIN: usize = 16;

/// The key that signs. It is never shown.
pub struct Secret(Vec<u8>);

/// Not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`webhook_secret` must be `whsec_` and at least {KEY_MIN} bytes in base64")]
pub struct SecretInvalid;

impl Secret {
    /// Reads `whsec_<base64>`.
    ///
    /// # Errors
    /// If it does not have that form.
    pub fn parse(text: &str) -> Result<Self, SecretInvalid> {
        let text = text.trim();
        let encoded = text.strip_prefix("whsec_").ok_or(SecretInvalid)?;
        match BASE64_STANDARD.decode(encoded) {
            Ok(key) if key.len() >= KEY_MIN => Ok(Self(key)),
            _ => Err(SecretInvalid),
        }
    }

    /// The value of `webhook-signature` for a message that is sent at a moment (seconds since the
    /// Unix epoch).
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_signed_as_the_standard_says() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        for wrong in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_?",
        ] {
            assert_eq!(Secret::parse(wrong).err(), Some(SecretInvalid), "{wrong}");
        }
    }
}
