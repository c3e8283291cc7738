//! `storage.from(bucket).<method>`: the files of a bucket.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;
use url::form_urlencoded;

use super::buckets::{purge_query, with_json};
use super::bytes::Content;
use super::{Call, Shape, urls};
use crate::chain::Step;
use crate::js;
use crate::outgoing::Outgoing;
use crate::project::path;

/// The names of all methods.
pub(super) const NAMES: &[&str] = &[
    "upload",
    "update",
    "uploadToSignedUrl",
    "createSignedUploadUrl",
    "download",
    "list",
    "listV2",
    "move",
    "copy",
    "remove",
    "createSignedUrl",
    "createSignedUrls",
    "getPublicUrl",
    "info",
    "exists",
    "purgeCache",
    "setHeader",
    "throwOnError",
];

/// Reads a call.
pub(super) fn read(step: &Step, bucket: &str) -> Result<Call, ServiceError> {
    let file = || full_path(step, bucket);
    Ok(match step.name.as_str() {
        "upload" => upload(step, bucket, "POST")?,
        "update" => upload(step, bucket, "PUT")?,
        "uploadToSignedUrl" => upload_to_signed_url(step, bucket)?,
        "createSignedUploadUrl" => {
            let path = format!("/object/upload/sign/{}", file()?);
            let mut request = with_json(Outgoing::new("POST", path).repeatable(), Map::new())?;
            if js::truthy(step.option(1, "upsert")) {
                request.headers.set("x-upsert", "true")?;
            }
            let path = step.text(0, "the path")?.to_owned();
            Call {
                request,
                answer: Shape::UploadUrl { path },
            }
        }
        "download" => {
            let kind = if urls::transforms(step.option(1, "transform")) {
                "render/image/authenticated"
            } else {
                "object"
            };
            let query = urls::query(step, 1, &["transform", "cacheNonce", "versionId"]);
            let mark = if query.is_empty() { "" } else { "?" };
            Call {
                request: Outgoing::new("GET", format!("/{kind}/{}{mark}{query}", file()?)),
                answer: Shape::File,
            }
        }
        "list" => list(step, bucket)?,
        "listV2" => {
            let path = format!("/object/list-v2/{bucket}");
            Call::plain(with_json(
                Outgoing::new("POST", path).repeatable(),
                options(step.arg(0)),
            )?)
        }
        "move" => Call::plain(transfer(step, bucket, "/object/move")?),
        "copy" => Call {
            request: transfer(step, bucket, "/object/copy")?,
            answer: Shape::Copy,
        },
        "remove" => {
            let body = member("prefixes", step.arg(0));
            Call::plain(with_json(
                Outgoing::new("DELETE", format!("/object/{bucket}")),
                body,
            )?)
        }
        "createSignedUrl" => {
            let mut body = member("expiresIn", step.arg(1));
            let transform = step.option(2, "transform");
            if urls::transforms(transform) {
                body.extend(member("transform", transform));
            }
            let version = step.option(2, "versionId");
            body.extend(member(
                "versionId",
                version.filter(|version| !version.is_null()),
            ));
            Call {
                request: with_json(
                    Outgoing::new("POST", format!("/object/sign/{}", file()?)).repeatable(),
                    body,
                )?,
                answer: Shape::Signed {
                    query: urls::query(step, 2, &["download", "cacheNonce"]),
                },
            }
        }
        "createSignedUrls" => {
            let mut body = member("expiresIn", step.arg(1));
            body.extend(member("paths", step.arg(0)));
            Call {
                request: with_json(
                    Outgoing::new("POST", format!("/object/sign/{bucket}")).repeatable(),
                    body,
                )?,
                answer: Shape::SignedList {
                    query: urls::query(step, 2, &["download", "cacheNonce"]),
                },
            }
        }
        "info" => {
            let query = urls::query(step, 1, &["versionId"]);
            let mark = if query.is_empty() { "" } else { "?" };
            Call {
                request: Outgoing::new("GET", format!("/object/info/{}{mark}{query}", file()?)),
                answer: Shape::Info,
            }
        }
        "exists" => Call {
            request: Outgoing::new("GET", format!("/object/info/{}", file()?)),
            answer: Shape::Exists,
        },
        "purgeCache" => {
            let path = format!("/cdn/{}{}", file()?, purge_query(step));
            Call::plain(with_json(Outgoing::new("DELETE", path), Map::new())?)
        }
        _ => return Err(step.unknown(NAMES)),
    })
}

/// Bucket and path in one.
pub(super) fn full_path(step: &Step, bucket: &str) -> Result<String, ServiceError> {
    let file = path(step.text(0, "the path")?, "the path of a file")?;
    Ok(format!("{bucket}/{}", file.trim_start_matches('/')))
}

fn member(name: &str, value: Option<&Value>) -> Map<String, Value> {
    value
        .map(|value| (name.to_owned(), value.clone()))
        .into_iter()
        .collect()
}

fn options(value: Option<&Value>) -> Map<String, Value> {
    value
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn list(step: &Step, bucket: &str) -> Result<Call, ServiceError> {
    let mut sort_by = options(Some(&json!({"column": "name", "order": "asc"})));
    if js::truthy(step.option(1, "sortBy")) {
        sort_by.extend(options(step.option(1, "sortBy")));
    }
    let mut body = options(Some(&json!({"limit": 100, "offset": 0, "sortBy": null})));
    body.extend(options(step.arg(1)));
    body.insert("sortBy".to_owned(), Value::Object(sort_by));
    let prefix = step.arg(0).filter(|prefix| js::truthy(Some(prefix)));
    body.insert(
        "prefix".to_owned(),
        prefix.cloned().unwrap_or_else(|| "".into()),
    );
    let request = Outgoing::new("POST", format!("/object/list/{bucket}")).repeatable();
    Ok(Call::plain(with_json(request, body)?))
}

fn transfer(step: &Step, bucket: &str, path: &str) -> Result<Outgoing, ServiceError> {
    let mut body = member("bucketId", Some(&bucket.into()));
    body.extend(member("sourceKey", step.arg(0)));
    body.extend(member("destinationKey", step.arg(1)));
    body.extend(member(
        "destinationBucket",
        step.option(2, "destinationBucket"),
    ));
    with_json(Outgoing::new("POST", path.to_owned()), body)
}

/// A path without slashes at its ends and without empty folders.
fn clean(file: &str) -> String {
    let file = file.strip_prefix('/').unwrap_or(file);
    let file = file.strip_suffix('/').unwrap_or(file);
    let mut cleaned = String::with_capacity(file.len());
    for char in file.chars() {
        if char != '/' || !cleaned.ends_with('/') {
            cleaned.push(char);
        }
    }
    cleaned
}

fn upload(step: &Step, bucket: &str, method: &'static str) -> Result<Call, ServiceError> {
    let file = clean(path(step.text(0, "the path")?, "the path of a file")?);
    let target = format!("/object/{bucket}/{}", file.trim_start_matches('/'));
    let mut request = content(Outgoing::new(method, target), step, 1)?;
    if method == "PUT" {
        request.headers.remove("x-upsert");
    }
    custom_headers(&mut request, step, 2)?;
    Ok(Call {
        request,
        answer: Shape::Upload {
            path: file,
            with_id: true,
        },
    })
}

fn upload_to_signed_url(step: &Step, bucket: &str) -> Result<Call, ServiceError> {
    let file = clean(path(step.text(0, "the path")?, "the path of a file")?);
    let token: String =
        form_urlencoded::byte_serialize(step.text(1, "the token")?.as_bytes()).collect();
    let target = format!(
        "/object/upload/sign/{bucket}/{}?token={token}",
        file.trim_start_matches('/')
    );
    let mut request = content(Outgoing::new("PUT", target), step, 2)?;
    custom_headers(&mut request, step, 3)?;
    Ok(Call {
        request,
        answer: Shape::Upload {
            path: file,
            with_id: false,
        },
    })
}

/// Puts the file in argument `at` into a request, with what the options after it say.
fn content(mut request: Outgoing, step: &Step, at: usize) -> Result<Outgoing, ServiceError> {
    let options = at + 1;
    let content = Content::read(step.arg(at))?;
    let set = |request: &mut Outgoing, name: &str, value: String| request.headers.set(name, &value);
    let upsert = match step.option(options, "upsert") {
        Some(upsert) => js::text(Some(upsert)),
        None => "false".to_owned(),
    };
    set(&mut request, "x-upsert", upsert)?;
    let age = match step.option(options, "cacheControl") {
        Some(age) => js::text(Some(age)),
        None => "3600".to_owned(),
    };
    set(&mut request, "cache-control", format!("max-age={age}"))?;
    let media = match (step.option(options, "contentType"), content.media) {
        (Some(media), _) => js::text(Some(media)),
        (None, Some(media)) => media,
        (None, None) => "text/plain;charset=UTF-8".to_owned(),
    };
    set(&mut request, "content-type", media)?;
    let metadata = step.option(options, "metadata");
    if let Some(metadata) = metadata.filter(|metadata| js::truthy(Some(metadata))) {
        set(
            &mut request,
            "x-metadata",
            STANDARD.encode(js::json(metadata)),
        )?;
    }
    request.body = Some(content.bytes);
    Ok(request)
}

fn custom_headers(request: &mut Outgoing, step: &Step, options: usize) -> Result<(), ServiceError> {
    match step.option(options, "headers") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Object(headers)) => headers
            .iter()
            .try_for_each(|(name, value)| request.headers.set(name, &js::text(Some(value)))),
        Some(_) => Err(invalid("`headers` must be an object")),
    }
}
