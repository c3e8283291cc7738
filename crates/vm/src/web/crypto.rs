//! Random bytes, digests and signatures with a shared key.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{
    globals,
    island::{
        host,
        native::Args,
        value::{Ctx, Result, Value},
    },
};

/// What one call of `getRandomValues` gives at most, as the standard has it.
const RANDOM_BYTES: usize = 65_536;

/// `random(count)`: bytes of the frame's random sequence, the same in each replay. Who knows the run's id can tell them.
pub(super) fn random<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let count = (args.get(0).float() as usize).min(RANDOM_BYTES);
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        bytes.extend(globals::random_bits().to_le_bytes());
    }
    ctx.bytes(&bytes[..count])
}

/// Bytes that are taken in before the clock is looked at again.
const PIECE: usize = 1 << 16;

/// The bytes in pieces, for as long as somebody waits for what comes of them.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let pieces = bytes.chunks(PIECE);
    pieces.take_while(|piece| host::tick(piece.len()))
}

fn hash<H: Digest>(bytes: &[u8]) -> Vec<u8> {
    let mut hash = H::new();
    for piece in pieces(bytes) {
        hash.update(piece);
    }
    hash.finalize().to_vec()
}

/// `digest(hash, bytes)`, or `undefined` for a hash that is not known.
pub(super) fn digest<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let bytes = args.get(1).bytes()?;
    match args.get(0).text()?.as_str() {
        "SHA-1" => ctx.bytes(&hash::<Sha1>(&bytes)),
        "SHA-256" => ctx.bytes(&hash::<Sha256>(&bytes)),
        "SHA-384" => ctx.bytes(&hash::<Sha384>(&bytes)),
        "SHA-512" => ctx.bytes(&hash::<Sha512>(&bytes)),
        _ => Ok(ctx.undefined()),
    }
}

/// Does something with the HMAC of one of the hashes, or gives `undefined` for one that is not known.
macro_rules! with_hmac {
    ($ctx:ident, $args:ident, $mac:ident => $then:expr) => {{
        let (key, bytes) = ($args.get(1).bytes()?, $args.get(2).bytes()?);
        macro_rules! of {
            ($hash:ty) => {
                match Hmac::<$hash>::new_from_slice(&key) {
                    Ok(mut $mac) => {
                        for piece in pieces(&bytes) {
                            $mac.update(piece);
                        }
                        $then
                    }
                    Err(_) => Ok($ctx.undefined()),
                }
            };
        }
        match $args.get(0).text()?.as_str() {
            "SHA-1" => of!(Sha1),
            "SHA-256" => of!(Sha256),
            "SHA-384" => of!(Sha384),
            "SHA-512" => of!(Sha512),
            _ => Ok($ctx.undefined()),
        }
    }};
}

/// `hmac(hash, key, bytes)`.
pub(super) fn hmac<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    with_hmac!(ctx, args, mac => ctx.bytes(&mac.finalize().into_bytes()))
}

/// `checkHmac(hash, key, bytes, signature)`, in a time that tells nothing of the signature.
pub(super) fn check_hmac<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let signature = args.get(3).bytes()?;
    with_hmac!(ctx, args, mac => Ok(ctx.bool(mac.verify_slice(&signature).is_ok())))
}
