//! Uploads: a body alone, metadata and body in parts, and several requests for one file.

use std::collections::HashMap;

use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};

use super::access::Who;
use crate::form;
use crate::reply::Reply;
use crate::request::Request;

/// The bytes of a file.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
}

/// An upload whose bytes are all there.
#[derive(Debug)]
pub(crate) struct Upload {
    /// The request that began it.
    pub(crate) request: Request,
    pub(crate) metadata: Value,
    pub(crate) media: Media,
    pub(crate) who: Who,
}

/// What comes of a further request of an upload.
pub(crate) enum Next {
    Answer(Reply),
    Whole(Box<Upload>),
}

/// Reads metadata and media of an upload in one request. `None`: it is not one.
pub(crate) fn read(request: &Request) -> Option<(Option<Value>, Option<Media>)> {
    if !is_upload(request) {
        return None;
    }
    match request.param("uploadType") {
        Some("multipart") => {
            let mut parts = form::parts(request)?.into_iter();
            let metadata = serde_json::from_slice(&parts.next()?.body).ok();
            let media = parts.next().map(|part| Media {
                media_type: part.content_type,
                bytes: part.body,
            });
            Some((metadata, media))
        }
        Some("media") => {
            let media = Media {
                media_type: request.header("content-type").to_owned(),
                bytes: request.body.clone(),
            };
            Some((None, Some(media)))
        }
        _ => None,
    }
}

fn is_upload(request: &Request) -> bool {
    request.path.starts_with("/upload/") || request.path.starts_with("/resumable/upload/")
}

/// Uploads that wait for bytes.
#[derive(Default)]
pub(crate) struct Uploads {
    begun: HashMap<String, Begun>,
    made: usize,
}

struct Begun {
    request: Request,
    who: Who,
    bytes: BytesMut,
}

impl Uploads {
    /// Begins an upload in several requests, if that is what is asked.
    pub(crate) fn begin(&mut self, request: &Request, who: &Who) -> Option<Reply> {
        if !is_upload(request) || request.param("uploadType") != Some("resumable") {
            return None;
        }
        self.made += 1;
        let id = format!("sandbox-upload-{}", self.made);
        let location = format!(
            "{}{}?uploadType=resumable&upload_id={id}",
            request.base, request.path
        );
        let begun = Begun {
            request: request.clone(),
            who: who.clone(),
            bytes: BytesMut::new(),
        };
        self.begun.insert(id.clone(), begun);
        Some(
            Reply::empty(200)
                .with("location", location)
                .with("x-guploader-uploadid", id),
        )
    }

    /// Takes more bytes of an upload that was begun.
    pub(crate) fn go_on(&mut self, request: &Request) -> Option<Next> {
        if !is_upload(request) {
            return None;
        }
        let id = request.param("upload_id")?;
        let Some(begun) = self.begun.get_mut(id) else {
            return Some(Next::Answer(Reply::json(
                404,
                &json!({ "error": { "code": 404, "message": "Upload not found" } }),
            )));
        };
        let range = Range::read(request.header("content-range"));
        if range.is_none_or(|range| range.begin == begun.bytes.len()) {
            begun.bytes.extend_from_slice(&request.body);
        }
        let length = begun.bytes.len();
        if range.is_some_and(|range| range.total.is_none_or(|total| length < total)) {
            let mut reply = Reply::empty(308);
            if length > 0 {
                reply = reply.with("range", format!("bytes=0-{}", length - 1));
            }
            return Some(Next::Answer(reply));
        }
        let begun = self.begun.remove(id)?;
        let media_type = match begun.request.header("x-upload-content-type") {
            "" => request.header("content-type"),
            named => named,
        };
        Some(Next::Whole(Box::new(Upload {
            metadata: begun.request.json().unwrap_or_else(|| json!({})),
            media: Media {
                media_type: media_type.to_owned(),
                bytes: begun.bytes.freeze(),
            },
            who: begun.who,
            request: begun.request,
        })))
    }
}

/// `bytes 0-99/1000`, `bytes 0-99/*`
#[derive(Clone, Copy)]
struct Range {
    begin: usize,
    total: Option<usize>,
}

impl Range {
    fn read(text: &str) -> Option<Self> {
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        Some(Self {
            // `bytes */1000` asks how far it is and brings nothing.
            begin: match range.split_once('-') {
                Some((begin, _)) => begin.parse().ok()?,
                None => usize::MAX,
            },
            total: total.parse().ok(),
        })
    }
}
