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
            let bucket = Bucket::new(public, json!({}));
            buckets.buckets.insert(name.to_owned(), bucket);
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
        let segments: Vec<_> = path.split('/').map(decode).collect();
        let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
        self.try_answer(request, &segments, parts)
            .unwrap_or_else(|refusal| refusal)
    }

    /// An error is an answer too.
    fn try_answer(
        &mut self,
        request: &Request,
        path: &[&str],
        parts: Option<Vec<Part>>,
    ) -> Result<Reply, Reply> {
        let body = request.json().unwrap_or_else(|| json!({}));
        Ok(match (request.method.as_str(), path) {
            ("GET", ["bucket"]) => {
                let buckets = self.buckets.iter();
                Reply::ok(&buckets.map(|(name, bucket)| bucket.show(name)).collect())
            }
            ("POST", ["bucket"]) => self.create(&body),
            (method, ["bucket", name]) => return self.bucket(method, name, &body),
            ("POST", ["bucket", name, "empty"]) => {
                self.named(name)?.objects.clear();
                Reply::ok(&json!({ "message": "Successfully emptied" }))
            }
            ("POST", ["object", "list", name]) => self.list(name, &body),
            ("POST", ["object", verb @ ("move" | "copy")]) => return self.carry(verb, &body),
            ("POST", ["object", "sign", name]) => self.sign_all(name, &body),
            ("POST", ["object", "sign", name, key @ ..]) => {
                let key = key.join("/");
                self.find(name, &key)?;
                Reply::ok(&json!({ "signedURL": signed(name, &key) }))
            }
            ("POST", ["object", "upload", "sign", name, key @ ..]) => {
                let url = format!("/object/upload/sign/{name}/{}?token={TOKEN}", key.join("/"));
                Reply::ok(&json!({ "url": url, "token": TOKEN }))
            }
            ("PUT", ["object", "upload", "sign", name, key @ ..]) => {
                return self.upload(request, name, &key.join("/"), parts, true);
            }
            ("GET", ["object", "sign", name, key @ ..]) => {
                if request.param("token") != Some(TOKEN) {
                    return Err(failure(400, "InvalidJWT", "jwt malformed"));
                }
                self.find(name, &key.join("/"))?.download()
            }
            ("GET", ["object", "info", name, key @ ..]) => {
                let key = key.join("/");
                let object = self.find(name, &key)?;
                Reply::ok(&json!({
                    "id": object.id, "name": key, "bucket_id": name, "size": object.bytes.len(),
                    "content_type": object.media_type, "etag": "\"sandbox\"", "metadata": object.metadata,
                    "last_modified": TIME, "created_at": TIME, "version": object.id,
                }))
            }
            ("GET" | "HEAD", ["object", "public", name, key @ ..]) => {
                if self.buckets.get(*name).is_some_and(|bucket| !bucket.public) {
                    return Err(no_bucket());
                }
                self.find(name, &key.join("/"))?.download()
            }
            (
                "GET" | "HEAD",
                ["object", "authenticated", name, key @ ..] | ["object", name, key @ ..],
            ) => self.find(name, &key.join("/"))?.download(),
            ("DELETE", ["object", name]) => self.remove(name, &body)?,
            ("DELETE", ["object", name, key @ ..]) => {
                self.remove(name, &json!({ "prefixes": [key.join("/")] }))?
            }
            (method @ ("POST" | "PUT"), ["object", name, key @ ..]) => {
                return self.upload(request, name, &key.join("/"), parts, method == "PUT");
            }
            _ => failure(404, "not_found", "Not found"),
        })
    }

    fn create(&mut self, body: &Value) -> Reply {
        let name = body["name"].as_str().or_else(|| body["id"].as_str());
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return failure(400, "invalid_request", "name is required");
        };
        if self.buckets.contains_key(name) {
            return duplicate();
        }
        let bucket = Bucket::new(body["public"] == true, body.clone());
        self.buckets.insert(name.to_owned(), bucket);
        Reply::ok(&json!({ "name": name }))
    }

    fn bucket(&mut self, method: &str, name: &str, body: &Value) -> Result<Reply, Reply> {
        let bucket = self.named(name)?;
        Ok(match method {
            "GET" => Reply::ok(&bucket.show(name)),
            "PUT" => {
                bucket.public = body["public"] == true;
                bucket.settings = body.clone();
                Reply::ok(&json!({ "message": "Successfully updated" }))
            }
            "DELETE" if !bucket.objects.is_empty() => failure(
                409,
                "InvalidRequest",
                "The bucket you tried to delete is not empty",
            ),
            "DELETE" => {
                self.buckets.shift_remove(name);
                Reply::ok(&json!({ "message": "Successfully deleted" }))
            }
            _ => failure(404, "not_found", "Not found"),
        })
    }

    fn upload(
        &mut self,
        request: &Request,
        name: &str,
        key: &str,
        parts: Option<Vec<Part>>,
        replace: bool,
    ) -> Result<Reply, Reply> {
        let (media_type, bytes, metadata) = match parts {
            Some(parts) => {
                let metadata = parts.iter().find(|part| part.name == "metadata");
                let metadata = metadata.and_then(|part| serde_json::from_slice(&part.body).ok());
                let mut files = parts.into_iter().rev();
                let file = files.find(|part| part.file_name.is_some() || part.name.is_empty());
                let none = || failure(400, "invalid_request", "no file was sent");
                let file = file.ok_or_else(none)?;
                (file.content_type, file.body, metadata)
            }
            None => {
                let media_type = request.header("content-type").to_owned();
                (media_type, request.body.clone(), None)
            }
        };
        if key.is_empty() || key.contains("//") {
            let message = format!("Invalid key: {key}");
            return Err(failure(400, "InvalidKey", &message));
        }
        let mut object = self.object(&media_type, bytes);
        object.metadata = metadata.unwrap_or_else(|| json!({}));
        let id = object.id.clone();
        let bucket = self.named(name)?;
        if bucket.objects.contains_key(key) && !replace && request.header("x-upsert") != "true" {
            return Err(duplicate());
        }
        bucket.objects.insert(key.to_owned(), object);
        Ok(Reply::ok(
            &json!({ "Id": id, "Key": format!("{name}/{key}") }),
        ))
    }

    /// Objects and folders right below a prefix.
    fn list(&self, name: &str, body: &Value) -> Reply {
        let Some(bucket) = self.buckets.get(name) else {
            return Reply::ok(&json!([]));
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
        Reply::ok(&page.collect())
    }

    fn carry(&mut self, verb: &str, body: &Value) -> Result<Reply, Reply> {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let (from, from_key, to_key) =
            (text("bucketId"), text("sourceKey"), text("destinationKey"));
        let to = body["destinationBucket"].as_str().unwrap_or(from);
        let object = self.find(from, from_key)?.clone();
        let target = self.named(to)?;
        if target.objects.contains_key(to_key) {
            return Err(duplicate());
        }
        target.objects.insert(to_key.to_owned(), object.clone());
        if verb == "copy" {
            let answer = json!({ "Id": object.id, "Key": format!("{to}/{to_key}") });
            return Ok(Reply::ok(&answer));
        }
        self.named(from)?.objects.shift_remove(from_key);
        Ok(Reply::ok(&json!({ "message": "Successfully moved" })))
    }

    fn remove(&mut self, name: &str, body: &Value) -> Result<Reply, Reply> {
        let bucket = self.named(name)?;
        let removed = texts(&body["prefixes"]).filter_map(|key| {
            let object = bucket.objects.shift_remove(key)?;
            Some(json!({
                "name": key, "bucket_id": name, "id": object.id, "owner": "", "version": object.id,
                "updated_at": TIME, "created_at": TIME, "last_accessed_at": TIME, "metadata": {},
            }))
        });
        Ok(Reply::ok(&removed.collect()))
    }

    fn sign_all(&self, name: &str, body: &Value) -> Reply {
        let signed = texts(&body["paths"]).map(|key| match self.find(name, key) {
            Ok(_) => json!({ "error": null, "path": key, "signedURL": signed(name, key) }),
            Err(_) => json!({ "error": "Either the object does not exist or you do not have access to it", "path": key, "signedURL": null }),
        });
        Reply::ok(&signed.collect())
    }

    fn find(&self, name: &str, key: &str) -> Result<&Object, Reply> {
        let bucket = self.buckets.get(name);
        let object = bucket.and_then(|bucket| bucket.objects.get(key));
        object.ok_or_else(|| coded("NoSuchKey", 404, "not_found", "Object not found"))
    }

    fn named(&mut self, name: &str) -> Result<&mut Bucket, Reply> {
        self.buckets.get_mut(name).ok_or_else(no_bucket)
    }
}

impl Object {
    fn download(&self) -> Reply {
        Reply::bytes(200, &self.media_type, self.bytes.clone())
            .with("etag", "\"sandbox\"")
            .with("cache-control", "no-cache")
    }
}

impl Bucket {
    fn new(public: bool, settings: Value) -> Self {
        Self {
            public,
            settings,
            objects: IndexMap::new(),
        }
    }

    fn show(&self, name: &str) -> Value {
        json!({
            "id": name, "name": name, "owner": "", "public": self.public, "type": "STANDARD",
            "file_size_limit": self.settings["file_size_limit"], "allowed_mime_types": self.settings["allowed_mime_types"],
            "created_at": TIME, "updated_at": TIME,
        })
    }
}

/// Where an object can be had for a while.
fn signed(name: &str, key: &str) -> String {
    format!("/object/sign/{name}/{key}?token={TOKEN}")
}

/// The texts of a list.
fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn failure(status: u16, error: &str, message: &str) -> Reply {
    refusal(status, json!({ "error": error, "message": message }))
}

/// A failure of which the service knows more than its status.
fn coded(code: &str, status: u16, error: &str, message: &str) -> Reply {
    refusal(
        status,
        json!({ "error": error, "message": message, "code": code }),
    )
}

fn refusal(status: u16, mut body: Value) -> Reply {
    // The service answers 400 to nearly everything; the status proper stands in the body.
    let sent = if status == 409 || status == 404 {
        400
    } else {
        status
    };
    body["statusCode"] = status.to_string().into();
    Reply::json(sent, &body)
}

fn no_bucket() -> Reply {
    coded("NoSuchBucket", 404, "Bucket not found", "Bucket not found")
}

fn duplicate() -> Reply {
    failure(409, "Duplicate", "The resource already exists")
}
