//! The service account that this Google knows.

use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};

/// A key that everybody may know: it opens nothing but sandboxes.
const KEY: &str = include_str!("../../data/key.pem");
const EMAIL: &str = "tasker@sandbox.iam.gserviceaccount.example.com";
const KEY_ID: &str = "sandbox-key-1";

/// A service account's key.
pub(crate) struct Account {
    public: UnparsedPublicKey<Vec<u8>>,
}

impl Account {
    pub(crate) fn read() -> Self {
        let key = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).expect("the key is PEM");
        let key = KeyPair::from_pkcs8(key.secret_pkcs8_der()).expect("the key is PKCS #8");
        let public = key.public_key().as_ref().to_vec();
        Self {
            public: UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public),
        }
    }

    /// The account as in the file that Google's console gives out.
    pub(crate) fn file(&self, base: &str) -> Value {
        json!({
            "type": "service_account",
            "project_id": "sandbox",
            "private_key_id": KEY_ID,
            "private_key": KEY,
            "client_email": EMAIL,
            "client_id": "100000000000000000001",
            "auth_uri": format!("{base}/o/oauth2/auth"),
            "token_uri": format!("{base}/token"),
            "universe_domain": "googleapis.com",
        })
    }

    pub(crate) fn email(&self) -> &'static str {
        EMAIL
    }

    /// Whether `signature` is this account's, over `message`, by RS256 (RFC 7518, section 3.3).
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify(message, signature).is_ok()
    }
}
