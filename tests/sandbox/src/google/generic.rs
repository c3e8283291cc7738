//! Methods emulated from what the discovery document says of them: resources live under the paths
//! that it gives; lists, creation, reading, changing and deleting follow from HTTP method and path. Anything
//! else answers with an object of the right schema, filled from what the call itself says.

use serde_json::{Map, Value, json};

use super::access;
use super::calls::{Answer, Call};
use super::store::{Item, Store};
use super::{directory, search};
use crate::reply::Reply;
use crate::request::decode;

/// Items on a page if the call does not say.
const PAGE: usize = 100;

pub(crate) fn answer(call: &Call<'_>, store: &mut Store) -> Result<Answer, Reply> {
    match (call.request.method.as_str(), Place::of(call)) {
        ("GET", Place::Item { collection, id }) => get(call, store, &collection, &id),
        ("PUT" | "PATCH", Place::Item { collection, id }) => change(call, store, &collection, &id),
        ("DELETE", Place::Item { collection, id }) => match store.remove(&collection, &id) {
            Some(_) if call.method.response.is_some() => Ok(Answer::Value(json!({}))),
            Some(_) => Ok(Answer::Nothing),
            None => Err(missing(call, &id)),
        },
        ("GET", Place::Collection(collection)) if is_list(call) => list(call, store, &collection),
        ("POST", Place::Collection(collection)) => create(call, store, &collection),
        (_, Place::Action { collection, id }) => act(call, store, &collection, &id),
        _ => Ok(Answer::Value(echo(call))),
    }
}

/// What a path is about.
enum Place {
    Collection(String),
    Item {
        collection: String,
        id: String,
    },
    /// Something done to an item.
    Action {
        collection: String,
        id: String,
    },
    Other,
}

impl Place {
    fn of(call: &Call<'_>) -> Self {
        let path = call.request.path.trim_start_matches("/resumable");
        let path = path.strip_prefix("/upload").unwrap_or(path);
        let path = directory::path(path.trim_start_matches('/'));
        let Some((parent, last)) = path.rsplit_once('/') else {
            return Self::Other;
        };
        // `people:createContact`, `people/c1:updateContact`
        if let Some((name, verb)) = last.split_once(':')
            && call.method.path_ends_with(verb)
        {
            let collection = format!("{parent}/{name}");
            let verb = verb.to_ascii_lowercase();
            return if call.request.method == "GET" || verb.starts_with("batch") {
                Self::Other
            } else if verb.starts_with("create") {
                Self::Collection(collection)
            } else if verb.starts_with("update") || verb.starts_with("delete") {
                Self::Item {
                    collection: parent.to_owned(),
                    id: decode(name).into_owned(),
                }
            } else {
                Self::Action {
                    collection: parent.to_owned(),
                    id: decode(name).into_owned(),
                }
            };
        }
        if call.method.is_item() {
            return Self::Item {
                collection: parent.to_owned(),
                id: decode(last).into_owned(),
            };
        }
        let verb = call.method.verb();
        if matches!(verb, "quickAdd" | "import") {
            return Self::Collection(parent.to_owned());
        }
        if verb.eq_ignore_ascii_case(last)
            && call.method.is_action()
            && let Some((collection, id)) = parent.rsplit_once('/')
        {
            return Self::Action {
                collection: collection.to_owned(),
                id: decode(id).into_owned(),
            };
        }
        if matches!(verb, "list" | "insert" | "create") {
            return Self::Collection(path.to_owned());
        }
        Self::Other
    }
}

fn is_list(call: &Call<'_>) -> bool {
    list_name(call).is_some()
}

/// The property of the answer that holds a list's items.
fn list_name<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    let schema = call.response()?;
    let is_items =
        |property: &Value| property["type"] == "array" && property["items"]["$ref"].is_string();
    let last = call.request.path.rsplit('/').next().unwrap_or_default();
    if schema.get("items").is_some_and(is_items) {
        return Some("items");
    }
    let named = schema
        .keys()
        .find(|name| name.eq_ignore_ascii_case(last) && is_items(&schema[*name]));
    let name = named.or_else(|| schema.keys().find(|name| is_items(&schema[*name])))?;
    Some(name)
}

fn list(call: &Call<'_>, store: &Store, collection: &str) -> Result<Answer, Reply> {
    // People's contacts are listed under a path of their own.
    let collection = match call.method.id.as_str() {
        "people.people.connections.list" => "v1/people",
        "directory.users.list" => "admin/directory/v1/users",
        _ => collection,
    };
    let items = store.collection(collection).map(|item| item.value.clone());
    let items = search::filter(call, items.collect())?;
    let total = items.len();
    let (items, next) = call.page(items, PAGE)?;
    let mut answer = call.shell();
    // Google leaves empty lists out in some APIs and not in others; here they are always there.
    answer[list_name(call).unwrap_or("items")] = Value::Array(items);
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    for name in ["totalItems", "totalPeople"] {
        if call
            .response()
            .is_some_and(|schema| schema.contains_key(name))
        {
            answer[name] = json!(total);
        }
    }
    Ok(Answer::Value(answer))
}

fn get(call: &Call<'_>, store: &Store, collection: &str, id: &str) -> Result<Answer, Reply> {
    let item = store.get(collection, id).ok_or_else(|| missing(call, id))?;
    if call.request.param("alt") == Some("media") {
        let (media_type, bytes) = item.media.clone().unwrap_or_default();
        return Ok(Answer::Reply(Reply::bytes(200, &media_type, bytes)));
    }
    Ok(Answer::Value(item.value.clone()))
}

fn create(call: &Call<'_>, store: &mut Store, collection: &str) -> Result<Answer, Reply> {
    let number = store.number();
    let mut value = call.shell();
    let Some(schema) = call.response() else {
        return Ok(Answer::Nothing);
    };
    merge(&mut value, &call.body);
    if call.method.verb() == "quickAdd" {
        value["summary"] = json!(call.request.param("text"));
    }
    let (name, id) = identity(call, schema, &value, collection, number);
    value[&name] = json!(match name.as_str() {
        "resourceName" => format!("{}/{id}", collection.trim_start_matches("v1/")),
        _ => id.clone(),
    });
    let time = time(number);
    for name in [
        "createdTime",
        "modifiedTime",
        "created",
        "updated",
        "creationTime",
    ] {
        if schema.contains_key(name) && value.get(name).is_none() {
            value[name] = json!(time);
        }
    }
    if schema.contains_key("status") && call.method.id.starts_with("calendar.events.") {
        value["status"] = json!("confirmed");
    }
    let mut item = Item { value, media: None };
    attach(call, &mut item);
    let value = item.value.clone();
    store.put(collection, &id, item);
    Ok(Answer::Value(value))
}

fn change(call: &Call<'_>, store: &mut Store, collection: &str, id: &str) -> Result<Answer, Reply> {
    let item = store
        .get_mut(collection, id)
        .ok_or_else(|| missing(call, id))?;
    if call.request.method == "PUT" {
        // What the caller does not send goes, but for what makes the thing what it is.
        let keep = [
            "id",
            "kind",
            "etag",
            "resourceName",
            "created",
            "createdTime",
            "primaryEmail",
            "email",
            "status",
        ];
        if let Some(object) = item.value.as_object_mut() {
            object.retain(|name, _| keep.contains(&name.as_str()));
        }
    }
    merge(&mut item.value, &call.body);
    attach(call, item);
    Ok(Answer::Value(item.value.clone()))
}

/// Something done to an item, such as copying or moving it.
fn act(call: &Call<'_>, store: &mut Store, collection: &str, id: &str) -> Result<Answer, Reply> {
    let is_export = call.method.id == "drive.files.export";
    if call.method.response.is_none() && !is_export {
        return Ok(Answer::Nothing);
    }
    let copied = store.get(collection, id).cloned();
    let mut item = copied.ok_or_else(|| missing(call, id))?;
    if is_export {
        let media_type = call
            .request
            .param("mimeType")
            .unwrap_or("text/plain")
            .to_owned();
        let (_, bytes) = item.media.unwrap_or_default();
        return Ok(Answer::Reply(Reply::bytes(200, &media_type, bytes)));
    }
    let same = call.response().is_some_and(|schema| {
        item.value
            .as_object()
            .is_some_and(|value| value.keys().all(|name| schema.contains_key(name)))
    });
    if !same {
        return Ok(Answer::Value(echo(call)));
    }
    merge(&mut item.value, &call.body);
    if call.method.verb() == "copy" {
        let id = format!("sandbox-{:04}", store.number());
        item.value["id"] = json!(id);
        store.put(collection, &id, item.clone());
    } else if let Some(kept) = store.get_mut(collection, id) {
        *kept = item.clone();
    }
    Ok(Answer::Value(item.value))
}

/// An object of the answer's schema with all that the call says about it.
fn echo(call: &Call<'_>) -> Value {
    let mut answer = call.shell();
    let Some(schema) = call.response() else {
        return answer;
    };
    let said = call.values.iter().chain(&call.request.query);
    for (name, value) in said {
        if schema
            .get(name)
            .is_some_and(|property| property["type"] == "string")
        {
            answer[name] = json!(value);
        }
    }
    for (name, value) in call.body.as_object().into_iter().flatten() {
        if schema.contains_key(name) {
            answer[name] = value.clone();
        }
    }
    answer
}

/// The property that names an item, and its value: what the caller chose, else a new one.
fn identity(
    call: &Call<'_>,
    schema: &Map<String, Value>,
    value: &Value,
    collection: &str,
    number: usize,
) -> (String, String) {
    let last = collection.rsplit('/').next().unwrap_or_default();
    let single = last.strip_suffix('s').unwrap_or(last);
    let names = [
        format!("{single}Id"),
        format!("{single}Name"),
        "resourceName".to_owned(),
        "id".to_owned(),
    ];
    let name = names
        .into_iter()
        .find(|name| schema.contains_key(name))
        .unwrap_or_else(|| "id".to_owned());
    let chosen = value
        .get(&name)
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty());
    let id = match chosen {
        Some(id) => id.to_owned(),
        None if call.method.api == "people" => format!("c{number:04}"),
        None => format!("sandbox-{number:04}"),
    };
    (name, id)
}

/// Keeps uploaded bytes with a file.
fn attach(call: &Call<'_>, item: &mut Item) {
    if let Some(media) = &call.media {
        if item.value.get("mimeType").is_none() {
            item.value["mimeType"] = json!(media.media_type);
        }
        item.value["size"] = json!(media.bytes.len().to_string());
        item.media = Some((media.media_type.clone(), media.bytes.clone()));
    } else if call.method.id == "drive.files.create" && item.value.get("mimeType").is_none() {
        item.value["mimeType"] = json!("application/octet-stream");
    }
}

fn missing(call: &Call<'_>, id: &str) -> Reply {
    match call.method.api.as_str() {
        "drive" => access::not_found(&format!("File not found: {id}.")),
        "admin" => access::not_found("Resource Not Found: userKey"),
        "calendar" => access::not_found("Not Found"),
        _ => access::not_found("Requested entity was not found."),
    }
}

/// Lays the fields of `from` over those of `to`.
pub(crate) fn merge(to: &mut Value, from: &Value) {
    if let (Some(to), Some(from)) = (to.as_object_mut(), from.as_object()) {
        to.extend(
            from.iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
    }
}

/// Moments in the sandbox do not depend on the clock.
fn time(number: usize) -> String {
    format!(
        "2026-01-05T{:02}:{:02}:00.000Z",
        9 + number / 60 % 12,
        number % 60
    )
}
