//! What lists of the generic APIs may be searched for: Drive's `q`, Calendar's `q` and times, the
//! Directory's `domain` and `query`, in their usual forms.

use serde_json::Value;

use super::calls::Call;
use super::{access, text};
use crate::reply::Reply;

/// The items that a list's parameters ask for.
pub(crate) fn filter(call: &Call<'_>, mut items: Vec<Value>) -> Result<Vec<Value>, Reply> {
    let request = call.request;
    match call.method.id.as_str() {
        "drive.files.list" => {
            if let Some(query) = request.param("q").filter(|query| !query.trim().is_empty()) {
                let terms = query
                    .split(" and ")
                    .map(Term::read)
                    .collect::<Option<Vec<_>>>();
                let terms = terms.ok_or_else(|| access::invalid("Invalid Value"))?;
                items.retain(|item| terms.iter().all(|term| term.holds(item)));
            }
            if request
                .param("orderBy")
                .is_some_and(|order| order.starts_with("name"))
            {
                items.sort_by(|a, b| text(a, "name").cmp(text(b, "name")));
            }
        }
        "calendar.events.list" => {
            if let Some(query) = request.param("q") {
                let query = query.to_lowercase();
                items.retain(|item| {
                    ["summary", "description", "location"]
                        .iter()
                        .any(|name| text(item, name).to_lowercase().contains(&query))
                });
            }
            // RFC 3339 times of one offset compare as text.
            if let Some(begin) = request.param("timeMin") {
                items.retain(|item| text(&item["end"], "dateTime") > begin);
            }
            if let Some(end) = request.param("timeMax") {
                items.retain(|item| text(&item["start"], "dateTime") < end);
            }
            if request.param("orderBy") == Some("startTime") {
                items.sort_by(|a, b| {
                    text(&a["start"], "dateTime").cmp(text(&b["start"], "dateTime"))
                });
            }
        }
        "directory.users.list" => {
            if request.param("domain").is_none() && request.param("customer").is_none() {
                return Err(access::invalid("Bad Request"));
            }
            if let Some(domain) = request.param("domain") {
                items.retain(|item| text(item, "primaryEmail").ends_with(&format!("@{domain}")));
                if items.is_empty() {
                    return Err(access::not_found("Domain not found."));
                }
            }
            if let Some(query) = request.param("query") {
                items.retain(|item| user_matches(item, query));
            }
            if request.param("orderBy") == Some("email") {
                items.sort_by(|a, b| text(a, "primaryEmail").cmp(text(b, "primaryEmail")));
            }
            if request.param("sortOrder") == Some("DESCENDING") {
                items.reverse();
            }
        }
        _ => {}
    }
    Ok(items)
}

/// `email:ann*`, `givenName='Ann'`, `name:ann`, `ann`
fn user_matches(user: &Value, query: &str) -> bool {
    query.split_whitespace().all(|term| {
        let (field, value) = term.split_once([':', '=']).unwrap_or(("", term));
        let value = value
            .trim_matches(['\'', '"'])
            .trim_end_matches('*')
            .to_lowercase();
        let name = &user["name"];
        let texts = match field {
            "email" => vec![text(user, "primaryEmail")],
            "givenName" => vec![text(name, "givenName")],
            "familyName" => vec![text(name, "familyName")],
            "isAdmin" => return user["isAdmin"] == (value == "true"),
            "isSuspended" => return user["suspended"] == (value == "true"),
            _ => vec![text(user, "primaryEmail"), text(name, "fullName")],
        };
        texts
            .iter()
            .any(|text| text.to_lowercase().contains(&value))
    })
}

/// A term of Drive's query language.
enum Term {
    Compare {
        field: String,
        operator: String,
        value: String,
    },
    In {
        value: String,
        field: String,
    },
}

impl Term {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((value, field)) = text.split_once(" in ") {
            return Some(Self::In {
                value: quoted(value)?,
                field: field.trim().to_owned(),
            });
        }
        let (field, rest) = text.split_once(' ').or_else(|| text.split_once('='))?;
        let rest = rest.trim();
        let (operator, value) = rest.split_once(' ').unwrap_or(("=", rest));
        let value = value.trim();
        Some(Self::Compare {
            field: field.trim().to_owned(),
            operator: operator.to_owned(),
            value: match value {
                "true" | "false" => value.to_owned(),
                _ => quoted(value)?,
            },
        })
    }

    fn holds(&self, item: &Value) -> bool {
        match self {
            Self::In { value, field } => item[field]
                .as_array()
                .is_some_and(|list| list.iter().any(|one| one == value)),
            Self::Compare {
                field,
                operator,
                value,
            } => {
                let own = match &item[field] {
                    Value::String(own) => own.clone(),
                    Value::Bool(own) => own.to_string(),
                    _ if value == "false" || value == "true" => "false".to_owned(),
                    _ => String::new(),
                };
                match operator.as_str() {
                    "contains" => own.to_lowercase().contains(&value.to_lowercase()),
                    "!=" => own != *value,
                    ">" => own > *value,
                    ">=" => own >= *value,
                    "<" => own < *value,
                    "<=" => own <= *value,
                    _ => own == *value,
                }
            }
        }
    }
}

fn quoted(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("\\'", "'").replace("\\\\", "\\"))
}
