//! `fetch`: a request is one call of the service of that name.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tasker_domain::{ErrorCode, ErrorValue, Reason};

use crate::{
    calls::{self, Issue},
    convert::{self, Source},
    errors::{self, Kinds, throw},
    island::{
        native::Args,
        value::{Ctx, Kind, Result, Value},
    },
    text,
};

/// The service, and the method of it that makes a request.
pub(crate) const SERVICE: &str = "fetch";
pub(crate) const REQUEST: &str = "request";

/// Bytes of address, headers and body together.
const REQUEST_BYTES: usize = 16 << 20;

/// `tools.fetch(input, init)`, with the options of `tools.with`.
pub(crate) fn begin<'js>(
    ctx: Ctx<'js>,
    args: &Args<'_, 'js>,
    options: Option<&str>,
) -> Result<Value<'js>> {
    let options = match options {
        Some(options) => ctx.string(options)?,
        None => ctx.undefined(),
    };
    let begin = super::load_named(ctx, SERVICE)?.get("begin")?;
    begin.call(&ctx.undefined(), &[&args.get(0), &args.get(1), &options])
}

/// `callFetch(request, options, resolve, reject, make)`: the number of the call, which settles a promise by what `make` makes of
/// the answer.
pub(super) fn call<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let json = arguments(ctx, &args.get(0))?;
    let options = match args.get(1).kind() {
        Kind::String => Some(args.get(1).text()?),
        _ => None,
    };
    let call = Issue {
        service: SERVICE,
        method: &[REQUEST],
        json,
        options: options.as_deref(),
    };
    let (resolve, reject, make) = (args.get(2), args.get(3), args.get(4));
    let site = errors::stack_here(ctx);
    let number = calls::register_made(ctx, call, &site, resolve, reject, make)?;
    Ok(ctx.number(number.into()))
}

/// `loseCall(number)`: nothing waits for the call any more.
pub(super) fn lose<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    calls::abandon(ctx, args.get(0).float() as u32)?;
    Ok(ctx.undefined())
}

/// The call's arguments, as JSON.
fn arguments<'js>(ctx: Ctx<'js>, request: &Value<'js>) -> Result<String> {
    let mut json = String::from("[{");
    let mut bytes = 0;
    for name in ["url", "method", "redirect"] {
        let value = request.get(name)?.text()?;
        bytes += value.len();
        text::push_json_string(&mut json, name);
        json.push(':');
        text::push_json_string(&mut json, &value);
        json.push(',');
    }
    json.push_str(r#""headers":["#);
    let headers = request.get("headers")?;
    for index in 0..u32::try_from(headers.length()?).unwrap_or(u32::MAX) {
        let header = headers.get_index(index)?;
        let (name, value) = (header.get("name")?.text()?, header.get("value")?);
        // One that has a secret is no text.
        let value = convert::to_json(ctx, Source::Result(value), REQUEST_BYTES)?;
        bytes += name.len() + value.len();
        refuse_large(ctx, bytes)?;
        json.push_str(if index > 0 { ",[" } else { "[" });
        text::push_json_string(&mut json, &name);
        json.push(',');
        json.push_str(&value);
        json.push(']');
    }
    json.push_str(r#"],"body":"#);
    let body = request.get("body")?;
    let body = match body.kind() {
        Kind::Null => None,
        Kind::String => Some(body.text()?.into_bytes()),
        _ => Some(body.bytes()?),
    };
    refuse_large(ctx, bytes + body.as_ref().map_or(0, Vec::len))?;
    match body {
        Some(body) => push_body(&mut json, &body),
        None => json.push_str("null"),
    }
    json.push_str("}]");
    Ok(json)
}

/// The body as text if it is one, unless base64 is shorter.
fn push_body(json: &mut String, bytes: &[u8]) {
    let (start, most) = (json.len(), bytes.len() / 3 * 4 + 64);
    if let Ok(body) = std::str::from_utf8(bytes) {
        json.push_str(r#"{"text":"#);
        text::push_json_string(json, body);
        json.push('}');
        if json.len() - start <= most {
            return;
        }
        json.truncate(start);
    }
    json.push_str(r#"{"base64":""#);
    STANDARD.encode_string(bytes, json);
    json.push_str("\"}");
}

/// What a task is told of a request that failed: an error of the standard's class, unless its run was stopped or the call's time is
/// up.
pub(crate) fn failed(error: &ErrorValue) -> ErrorValue {
    if ["CancelledError", "TimeoutError"].contains(&error.name.as_str()) {
        return error.clone();
    }
    ErrorValue {
        name: "TypeError".into(),
        code: error.code.clone(),
        cause: Some(Box::new(Reason::Error(error.clone()))),
        ..ErrorValue::plain(format!("fetch failed: {}", error.message))
    }
}

fn refuse_large(ctx: Ctx<'_>, bytes: usize) -> Result<()> {
    if bytes <= REQUEST_BYTES {
        return Ok(());
    }
    let message = format!(
        "fetch: the request has more than {} MiB",
        REQUEST_BYTES >> 20
    );
    let code = Some(ErrorCode::ArgsTooLarge);
    Err(throw(ctx, Kinds::RangeError, code, &message))
}
