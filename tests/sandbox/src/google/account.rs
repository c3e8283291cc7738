//! The service account that this Google knows.

use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde::Serialize;

/// A key that everybody may know: it opens nothing but sandboxes.
const KEY: &str = include_str!("../../data/key.pem");
const EMAIL: &str = "tasker@sandbox.iam.gserviceaccount.example.com";
const KEY_ID: &str = "sandbox-key-1";

/// A service account as in the file that Google's console gives out.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceAccount {
    /// `service_account`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The project that it belongs to.
    pub project_id: String,
    /// The id of its key.
    pub private_key_id: String,
    /// Its key, PKCS #8 in PEM. It opens nothing but sandboxes.
    pub private_key: String,
    /// Its name.
    pub client_email: String,
    /// Its number.
    pub client_id: String,
    /// The page where people would consent.
    pub auth_uri: String,
    /// The token endpoint.
    pub token_uri: String,
    /// `googleapis.com` in real files.
    pub universe_domain: String,
}

impl ServiceAccount {
    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

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

    pub(crate) fn file(&self, base: &str) -> ServiceAccount {
        ServiceAccount {
            kind: "service_account".to_owned(),
            project_id: "sandbox".to_owned(),
            private_key_id: KEY_ID.to_owned(),
            private_key: KEY.to_owned(),
            client_email: EMAIL.to_owned(),
            client_id: "100000000000000000001".to_owned(),
            auth_uri: format!("{base}/o/oauth2/auth"),
            token_uri: format!("{base}/token"),
            universe_domain: "googleapis.com".to_owned(),
        }
    }

    pub(crate) fn email(&self) -> &'static str {
        EMAIL
    }

    /// Whether `signature` is this account's, over `message`, by RS256 (RFC 7518, section 3.3).
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify(message, signature).is_ok()
    }
}
