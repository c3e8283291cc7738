//! Addresses, as the URL standard takes them apart.

use url::{Url, form_urlencoded, quirks};

use super::strings;
use crate::island::{
    native::Args,
    value::{Ctx, Kind, Result, Value},
};

/// A setter of an address, by the name of the property. It leaves the address as it was when it cannot take the value.
type Change = fn(&mut Url, &str);

const CHANGES: &[(&str, Change)] = &[
    ("protocol", |url, value| {
        let _ = quirks::set_protocol(url, value);
    }),
    ("username", |url, value| {
        let _ = quirks::set_username(url, value);
    }),
    ("password", |url, value| {
        let _ = quirks::set_password(url, value);
    }),
    ("host", |url, value| {
        let _ = quirks::set_host(url, value);
    }),
    ("hostname", |url, value| {
        let _ = quirks::set_hostname(url, value);
    }),
    ("port", |url, value| {
        let _ = quirks::set_port(url, value);
    }),
    ("pathname", quirks::set_pathname),
    ("search", quirks::set_search),
    ("hash", quirks::set_hash),
];

/// `parseUrl(text, base)`: the parts of an address, or `undefined` if it is none. `base` may be `undefined`.
pub(super) fn parse<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let base = match args.get(1).kind() {
        Kind::Undefined => Ok(None),
        _ => Url::parse(&args.get(1).text()?).map(Some),
    };
    let text = args.get(0).text()?;
    let url = base.and_then(|base| Url::options().base_url(base.as_ref()).parse(&text));
    match url {
        Ok(url) => parts(ctx, &url),
        Err(_) => Ok(ctx.undefined()),
    }
}

/// `changeUrl(href, property, value)`: the parts of the address after one was set.
pub(super) fn change<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (href, name, value) = (
        args.get(0).text()?,
        args.get(1).text()?,
        args.get(2).text()?,
    );
    let change = CHANGES.iter().find(|(property, _)| *property == name);
    let (Ok(mut url), Some((_, change))) = (Url::parse(&href), change) else {
        return Ok(ctx.undefined());
    };
    change(&mut url, &value);
    parts(ctx, &url)
}

/// In the order in which `url.js` reads them.
fn parts<'js>(ctx: Ctx<'js>, url: &Url) -> Result<Value<'js>> {
    let origin = quirks::origin(url);
    strings(
        ctx,
        [
            quirks::href(url),
            &origin,
            quirks::protocol(url),
            quirks::username(url),
            quirks::password(url),
            quirks::host(url),
            quirks::hostname(url),
            quirks::port(url),
            quirks::pathname(url),
            quirks::search(url),
            quirks::hash(url),
        ],
    )
}

/// `parseQuery(text)`: names and values in turn.
pub(super) fn parse_query<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let text = args.get(0).text()?;
    let pairs = form_urlencoded::parse(text.as_bytes());
    strings(ctx, pairs.flat_map(|(name, value)| [name, value]))
}

/// `formatQuery(names and values in turn)`.
pub(super) fn format_query<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let list = args.get(0);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for index in (0..u32::try_from(list.length()?).unwrap_or(u32::MAX)).step_by(2) {
        let (name, value) = (list.get_index(index)?, list.get_index(index + 1)?);
        query.append_pair(&name.text()?, &value.text()?);
    }
    ctx.string(&query.finish())
}
