//! Words: the values of a small set as the database, the API and the command line write them.

/// Makes an enum each value of which has a word, with `ALL`, `WORDS`, `as_str`, `parse` and `Display`.
#[macro_export]
macro_rules! words {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }
    ) => {
        $(#[$attribute])*
        pub enum $name {
            $($(#[$doc])* $variant),+
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The words for them.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one that a word means.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use serde::{Serialize, de::DeserializeOwned};

    use crate::diagnosis::DamageKind;
    use crate::webhook::WebhookState;
    use crate::{LogLevel, RunStatus, StackStatus, StopCause};

    /// Each is written as its word in JSON, and read from it.
    fn agree<T>(all: &[T], as_str: impl Fn(T) -> &'static str, parse: impl Fn(&str) -> Option<T>)
    where
        T: Copy + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned,
    {
        for one in all {
            let word = as_str(*one);
            assert_eq!(parse(word), Some(*one));
            assert_eq!(serde_json::to_value(one).unwrap(), word);
            assert_eq!(serde_json::from_value::<T>(word.into()).unwrap(), *one);
        }
    }

    #[test]
    fn words_are_the_same_everywhere() {
        agree(RunStatus::ALL, RunStatus::as_str, RunStatus::parse);
        agree(StackStatus::ALL, StackStatus::as_str, StackStatus::parse);
        agree(WebhookState::ALL, WebhookState::as_str, WebhookState::parse);
        agree(StopCause::ALL, StopCause::as_str, StopCause::parse);
        agree(LogLevel::ALL, LogLevel::as_str, LogLevel::parse);
        agree(DamageKind::ALL, DamageKind::as_str, DamageKind::parse);
        assert_eq!(StackStatus::parse("completed"), None);
    }
}
