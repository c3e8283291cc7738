//! Storage: buckets and the objects in them.

use bytes::Bytes;
use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::form::Part;
use crate::reply::Reply;
use crate::request::{Request, decode};

/// Nothing in the sandbox has another time.
const TIME: &str = "2026-01-05T09:00:00.000Z";
/// What opens a signed link.
const TOKEN: &str = "sandbox-signature";

/// What is in the buckets without a purpose.
const FILES: [&str; 3] = ["readme.txt", "folder/one.txt", "folder/two.txt"];

/// The buckets.
pub(super) struct Buckets {
    buckets: IndexMap<String, Bucket>,
    made: usize,
}

struct Bucket {
    public: bool,
    settings: Value,
    objects: IndexMap<String, Object>,
}

#[derive(Clone)]
struct Object {
    id: String,
    media_type: String,
    metadata: Value,
    bytes: Bytes,
}

impl Buckets {
    pub(super) fn seed() -> Self {
        let mut buckets = Self {
            buckets: IndexMap::new(),
            made: 0,
        };
        for (name, public, files) in [
            ("public-files", true, &FILES[..]),
            ("private-files", false, &FILES[..]),
            ("reports", false, &["2024/may.txt"][..]),
        ] {
            buckets.buckets.insert(
                name.to_owned(),
                Bucket {
                    public,
                    settings: json!({}),
                    objects: IndexMap::new(),
                },
            );
            for file in files {
                let object = buckets.object(
                    "text/plain",
                    Bytes::from(format!("{file} of the sandbox\n")),
                );
                buckets.buckets[name]
                    .objects
                    .insert((*file).to_owned(), object);
            }
        }
        buckets
    }

    fn object(&mut self, media_type: &str, bytes: Bytes) -> Object {
        self.made += 1;
        Object {
            id: format!("00000000-0000-4000-8000-{:012}", self.made),
            media_type: media_type.to_owned(),
            metadata: json!({}),
            bytes,
        }
    }

    pub(super) fn answer(
        &mut self,
        request: &Request,
        path: &str,
        parts: Option<Vec<Part>>,
    ) -> Reply {
        let body = request.json().unwrap_or_else(|| json!({}));
        let segments: Vec<&str> = path.split('/').collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["bucket"]) => {
                let list: Vec<Value> = self
                    .buckets
                    .iter()
                    .map(|(name, bucket)| bucket.show(name))
                    .collect();
                Reply::json(200, &Value::Array(list))
            }
            ("POST", ["bucket"]) => self.create(&body),
            (method, ["bucket", name]) => self.bucket(method, &decode(name), &body),
            ("POST", ["bucket", name, "empty"]) => match self.buckets.get_mut(&*decode(name)) {
                Some(bucket) => {
                    bucket.objects.clear();
                    Reply::json(200, &json!({ "message": "Successfully emptied" }))
                }
                None => no_bucket(),
            },
            ("POST", ["object", "list", name]) => self.list(&decode(name), &body),
            ("POST", ["object", verb @ ("move" | "copy")]) => self.carry(verb, &body),
            ("POST", ["object", "sign", name]) => self.sign_all(&decode(name), &body),
            ("POST", ["object", "sign", name, rest @ ..]) => self.sign(&decode(name), &key(rest)),
            ("POST", ["object", "upload", "sign", name, rest @ ..]) => {
                let (name, key) = (decode(name), key(rest));
                Reply::json(
                    200,
                    &json!({ "url": format!("/object/upload/sign/{name}/{key}?token={TOKEN}"), "token": TOKEN }),
                )
            }
            ("PUT", ["object", "upload", "sign", name, rest @ ..]) => {
                self.upload(request, &decode(name), &key(rest), parts, true)
            }
            ("GET", ["object", "sign", name, rest @ ..]) => {
                if request.param("token") != Some(TOKEN) {
                    return failure(400, "InvalidJWT", "jwt malformed");
                }
                self.download(&decode(name), &key(rest), false)
            }
            ("GET", ["object", "info", name, rest @ ..]) => {
                match self.find(&decode(name), &key(rest)) {
                    Some(object) => Reply::json(
                        200,
                        &json!({
                            "id": object.id, "name": key(rest), "bucket_id": decode(name), "size": object.bytes.len(),
                            "content_type": object.media_type, "etag": "\"sandbox\"", "metadata": object.metadata,
                            "last_modified": TIME, "created_at": TIME, "version": object.id,
                        }),
                    ),
                    None => no_object(),
                }
            }
            (
                "GET" | "HEAD",
                [
                    "object",
                    kind @ ("public" | "authenticated"),
                    name,
                    rest @ ..,
                ],
            ) => self.download(&decode(name), &key(rest), *kind == "public"),
            ("GET" | "HEAD", ["object", name, rest @ ..]) => {
                self.download(&decode(name), &key(rest), false)
            }
            ("DELETE", ["object", name]) => self.remove(&decode(name), &body),
            ("DELETE", ["object", name, rest @ ..]) => {
                self.remove(&decode(name), &json!({ "prefixes": [key(rest)] }))
            }
            (method @ ("POST" | "PUT"), ["object", name, rest @ ..]) => {
                self.upload(request, &decode(name), &key(rest), parts, method == "PUT")
            }
            _ => failure(404, "not_found", "Not found"),
        }
    }

    fn create(&mut self, body: &Value) -> Reply {
        let name = body["name"]
            .as_str()
            .or_else(|| body["id"].as_str())
            .unwrap_or_default();
        if name.is_empty() {
            return failure(400, "invalid_request", "name is required");
        }
        if self.buckets.contains_key(name) {
            return failure(409, "Duplicate", "The resource already exists");
        }
        self.buckets.insert(
            name.to_owned(),
            Bucket {
                public: body["public"] == true,
                settings: body.clone(),
                objects: IndexMap::new(),
            },
        );
        Reply::json(200, &json!({ "name": name }))
    }

    fn bucket(&mut self, method: &str, name: &str, body: &Value) -> Reply {
        let Some(bucket) = self.buckets.get_mut(name) else {
            return no_bucket();
        };
        match method {
            "GET" => Reply::json(200, &bucket.show(name)),
            "PUT" => {
                bucket.public = body["public"] == true;
                bucket.settings = body.clone();
                Reply::json(200, &json!({ "message": "Successfully updated" }))
            }
            "DELETE" if !bucket.objects.is_empty() => failure(
                409,
                "InvalidRequest",
                "The bucket you tried to delete is not empty",
            ),
            "DELETE" => {
                self.buckets.shift_remove(name);
                Reply::json(200, &json!({ "message": "Successfully deleted" }))
            }
            _ => failure(404, "not_found", "Not found"),
        }
    }

    fn upload(
        &mut self,
        request: &Request,
        name: &str,
        key: &str,
        parts: Option<Vec<Part>>,
        replace: bool,
    ) -> Reply {
        let (media_type, bytes, metadata) = match parts {
            Some(parts) => {
                let metadata = parts.iter().find(|part| part.name == "metadata");
                let metadata = metadata.and_then(|part| serde_json::from_slice(&part.body).ok());
                match parts
                    .into_iter()
                    .rev()
                    .find(|part| part.file_name.is_some() || part.name.is_empty())
                {
                    Some(part) => (part.content_type, part.body, metadata),
                    None => return failure(400, "invalid_request", "no file was sent"),
                }
            }
            None => (
                request.header("content-type").to_owned(),
                request.body.clone(),
                None,
            ),
        };
        if key.is_empty() || key.contains("//") {
            return failure(400, "InvalidKey", &format!("Invalid key: {key}"));
        }
        let mut object = self.object(&media_type, bytes);
        object.metadata = metadata.unwrap_or_else(|| json!({}));
        let id = object.id.clone();
        let Some(bucket) = self.buckets.get_mut(name) else {
            return no_bucket();
        };
        if bucket.objects.contains_key(key) && !replace && request.header("x-upsert") != "true" {
            return failure(409, "Duplicate", "The resource already exists");
        }
        bucket.objects.insert(key.to_owned(), object);
        Reply::json(200, &json!({ "Id": id, "Key": format!("{name}/{key}") }))
    }

    fn download(&self, name: &str, key: &str, public: bool) -> Reply {
        if public && self.buckets.get(name).is_some_and(|bucket| !bucket.public) {
            return no_bucket();
        }
        match self.find(name, key) {
            Some(object) => Reply::bytes(200, &object.media_type, object.bytes.clone())
                .with("etag", "\"sandbox\"")
                .with("cache-control", "no-cache"),
            None => no_object(),
        }
    }

    /// Objects and folders right below a prefix.
    fn list(&self, name: &str, body: &Value) -> Reply {
        let Some(bucket) = self.buckets.get(name) else {
            return Reply::json(200, &json!([]));
        };
        let prefix = body["prefix"]
            .as_str()
            .unwrap_or_default()
            .trim_end_matches('/');
        let prefix = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}/")
        };
        let search = body["search"].as_str().unwrap_or_default();
        let mut entries: IndexMap<String, Value> = IndexMap::new();
        for (key, object) in &bucket.objects {
            let Some(rest) = key.strip_prefix(&prefix) else {
                continue;
            };
            let (entry, value) = match rest.split_once('/') {
                Some((folder, _)) => (
                    folder,
                    json!({
                        "name": folder, "id": null, "updated_at": null, "created_at": null, "last_accessed_at": null, "metadata": null,
                    }),
                ),
                None => (
                    rest,
                    json!({
                        "name": rest, "id": object.id, "updated_at": TIME, "created_at": TIME, "last_accessed_at": TIME,
                        "metadata": {
                            "eTag": "\"sandbox\"", "size": object.bytes.len(), "mimetype": object.media_type,
                            "cacheControl": "max-age=3600", "lastModified": TIME, "contentLength": object.bytes.len(), "httpStatusCode": 200,
                        },
                    }),
                ),
            };
            if entry.contains(search) {
                entries.insert(entry.to_owned(), value);
            }
        }
        entries.sort_keys();
        let mut list: Vec<Value> = entries.into_values().collect();
        if body["sortBy"]["order"] == "desc" {
            list.reverse();
        }
        let number = |name: &str, usual: usize| {
            body[name]
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
                .unwrap_or(usual)
        };
        let page = list
            .into_iter()
            .skip(number("offset", 0))
            .take(number("limit", 100));
        Reply::json(200, &page.collect())
    }

    fn carry(&mut self, verb: &str, body: &Value) -> Reply {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let (from, from_key, to_key) =
            (text("bucketId"), text("sourceKey"), text("destinationKey"));
        let to = body["destinationBucket"].as_str().unwrap_or(from);
        let Some(object) = self.find(from, from_key).cloned() else {
            return no_object();
        };
        let Some(target) = self.buckets.get_mut(to) else {
            return no_bucket();
        };
        if target.objects.contains_key(to_key) {
            return failure(409, "Duplicate", "The resource already exists");
        }
        target.objects.insert(to_key.to_owned(), object.clone());
        if verb == "copy" {
            return Reply::json(
                200,
                &json!({ "Id": object.id, "Key": format!("{to}/{to_key}") }),
            );
        }
        if let Some(source) = self.buckets.get_mut(from) {
            source.objects.shift_remove(from_key);
        }
        Reply::json(200, &json!({ "message": "Successfully moved" }))
    }

    fn remove(&mut self, name: &str, body: &Value) -> Reply {
        let Some(bucket) = self.buckets.get_mut(name) else {
            return no_bucket();
        };
        let prefixes = body["prefixes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let removed: Vec<Value> = prefixes
            .filter_map(|key| {
                let object = bucket.objects.shift_remove(key)?;
                Some(json!({
                    "name": key, "bucket_id": name, "id": object.id, "owner": "", "version": object.id,
                    "updated_at": TIME, "created_at": TIME, "last_accessed_at": TIME, "metadata": {},
                }))
            })
            .collect();
        Reply::json(200, &Value::Array(removed))
    }

    fn sign(&self, name: &str, key: &str) -> Reply {
        match self.find(name, key) {
            Some(_) => Reply::json(
                200,
                &json!({ "signedURL": format!("/object/sign/{name}/{key}?token={TOKEN}") }),
            ),
            None => no_object(),
        }
    }

    fn sign_all(&self, name: &str, body: &Value) -> Reply {
        let paths = body["paths"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let signed = paths.map(|key| match self.find(name, key) {
            Some(_) => json!({ "error": null, "path": key, "signedURL": format!("/object/sign/{name}/{key}?token={TOKEN}") }),
            None => json!({ "error": "Either the object does not exist or you do not have access to it", "path": key, "signedURL": null }),
        });
        Reply::json(200, &signed.collect())
    }

    fn find(&self, name: &str, key: &str) -> Option<&Object> {
        self.buckets.get(name)?.objects.get(key)
    }
}

impl Bucket {
    fn show(&self, name: &str) -> Value {
        json!({
            "id": name, "name": name, "owner": "", "public": self.public, "type": "STANDARD",
            "file_size_limit": self.settings["file_size_limit"], "allowed_mime_types": self.settings["allowed_mime_types"],
            "created_at": TIME, "updated_at": TIME,
        })
    }
}

fn key(segments: &[&str]) -> String {
    let segments: Vec<_> = segments.iter().map(|segment| decode(segment)).collect();
    segments.join("/")
}

fn failure(status: u16, error: &str, message: &str) -> Reply {
    // The service answers 400 to nearly everything; the status proper stands in the body.
    let sent = if status == 409 || status == 404 {
        400
    } else {
        status
    };
    Reply::json(
        sent,
        &json!({ "statusCode": status.to_string(), "error": error, "message": message }),
    )
}

fn no_bucket() -> Reply {
    failure(404, "Bucket not found", "Bucket not found")
}

fn no_object() -> Reply {
    failure(404, "not_found", "Object not found")
}
