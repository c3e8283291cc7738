//! The HTTP request of a call, but for its token.

use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Request;
use tasker_service::refused;

use crate::base::Base;
use crate::document::{Api, Method};
use crate::options::Options;
use crate::params::Params;
use crate::template;

/// Builds the request. `idempotency_key` is the call's.
///
/// # Errors
/// If the method's description cannot be used.
pub(crate) fn build(
    base: &Base,
    api: &Api,
    method: &Method,
    params: Params,
    options: &Options,
    idempotency_key: &str,
) -> Result<Request, ServiceError> {
    let Params {
        path,
        mut query,
        body,
        media,
    } = params;
    let template = match (&media, &method.upload) {
        (Some(_), Some(upload)) => upload.trim_start_matches('/').to_owned(),
        _ => format!(
            "{}{}",
            api.service_path.trim_start_matches('/'),
            method.path.trim_start_matches('/')
        ),
    };
    let expanded = template::expand(&template, |name| path.get(name).map(String::as_str));
    let expanded = expanded.ok_or_else(|| {
        refused(
            ErrorCode::UpstreamInvalid,
            format!(
                "the document of `{}` has a path that cannot be filled in",
                api.name
            ),
        )
    })?;

    if takes_request_id(method) && !query.iter().any(|(name, _)| name == "requestId") {
        query.push(("requestId".to_owned(), request_id(idempotency_key)));
    }
    query.extend(options.params.iter().cloned());
    let sent = match media {
        Some(media) => {
            let (upload_type, content_type, bytes) = media.into_body(body.as_ref());
            query.retain(|(name, _)| name != "uploadType");
            query.push(("uploadType".to_owned(), upload_type.to_owned()));
            Some((content_type, bytes))
        }
        None => {
            body.map(|body: Value| ("application/json".to_owned(), body.to_string().into_bytes()))
        }
    };

    let mut url = base.root(&api.root)?;
    url.push_str(&expanded);
    for (index, (name, value)) in query.iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.extend(utf8_percent_encode(name, template::ENCODED));
        url.push('=');
        url.extend(utf8_percent_encode(value, template::ENCODED));
    }
    let mut request = Request::new(&method.verb, url);
    request.repeats |= takes_request_id(method);
    if let Some((content_type, bytes)) = sent {
        request = request.with_body(&content_type, bytes);
    }
    request.headers.extend(options.headers.iter().cloned());
    Ok(request)
}

/// Whether a call of the method is told apart from its other attempts by a query parameter.
pub(crate) fn takes_request_id(method: &Method) -> bool {
    let parameter = method.parameters.get("requestId");
    method.verb == "POST" && parameter.is_some_and(|parameter| !parameter.path)
}

/// The call's idempotency key in the form that `requestId` parameters want: a UUID, of random kind.
/// All attempts of a call have the same, so that none of them makes a thing twice.
fn request_id(idempotency_key: &str) -> String {
    let hash = Sha256::digest(idempotency_key);
    let hex: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}
