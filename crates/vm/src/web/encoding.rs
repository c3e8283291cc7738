//! Text to bytes and back, in the encodings of the web.

use encoding_rs::{Decoder, DecoderResult, Encoding};

use crate::island::{
    native::Args,
    value::{Ctx, Kind, Result, Value, Visible},
};

/// A character has at most this many bytes, one of which may be missing.
const INCOMPLETE: usize = 3;

/// `utf8(text)`: its bytes.
pub(super) fn utf8<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    ctx.bytes(args.get(0).text()?.as_bytes())
}

/// `encoding(label)`: the name of the encoding that a label stands for, or `undefined`.
pub(super) fn name<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    match Encoding::for_label_no_replacement(args.get(0).text()?.as_bytes()) {
        Some(encoding) => ctx.string(&encoding.name().to_lowercase()),
        None => Ok(ctx.undefined()),
    }
}

/// `decode(bytes, encoding, fatal, more)`: `{ text, rest }`, where `rest` is how many bytes at the end begin a character that
/// `more` bytes may complete; `undefined` if the bytes are no text and that is `fatal`.
pub(super) fn decode<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let bytes = args.get(0).bytes()?;
    let Some(encoding) = Encoding::for_label(args.get(1).text()?.as_bytes()) else {
        return Ok(ctx.undefined());
    };
    let fatal = args.get(2).kind() == Kind::Bool(true);
    let more = args.get(3).kind() == Kind::Bool(true);
    let rest = if more {
        incomplete(encoding, &bytes)
    } else {
        0
    };
    let Some(text) = text(encoding, &bytes[..bytes.len() - rest], fatal, true) else {
        return Ok(ctx.undefined());
    };
    let decoded = ctx.table()?;
    decoded.define("text", ctx.string(&text)?, Visible::Yes)?;
    decoded.define("rest", ctx.number(rest as f64), Visible::Yes)?;
    Ok(decoded)
}

/// How many bytes at the end wait for others: without them the text is whole, and no shorter.
fn incomplete(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    // The end of a text decides; its beginning only takes time.
    let end = &bytes[bytes.len().saturating_sub(1 << 10)..];
    let so_far = text(encoding, end, false, false);
    (0..=INCOMPLETE.min(end.len()))
        .find(|rest| text(encoding, &end[..end.len() - rest], false, true) == so_far)
        .unwrap_or(0)
}

/// `None` if the bytes are no text and that is `fatal`.
fn text(encoding: &'static Encoding, bytes: &[u8], fatal: bool, last: bool) -> Option<String> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    if fatal {
        return strict(decoder, bytes, last);
    }
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len())?);
    let _ = decoder.decode_to_string(bytes, &mut text, last);
    Some(text)
}

fn strict(mut decoder: Decoder, bytes: &[u8], last: bool) -> Option<String> {
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len())?;
    let mut text = String::with_capacity(room);
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, last);
    (result == DecoderResult::InputEmpty).then_some(text)
}
