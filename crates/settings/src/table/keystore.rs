//! The keystore.

use std::time::Duration;

use tasker_domain::wire::LONGEST_CALL;

use super::table;
use crate::Component::{Keystore, Tasks};
use crate::Policy;
use crate::setting::{KEY, KEYS, POLICY, TEXT, number, seconds};

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
    ///
    /// `{task}` stands for the task's name; `*` is all namespaces but those with the credentials of services. It counts for tasks that were
    /// published by a key without limits: [others have that of their name](services/keystore.md#who-may-use-what).
    KEYSTORE_DEFAULT_GRANT: String = TEXT.or("*").of(&[Keystore, Tasks]);

    /// How many namespaces there may be
    ///
    /// A key in one more is refused with `keystore_full`.
    KEYSTORE_NAMESPACES: u64 = number(1, 1_000_000).or("10000").of(&[Keystore]);

    /// How many keys a namespace may have
    ///
    /// One more is refused with `keystore_full`.
    KEYSTORE_KEYS: u64 = number(1, 1_000_000).or("1000").of(&[Keystore]);

    /// How many MiB the sealed values of a namespace may take together
    ///
    /// What would take more is refused with `keystore_full`; a value may always be replaced by one that is no longer.
    KEYSTORE_MIB: u64 = number(1, 1_048_576).or("64").of(&[Keystore]);

    /// What may be called, and how often: docs/services/README.md
    KEYSTORE_POLICY: Policy = POLICY.or("{}").of(&[Keystore]);

    /// How long a call may take
    KEYSTORE_TIMEOUT_SECONDS: Duration = seconds(1, LONGEST_CALL.as_secs()).or("15").of(&[Keystore]);
}
