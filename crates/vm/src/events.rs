//! `tools.waitForEvent` and `tools.eventUrl`.

use tasker_domain::{
    ErrorCode, Json,
    event::{self, NAME_MAX_BYTES, PATTERN_MAX, URL_DATA_MAX_BYTES},
};

use crate::{
    calls,
    convert::{self, Source},
    errors::{self, Kinds, throw},
    island::{
        host,
        keys::{Key, own_keys},
        native::Args,
        value::{Ctx, Kind, Result, Thrown, Value},
    },
    text, timers,
};

/// `tools.waitForEvent(name, { timeout, match })`: a promise for the first event that fits.
pub(crate) fn wait<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    const FUNCTION: &str = "tools.waitForEvent";
    call(ctx, event::WAIT, FUNCTION, args, |given| {
        let mut options = String::new();
        if let Some(timeout) = given.option("timeout")? {
            let until = timers::moment(ctx, &timeout, FUNCTION)?;
            options.push_str(&format!("\"until\":{until}"));
        }
        if let Some(pattern) = given.option("match")? {
            if pattern.kind() != Kind::Object || pattern.is_array() {
                return Err(given.refuse("`match` is an object of paths and values"));
            }
            if own_keys(&pattern, true)?.len() > PATTERN_MAX {
                let what = format!("`match` compares {PATTERN_MAX} places at most");
                return Err(given.refuse(&what));
            }
            let separator = if options.is_empty() { "" } else { "," };
            options.push_str(&format!("{separator}\"match\":{}", json(ctx, pattern)?));
        }
        Ok(options)
    })
}

/// The texts of an address's page: how long each may be, and whether it may have lines.
const PAGE_TEXTS: [(&str, usize, bool); 3] = [
    ("title", event::URL_TITLE_MAX_BYTES, false),
    ("text", event::URL_TEXT_MAX_BYTES, true),
    ("label", event::URL_LABEL_MAX_BYTES, false),
];

/// `tools.eventUrl(name, { expires, data, title, text, label })`: a promise for an address that sends the event once.
pub(crate) fn url<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    const FUNCTION: &str = "tools.eventUrl";
    call(ctx, event::URL, FUNCTION, args, |given| {
        let until = match given.option("expires")? {
            Some(expires) => timers::moment(ctx, &expires, FUNCTION)?,
            None => timers::now_ms() + event::URL_LIFE_MS,
        };
        let mut options = format!("\"until\":{until}");
        if let Some(data) = given.option("data")? {
            let data = json(ctx, data)?;
            if data.len() > URL_DATA_MAX_BYTES {
                let what = format!("`data` has {URL_DATA_MAX_BYTES} bytes of JSON at most");
                return Err(given.refuse(&what));
            }
            options.push_str(&format!(",\"data\":{data}"));
        }
        for (name, most, lines) in PAGE_TEXTS {
            let Some(value) = given.option(name)? else {
                continue;
            };
            let said = match value.kind() {
                Kind::String => Some(value.text()?),
                _ => None,
            };
            let Some(said) = said.filter(|said| event::is_page_text(said, most, lines)) else {
                let what = format!(
                    "`{name}` is a text of at most {most} bytes, without control characters"
                );
                return Err(given.refuse(&what));
            };
            options.push_str(&format!(",\"{name}\":"));
            text::push_json_string(&mut options, &said);
        }
        Ok(options)
    })
}

/// A name and options, as both functions take them.
struct Given<'js> {
    ctx: Ctx<'js>,
    function: &'static str,
    options: Value<'js>,
}

impl<'js> Given<'js> {
    fn refuse(&self, what: &str) -> Thrown {
        let message = format!("{}: {what}", self.function);
        throw(
            self.ctx,
            Kinds::TypeError,
            Some(ErrorCode::InvalidArguments),
            &message,
        )
    }

    /// An option that is there.
    fn option(&self, name: &str) -> Result<Option<Value<'js>>> {
        if !self.options.is_object() {
            return Ok(None);
        }
        let value = self.options.get(name)?;
        Ok((value.kind() != Kind::Undefined).then_some(value))
    }
}

/// Makes a call with the arguments `[name, { …options }]`.
fn call<'js>(
    ctx: Ctx<'js>,
    method: &str,
    function: &'static str,
    args: &Args<'_, 'js>,
    options: impl FnOnce(&Given<'js>) -> Result<Json>,
) -> Result<Value<'js>> {
    let known: &[&str] = match method {
        event::WAIT => &["timeout", "match"],
        _ => &["expires", "data", "title", "text", "label"],
    };
    calls::promised(ctx, |resolve, reject| {
        let (name, given) = (args.get(0), args.get(1));
        let given = Given {
            ctx,
            function,
            options: given,
        };
        let name = match name.kind() {
            Kind::String => name.text()?,
            _ => return Err(given.refuse("the first argument is the name of an event")),
        };
        if !event::is_name(&name) {
            let what = format!("a name has 1 to {NAME_MAX_BYTES} bytes and no control characters");
            return Err(given.refuse(&what));
        }
        match given.options.kind() {
            Kind::Undefined | Kind::Null => {}
            Kind::Object => {
                let names = own_keys(&given.options, true)?;
                let unknown = names.iter().filter_map(Key::text);
                if let Some(unknown) = unknown
                    .into_iter()
                    .find(|name| !known.contains(&name.as_str()))
                {
                    let what = format!("there is no option `{unknown}`, but {}", known.join(", "));
                    return Err(given.refuse(&what));
                }
            }
            _ => return Err(given.refuse("the second argument is an object of options")),
        }
        let options = options(&given)?;
        let mut json = String::from("[");
        text::push_json_string(&mut json, &name);
        json.push_str(&format!(",{{{options}}}]"));
        let site = errors::stack_here(ctx);
        let call = calls::Issue {
            service: event::SERVICE,
            method: &[method],
            json,
            options: None,
        };
        calls::register(ctx, call, &site, resolve, reject)
    })
}

fn json<'js>(ctx: Ctx<'js>, value: Value<'js>) -> Result<Json> {
    let limit = host::current().ok_or(Thrown)?.limits.args_bytes;
    convert::to_json(ctx, Source::Result(value), limit)
}
