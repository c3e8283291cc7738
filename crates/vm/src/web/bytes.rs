//! Bytes: put together, compared, searched, and as text.

use base64::{
    Engine as _, alphabet,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig,
        general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    },
};
use memchr::memmem;

use crate::{
    errors::{Kinds, throw},
    island::{
        arena,
        native::Args,
        value::{Ctx, Kind, Result, Value},
    },
};

/// Takes what others make of it, with any padding, as Node does.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `join(list)`: the bytes of all its items, texts and bytes.
pub(super) fn join<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let list = args.get(0);
    let mut joined = Vec::new();
    for index in 0..u32::try_from(list.length()?).unwrap_or(u32::MAX) {
        let item = list.get_index(index)?;
        match item.kind() {
            Kind::String => joined.extend_from_slice(item.text()?.as_bytes()),
            _ => joined.extend(item.bytes()?),
        }
        // One item may stand there many times.
        if joined.len() > arena::MAX_MEMORY {
            let message = "what is put together is larger than the memory of a task";
            return Err(throw(ctx, Kinds::RangeError, None, message));
        }
    }
    ctx.bytes(&joined)
}

/// `toBytes(text, encoding)`, by one of Node's encodings. What is no text of the encoding ends it, or is left out.
pub(super) fn of_text<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let text = args.get(0);
    match args.get(1).text()?.as_str() {
        "latin1" | "ascii" => {
            let units = text.with_bytes(units)?;
            ctx.bytes(&units.into_iter().map(|unit| unit as u8).collect::<Vec<_>>())
        }
        "utf16le" => {
            let units = text.with_bytes(units)?;
            ctx.bytes(
                &units
                    .into_iter()
                    .flat_map(u16::to_le_bytes)
                    .collect::<Vec<_>>(),
            )
        }
        "hex" => ctx.bytes(&of_hex(text.text()?.as_bytes())),
        "base64" | "base64url" => ctx.bytes(&of_base64(&text.text()?)),
        _ => ctx.bytes(text.text()?.as_bytes()),
    }
}

/// The units of UTF-16 of a text of the engine.
fn units(text: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let valid = match std::str::from_utf8(rest) {
            Ok(valid) => valid,
            Err(error) => std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
        };
        units.extend(valid.encode_utf16());
        rest = &rest[valid.len()..];
        // A lone surrogate is written as three bytes.
        if let [0xed, high, low, ..] = *rest {
            units.push(0xd000 | u16::from(high & 0x3f) << 6 | u16::from(low & 0x3f));
        }
        rest = &rest[rest.len().min(3)..];
    }
    units
}

fn of_hex(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.chunks_exact(2);
    pairs
        .map_while(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

fn of_base64(text: &str) -> Vec<u8> {
    let signs = text.bytes().take_while(|byte| *byte != b'=');
    let known = signs.filter_map(|byte| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(byte),
        _ => byte.is_ascii_alphanumeric().then_some(byte),
    });
    let mut known: Vec<u8> = known.collect();
    // A single sign at the end is less than a byte.
    if known.len() % 4 == 1 {
        known.pop();
    }
    LENIENT.decode(known).unwrap_or_default()
}

/// `toText(bytes, encoding, from, to)`
pub(super) fn to_text<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (from, to) = (args.get(2).float() as usize, args.get(3).float() as usize);
    let bytes = args.get(0).bytes_between(from, to)?;
    match args.get(1).text()?.as_str() {
        "latin1" => ctx.string(
            &bytes
                .iter()
                .map(|byte| char::from(*byte))
                .collect::<String>(),
        ),
        "ascii" => {
            let ascii = bytes.iter().map(|byte| char::from(byte & 0x7f));
            ctx.string(&ascii.collect::<String>())
        }
        "utf16le" => {
            let units = bytes.chunks_exact(2);
            let units = units.map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
            ctx.string_of_units(&units.collect::<Vec<_>>())
        }
        "hex" => {
            let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            let digits = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
            ctx.string(&digits.collect::<String>())
        }
        "base64" => ctx.string(&STANDARD.encode(bytes)),
        "base64url" => ctx.string(&URL_SAFE_NO_PAD.encode(bytes)),
        _ => ctx.string(&String::from_utf8_lossy(&bytes)),
    }
}

/// `compareBytes(one, other)`: -1, 0 or 1.
pub(super) fn compare<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let order = args.get(0).bytes()?.cmp(&args.get(1).bytes()?);
    Ok(ctx.number(f64::from(order as i8)))
}

/// `findBytes(bytes, sought, from, isLast)`: where the first of them begins that does so at `from` or behind it, or the last one
/// that does so there or before; -1 if there is none.
pub(super) fn find<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (from, is_last) = (args.get(2).float() as usize, args.get(3).is_true());
    let sought = args.get(1).bytes()?;
    let found = match is_last {
        true => {
            let to = from.saturating_add(sought.len());
            memmem::rfind(&args.get(0).bytes_between(0, to)?, &sought)
        }
        false => {
            let bytes = args.get(0).bytes_between(from, usize::MAX)?;
            memmem::find(&bytes, &sought).map(|at| at + from)
        }
    };
    Ok(ctx.number(found.map_or(-1.0, |at| at as f64)))
}

/// `fromBase64(text)`: its bytes, or `undefined`.
pub(super) fn from_base64<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    match STANDARD.decode(args.get(0).text()?) {
        Ok(bytes) => ctx.bytes(&bytes),
        Err(_) => Ok(ctx.undefined()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_kind_becomes_bytes() {
        assert_eq!(of_hex(b"00ffAg"), [0, 255]);
        assert_eq!(of_hex(b"abc"), [0xab]);
        for (text, bytes) in [
            ("/w==", &[255][..]),
            ("_w", &[255]),
            ("YW\n Jj", b"abc"),
            ("YWJj=ZGVm", b"abc"),
            ("YWJjZ", b"abc"),
            ("", b""),
            ("YR", b"a"),
        ] {
            assert_eq!(of_base64(text), bytes, "{text}");
        }
        assert_eq!(units("a👋".as_bytes()), [97, 0xd83d, 0xdc4b]);
        assert_eq!(units(b"\xed\xa0\xbda\xed\xb1\x8b"), [0xd83d, 97, 0xdc4b]);
    }
}
