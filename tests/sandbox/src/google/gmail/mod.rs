//! Gmail: messages, labels and the profile of a user.

mod message;
mod query;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use message::{Message, date};
use query::Query;

use super::calls::{Answer, Call};
use super::{access, generic};
use crate::reply::Reply;

/// Labels that every mailbox has.
const SYSTEM_LABELS: [&str; 7] = [
    "INBOX", "SENT", "DRAFT", "SPAM", "TRASH", "UNREAD", "STARRED",
];
/// Messages on a page if the call does not say, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 500;

/// All mailboxes, by address.
#[derive(Default)]
pub(crate) struct Mail(BTreeMap<String, Mailbox>);

/// The mailbox of a user.
#[derive(Default)]
struct Mailbox {
    /// Newest first.
    messages: Vec<Message>,
    labels: Vec<Value>,
    made: usize,
}

impl Mail {
    pub(crate) fn insert(&mut self, address: &str, mut messages: Vec<Message>) {
        messages.sort_by_key(|message| std::cmp::Reverse(message.time_ms));
        let mailbox = Mailbox {
            messages,
            ..Mailbox::default()
        };
        self.0.insert(address.to_owned(), mailbox);
    }
}

pub(crate) fn answer(call: &Call<'_>, mail: &mut Mail) -> Result<Answer, Reply> {
    let user = call.value("userId");
    let unready =
        |message| access::error(400, message, "failedPrecondition", "FAILED_PRECONDITION");
    if call.who.is_empty() {
        return Err(unready("Precondition check failed."));
    }
    if user != "me" && user != call.who {
        let message = format!("Delegation denied for {}", call.who);
        return Err(access::error(
            403,
            &message,
            "forbidden",
            "PERMISSION_DENIED",
        ));
    }
    let mailbox = mail.0.get_mut(&call.who);
    let mailbox = mailbox.ok_or_else(|| unready("Mail service not enabled"))?;
    let method = call.method.id.trim_start_matches("gmail.users.");
    Ok(match method {
        "getProfile" => Answer::Value(json!({
            "emailAddress": call.who,
            "messagesTotal": mailbox.messages.len(),
            "threadsTotal": mailbox.messages.len(),
            "historyId": "1000",
        })),
        "messages.list" | "threads.list" => mailbox.list(call, method == "threads.list")?,
        "messages.get" => mailbox.with(call, |message| message.show(call))?,
        "threads.get" => mailbox.with(call, |message| {
            json!({ "id": message.id, "historyId": "1000", "messages": [message.show(call)] })
        })?,
        "messages.attachments.get" => {
            Answer::Value(json!({ "size": 7, "data": message::encode(b"sandbox") }))
        }
        "messages.send" | "messages.insert" | "messages.import" | "drafts.create" => {
            mailbox.add(call, method)?
        }
        "messages.modify" | "threads.modify" => mailbox.with(call, |message| {
            message.relabel(&call.body);
            message.brief_with_labels()
        })?,
        "messages.trash" => mailbox.with(call, |message| {
            message.relabel(&json!({ "addLabelIds": ["TRASH"], "removeLabelIds": ["INBOX"] }));
            message.brief_with_labels()
        })?,
        "messages.untrash" => mailbox.with(call, |message| {
            message.relabel(&json!({ "removeLabelIds": ["TRASH"] }));
            message.brief_with_labels()
        })?,
        "messages.delete" => {
            let id = call.value("id");
            let before = mailbox.messages.len();
            mailbox.messages.retain(|message| message.id != id);
            if mailbox.messages.len() == before {
                return Err(missing());
            }
            Answer::Nothing
        }
        "messages.batchModify" | "messages.batchDelete" => {
            let ids = &call.body["ids"];
            let is_named = |message: &Message| {
                ids.as_array().is_some_and(|ids| ids.iter().any(|id| *id == message.id))
            };
            if method == "messages.batchDelete" {
                mailbox.messages.retain(|message| !is_named(message));
            } else {
                for message in mailbox.messages.iter_mut().filter(|message| is_named(message)) {
                    message.relabel(&call.body);
                }
            }
            Answer::Nothing
        }
        "labels.list" => Answer::Value(json!({ "labels": mailbox.all_labels() })),
        "labels.get" => {
            let mut labels = mailbox.all_labels().into_iter();
            let label = labels.find(|label| label["id"] == call.value("id"));
            Answer::Value(label.ok_or_else(missing)?)
        }
        "labels.create" => {
            mailbox.made += 1;
            let mut label = json!({ "id": format!("Label_{}", mailbox.made) });
            generic::merge(&mut label, &call.body);
            mailbox.labels.push(label.clone());
            Answer::Value(label)
        }
        "labels.update" | "labels.patch" => {
            let mut labels = mailbox.labels.iter_mut();
            let label = labels.find(|label| label["id"] == call.value("id"));
            let label = label.ok_or_else(missing)?;
            generic::merge(label, &call.body);
            Answer::Value(label.clone())
        }
        "labels.delete" => {
            mailbox.labels.retain(|label| label["id"] != call.value("id"));
            Answer::Nothing
        }
        "settings.getVacation" => Answer::Value(json!({ "enableAutoReply": false })),
        _ => Answer::Value(call.shell()),
    })
}

impl Mailbox {
    fn list(&self, call: &Call<'_>, threads: bool) -> Result<Answer, Reply> {
        let query = Query::read(call.request.param("q").unwrap_or_default());
        let hidden = call.request.param("includeSpamTrash") == Some("true") || query.names_hidden();
        let found = self.messages.iter().filter(|message| {
            (hidden || !message.is_hidden())
                && query.holds(message)
                && call
                    .request
                    .params("labelIds")
                    .all(|label| message.has_label(label))
        });
        let found: Vec<Value> = found
            .map(|message| match threads {
                true => {
                    json!({ "id": message.id, "snippet": message.snippet(), "historyId": "1000" })
                }
                false => message.brief(),
            })
            .collect();
        let total = found.len();
        if call
            .request
            .number("maxResults")
            .is_some_and(|size| size > LARGEST_PAGE)
        {
            return Err(invalid("Invalid maxResults"));
        }
        let (page, next) = call.page(found, PAGE)?;
        let mut answer = json!({});
        if !page.is_empty() {
            answer[if threads { "threads" } else { "messages" }] = Value::Array(page);
        }
        if let Some(next) = next {
            answer["nextPageToken"] = json!(next);
        }
        answer["resultSizeEstimate"] = json!(total);
        Ok(Answer::Value(answer))
    }

    /// Does something with the message that a call names.
    fn with(
        &mut self,
        call: &Call<'_>,
        act: impl FnOnce(&mut Message) -> Value,
    ) -> Result<Answer, Reply> {
        let id = call.value("id");
        let message = self.messages.iter_mut().find(|message| message.id == id);
        Ok(Answer::Value(act(message.ok_or_else(missing)?)))
    }

    fn add(&mut self, call: &Call<'_>, method: &str) -> Result<Answer, Reply> {
        self.made += 1;
        let draft = method == "drafts.create";
        let body = if draft {
            &call.body["message"]
        } else {
            &call.body
        };
        let raw = match &call.media {
            Some(media) => Some(media.bytes.to_vec()),
            None => message::decode(super::text(body, "raw")),
        };
        let Some(raw) = raw.filter(|raw| !raw.is_empty()) else {
            let message = "'raw' RFC822 payload message string or uploading message via /upload/* URL required";
            return Err(invalid(message));
        };
        let id = format!("sandboxsent{:04}", self.made);
        let label = match (draft, method) {
            (true, _) => "DRAFT",
            (_, "messages.send") => "SENT",
            _ => "INBOX",
        };
        let message = Message::parse(&id, &raw, label);
        let mut answer = message.brief_with_labels();
        self.messages.insert(0, message);
        if draft {
            answer = json!({ "id": format!("sandboxdraft{:04}", self.made), "message": answer });
        }
        Ok(Answer::Value(answer))
    }

    fn all_labels(&self) -> Vec<Value> {
        let system = SYSTEM_LABELS
            .iter()
            .map(|name| json!({ "id": name, "name": name, "type": "system" }));
        let own = self.labels.iter().map(|label| {
            let mut label = label.clone();
            label["type"] = json!("user");
            label
        });
        system.chain(own).collect()
    }
}

fn missing() -> Reply {
    access::not_found("Requested entity was not found.")
}

fn invalid(message: &str) -> Reply {
    access::error(400, message, "invalidArgument", "INVALID_ARGUMENT")
}
