//! What is there from the start.

use bytes::Bytes;
use indexmap::IndexMap;
use serde_json::Value;

use super::directory::PEOPLE;
use super::gmail::{self, Mail, Message};
use super::store::{Item, Store};
use super::text;

/// Subjects and texts of the messages that everybody has.
const LETTERS: [(&str, &str); 6] = [
    (
        "Welcome to the sandbox",
        "Nothing here is real. This message was made for tests and demonstrations.",
    ),
    (
        "Invoice 1001",
        "Please find the invoice attached. The amount of 120.00 is due in 14 days.",
    ),
    (
        "Quarterly report",
        "The report for the last quarter is ready. Numbers went up.",
    ),
    (
        "Meeting on Monday",
        "Let us meet on Monday at ten to speak about the budget.",
    ),
    (
        "Re: Meeting on Monday",
        "Ten is fine. I bring the invoice for the room.",
    ),
    ("Lunch?", "There is a new place around the corner."),
];
/// 5 January 2026, 08:00 UTC.
const FIRST_MS: i64 = 1_767_600_000_000;
const HOUR_MS: i64 = 3_600_000;

pub(crate) fn mail() -> Mail {
    let mut mail = Mail::default();
    for (index, (address, name)) in PEOPLE.iter().enumerate() {
        let messages = LETTERS.iter().enumerate().map(|(number, (subject, body))| {
            let (from, from_name) = &PEOPLE[(index + number + 1) % PEOPLE.len()];
            let step = i64::try_from(number * PEOPLE.len() + index).unwrap_or_default();
            let time_ms = FIRST_MS + step * HOUR_MS;
            let mut labels = vec!["INBOX".to_owned()];
            if number % 2 == 0 {
                labels.push("UNREAD".to_owned());
            }
            if number == 2 {
                labels.push("STARRED".to_owned());
            }
            Message {
                id: format!("sandbox{index:02}{number:04}"),
                time_ms,
                headers: [
                    ("From", format!("{from_name} <{from}>")),
                    ("To", format!("{name} <{address}>")),
                    ("Subject", (*subject).to_owned()),
                    ("Date", gmail::date(time_ms)),
                    (
                        "Message-ID",
                        format!("<sandbox-{index}-{number}@example.com>"),
                    ),
                ]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
                body: format!("{body}\n"),
                labels,
                attachment: subject
                    .starts_with("Invoice")
                    .then(|| "invoice.pdf".to_owned()),
            }
        });
        mail.insert(address, messages.collect());
    }
    mail
}

/// Resources by their ids, by the paths of their collections.
const RESOURCES: &str = include_str!("../../data/google.json");

pub(crate) fn store() -> Store {
    let resources: IndexMap<String, IndexMap<String, Value>> =
        serde_json::from_str(RESOURCES).expect("the resources are JSON");
    let mut store = Store::default();
    for (path, items) in resources {
        for (id, value) in items {
            let media = (path == "drive/v3/files").then(|| {
                let text = format!("Sandbox file {}\n", text(&value, "name"));
                ("text/plain".to_owned(), Bytes::from(text))
            });
            store.put(&path, &id, Item { value, media });
        }
    }
    store
}
