//! Names and values of headers, as HTTP has them.

use crate::island::{
    native::Args,
    value::{Ctx, Result, Value},
};

/// `headerName(text)`: in small letters; `undefined` for what is none. Names of methods are such too.
pub(super) fn name<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let name = args.get(0).text()?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match !name.is_empty() && name.bytes().all(is_token) {
        true => ctx.string(&name.to_ascii_lowercase()),
        false => Ok(ctx.undefined()),
    }
}

/// `headerValue(text)`: without blanks around it; `undefined` for what is none.
pub(super) fn value<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let text = args.get(0).text()?;
    let value = text.trim_matches(['\t', '\n', '\r', ' ']);
    let is_allowed = |character| !matches!(character, '\0' | '\r' | '\n' | '\u{100}'..);
    match value.chars().all(is_allowed) {
        true => ctx.string(value),
        false => Ok(ctx.undefined()),
    }
}
