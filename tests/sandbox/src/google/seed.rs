//! What is there from the start.

use bytes::Bytes;
use serde_json::{Value, json};

use super::directory;
use super::gmail::{self, Mail, Message};
use super::store::{Item, Store};

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
    let people: Vec<_> = directory::people().collect();
    for (index, (address, name)) in people.iter().enumerate() {
        let messages = LETTERS.iter().enumerate().map(|(number, (subject, body))| {
            let (from, from_name) = &people[(index + number + 1) % people.len()];
            let step = i64::try_from(number * people.len() + index).unwrap_or_default();
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

pub(crate) fn store() -> Store {
    let mut store = Store::default();
    let mut put = |path: &str, id: &str, value: Value| {
        store.put(path, id, Item { value, media: None });
    };
    for (id, domain) in directory::domains() {
        put(
            &directory::path("admin/directory/v1/customer/my_customer/domains"),
            &id,
            domain,
        );
    }
    for (id, user) in directory::users() {
        put("admin/directory/v1/users", &id, user);
    }
    put(
        "admin/directory/v1/groups",
        "group-1",
        json!({ "kind": "admin#directory#group", "id": "group-1", "email": "team@example.com", "name": "Team", "directMembersCount": "2" }),
    );
    let calendar = json!({ "kind": "calendar#calendar", "etag": "\"sandbox\"", "id": "primary", "summary": "Sandbox", "timeZone": "UTC" });
    put("calendar/v3/calendars", "primary", calendar.clone());
    put("calendar/v3/users/me/calendarList", "primary", calendar);
    for (number, summary) in ["Planning", "Review", "Retrospective"].iter().enumerate() {
        let id = format!("event-{}", number + 1);
        let day = number + 5;
        put(
            "calendar/v3/calendars/primary/events",
            &id,
            json!({
                "kind": "calendar#event", "etag": "\"sandbox\"", "id": id, "status": "confirmed", "summary": summary,
                "start": { "dateTime": format!("2026-01-{day:02}T10:00:00Z") },
                "end": { "dateTime": format!("2026-01-{day:02}T11:00:00Z") },
            }),
        );
    }
    put(
        "tasks/v1/users/@me/lists",
        "list-1",
        json!({ "kind": "tasks#taskList", "id": "list-1", "title": "To do" }),
    );
    for number in 1..=3 {
        let id = format!("task-{number}");
        put(
            "tasks/v1/lists/list-1/tasks",
            &id,
            json!({ "kind": "tasks#task", "id": id, "title": format!("Thing {number}"), "status": "needsAction" }),
        );
    }
    for (number, (address, name)) in directory::people().enumerate() {
        let id = format!("c{:02}", number + 1);
        put(
            "v1/people",
            &id,
            json!({
                "resourceName": format!("people/{id}"), "etag": "sandbox",
                "names": [{ "displayName": name }], "emailAddresses": [{ "value": address }],
            }),
        );
    }
    put(
        "v1/people",
        "me",
        json!({ "resourceName": "people/me", "etag": "sandbox", "names": [{ "displayName": "Admin Sandbox" }] }),
    );
    put(
        "v1/contactGroups",
        "friends",
        json!({ "resourceName": "contactGroups/friends", "etag": "sandbox", "name": "friends", "groupType": "SYSTEM_CONTACT_GROUP" }),
    );
    put(
        "v1/documents",
        "document-1",
        json!({
            "documentId": "document-1", "title": "Sandbox document", "revisionId": "1",
            "body": { "content": [{ "startIndex": 1, "endIndex": 9, "paragraph": { "elements": [{ "textRun": { "content": "Sandbox\n" } }] } }] },
        }),
    );
    put(
        "v4/spreadsheets",
        "sheet-1",
        json!({
            "spreadsheetId": "sheet-1",
            "properties": { "title": "Sandbox sheet", "locale": "en_US", "timeZone": "UTC" },
            "sheets": [{ "properties": { "sheetId": 0, "title": "Sheet1", "index": 0, "sheetType": "GRID" } }],
        }),
    );
    put(
        "v4/spreadsheets/sheet-1/values",
        "Sheet1",
        json!([
            ["Name", "Amount"],
            ["Ada", "10"],
            ["Alan", "20"],
            ["Grace", "30"]
        ]),
    );
    for (number, name) in ["notes.txt", "plan.txt", "report.txt"].iter().enumerate() {
        let id = format!("file-{}", number + 1);
        let text = format!("Sandbox file {name}\n");
        let value = json!({
            "kind": "drive#file", "id": id, "name": name, "mimeType": "text/plain", "size": text.len().to_string(),
            "createdTime": "2026-01-05T09:00:00.000Z", "modifiedTime": "2026-01-05T09:00:00.000Z", "trashed": false, "parents": ["root"],
        });
        let media = Some(("text/plain".to_owned(), Bytes::from(text)));
        store.put("drive/v3/files", &id, Item { value, media });
    }
    store
}
