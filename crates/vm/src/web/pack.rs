//! Bytes packed by DEFLATE, and unpacked.

use std::io::Read;

use flate2::Compression;
use flate2::bufread::{
    DeflateDecoder, DeflateEncoder, GzDecoder, GzEncoder, ZlibDecoder, ZlibEncoder,
};

use crate::{
    errors::{Kinds, throw},
    island::{
        arena, host,
        native::Args,
        value::{Ctx, Result, Value},
    },
};

/// Bytes that are made before the clock is looked at again.
const PIECE: usize = 1 << 16;

/// What is made of bytes.
enum Made {
    Bytes(Vec<u8>),
    /// They were not packed in this format, or not to their end, or something follows.
    Wrong,
    TooMany,
}

/// `pack(format, bytes)`, where a format is one of `CompressionStream`.
pub(super) fn pack<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let bytes = args.get(1).bytes()?;
    let level = Compression::default();
    let made = match args.get(0).text()?.as_str() {
        "gzip" => all(GzEncoder::new(&bytes[..], level), |_| true),
        "deflate" => all(ZlibEncoder::new(&bytes[..], level), |_| true),
        _ => all(DeflateEncoder::new(&bytes[..], level), |_| true),
    };
    give(ctx, made)
}

/// `unpack(format, bytes)`, or `undefined` if they are not packed so.
pub(super) fn unpack<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let bytes = args.get(1).bytes()?;
    let made = match args.get(0).text()?.as_str() {
        "gzip" => all(GzDecoder::new(&bytes[..]), |done| {
            done.into_inner().is_empty()
        }),
        "deflate" => all(ZlibDecoder::new(&bytes[..]), |done| {
            done.into_inner().is_empty()
        }),
        _ => all(DeflateDecoder::new(&bytes[..]), |done| {
            done.into_inner().is_empty()
        }),
    };
    give(ctx, made)
}

fn give(ctx: Ctx<'_>, made: Made) -> Result<Value<'_>> {
    match made {
        Made::Bytes(bytes) => ctx.bytes(&bytes),
        Made::Wrong => Ok(ctx.undefined()),
        Made::TooMany => {
            let message = "what is unpacked is larger than the memory of a task";
            Err(throw(ctx, Kinds::RangeError, None, message))
        }
    }
}

/// Reads to the end, which `is_whole` looks at; for as long as somebody waits for it.
fn all<R: Read>(mut from: R, is_whole: impl FnOnce(R) -> bool) -> Made {
    let mut bytes = Vec::new();
    let mut piece = vec![0; PIECE];
    loop {
        if !host::tick(PIECE) {
            return Made::Wrong;
        }
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(_) => return Made::Wrong,
        }
        if bytes.len() > arena::MAX_MEMORY {
            return Made::TooMany;
        }
    }
    if is_whole(from) {
        Made::Bytes(bytes)
    } else {
        Made::Wrong
    }
}
