//! The keystore.

use std::time::Duration;

use tasker_domain::wire::LONGEST_CALL;

use super::table;
use crate::Component::Keystore;
use crate::setting::{KEY, KEYS, TEXT, seconds};

table! {
    "The keystore";

    /// Master key of the keystore: 32 random bytes in base64
    ///
    /// `tasker up` makes one on the first start. Losing it means losing the values in the keystore;
    /// [how to change it](operations.md#change-the-master-key).
    KEYSTORE_KEY: [u8; 32] = KEY.secret().of(&[Keystore]);

    /// Master keys before it, separated by commas, until `tasker keys rotate` is done
    ///
    /// They decrypt, but do not encrypt.
    KEYSTORE_KEY_PREVIOUS: Vec<[u8; 32]> = KEYS.secret().or("").of(&[Keystore]);

    /// Namespaces that a task may use that declares none: patterns separated by commas; empty: none
    KEYSTORE_DEFAULT_GRANT: String = TEXT.or("*").of(&[Keystore]);

    /// What may be called, and how often: docs/services/README.md
    KEYSTORE_POLICY: String = TEXT.or("{}").of(&[Keystore]);

    /// How long a call may take
    KEYSTORE_TIMEOUT_SECONDS: Duration = seconds(1, LONGEST_CALL.as_secs()).or("15").of(&[Keystore]);
}
