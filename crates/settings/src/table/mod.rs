//! The table of all settings: a file for each subject.

mod api;
mod database;
mod fetch;
mod google;
mod internal;
mod keystore;
mod openai;
mod runs;
mod supabase;
mod vm;
mod webhooks;
mod websearch;

pub use api::*;
pub use database::*;
pub use fetch::*;
pub use google::*;
pub use internal::*;
pub use keystore::*;
pub use openai::*;
pub use runs::*;
pub use supabase::*;
pub use vm::*;
pub use webhooks::*;
pub use websearch::*;

use crate::About;

/// The settings of one subject.
#[derive(Debug)]
pub struct Subject {
    /// What they are about.
    pub title: &'static str,
    /// In the order in which people read them.
    pub settings: &'static [&'static About],
}

/// The subjects, in the order in which people read them.
pub const SUBJECTS: &[&Subject] = &[
    &api::SUBJECT,
    &keystore::SUBJECT,
    &database::SUBJECT,
    &runs::SUBJECT,
    &vm::SUBJECT,
    &webhooks::SUBJECT,
    &internal::SUBJECT,
    &google::SUBJECT,
    &supabase::SUBJECT,
    &openai::SUBJECT,
    &websearch::SUBJECT,
    &fetch::SUBJECT,
];

/// All settings, in the order of the table.
pub fn all() -> impl Iterator<Item = &'static About> {
    let subjects = SUBJECTS.iter();
    subjects.flat_map(|subject| subject.settings.iter().copied())
}

/// The setting with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static About> {
    all().find(|about| about.name == name)
}

/// Makes a constant of each row, which has the setting's name in capitals, and lists the rows.
///
/// The comment of a row is its text for people. Its first paragraph, one sentence without a full stop, is the
/// description in the manifests; the page of the settings has all of it.
macro_rules! table {
    ($title:literal; $($(#[doc = $line:literal])+ $name:ident: $type:ty = $row:expr;)+) => {
        $(
            $(#[doc = $line])+
            pub const $name: $crate::Setting<$type> = $row.named(
                {
                    const NAME: [u8; stringify!($name).len()] =
                        $crate::table::lower_case(stringify!($name));
                    $crate::table::text(&NAME)
                },
                &[$($line),+],
            );
        )+

        /// The subject with its settings.
        pub(crate) const SUBJECT: $crate::Subject = $crate::Subject {
            title: $title,
            settings: &[$(&$name.about),+],
        };
    };
}
use table;

const fn lower_case<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        bytes[at] = text.as_bytes()[at].to_ascii_lowercase();
        at += 1;
    }
    bytes
}

const fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("the name of a constant is text"),
    }
}
