//! Keys that are derived from a password or from another key.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::island::{
    host,
    native::Args,
    value::{Ctx, Result, Value},
};

/// What is derived at once at most.
const MAX_BYTES: usize = 1 << 16;

/// What one iteration of PBKDF2 takes, in steps of the engine's loops.
const ITERATION: usize = 100;

/// Does something with the hash of a name; `None` for one that is not known.
macro_rules! with_hash {
    ($name:expr, $hash:ident => $then:expr) => {{
        macro_rules! of {
            ($known:ty) => {{
                type $hash = $known;
                $then
            }};
        }
        match $name {
            "SHA-1" => of!(Sha1),
            "SHA-256" => of!(Sha256),
            "SHA-384" => of!(Sha384),
            "SHA-512" => of!(Sha512),
            _ => None,
        }
    }};
}

/// `hkdf(hash, secret, salt, info, length)`, or `undefined` if that is too long.
pub(super) fn hkdf<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (secret, salt, info) = (
        args.get(1).bytes()?,
        args.get(2).bytes()?,
        args.get(3).bytes()?,
    );
    let mut derived = vec![0; length(args)];
    let made = with_hash!(args.get(0).text()?.as_str(), Hash => {
        Hkdf::<Hash>::new(Some(&salt), &secret).expand(&info, &mut derived).ok()
    });
    match made {
        Some(()) => ctx.bytes(&derived),
        None => Ok(ctx.undefined()),
    }
}

/// `pbkdf2(hash, secret, salt, iterations, length)`
pub(super) fn pbkdf2<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (secret, salt) = (args.get(1).bytes()?, args.get(2).bytes()?);
    let iterations = args.get(3).float() as u32;
    let made = with_hash!(args.get(0).text()?.as_str(), Hash => {
        let mac = Hmac::<Hash>::new_from_slice(&secret).ok();
        mac.and_then(|mac| stretched(&mac, &salt, iterations, length(args)))
    });
    match made {
        Some(bytes) => ctx.bytes(&bytes),
        None => Ok(ctx.undefined()),
    }
}

fn length(args: &Args<'_, '_>) -> usize {
    (args.get(4).float() as usize).min(MAX_BYTES)
}

/// PBKDF2 of RFC 8018 with a look at the limit on computing in each iteration; `None` once that is reached.
fn stretched<M: Mac + Clone>(
    mac: &M,
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Option<Vec<u8>> {
    let mut derived = Vec::with_capacity(length);
    let mut block = 1u32;
    while derived.len() < length {
        let first = mac.clone().chain_update(salt);
        let mut last = first.chain_update(block.to_be_bytes()).finalize();
        let mut sum = last.as_bytes().to_vec();
        for _ in 1..iterations {
            if !host::tick(ITERATION) {
                return None;
            }
            last = mac.clone().chain_update(last.as_bytes()).finalize();
            for (sum, byte) in sum.iter_mut().zip(last.as_bytes()) {
                *sum ^= byte;
            }
        }
        derived.extend(sum);
        block += 1;
    }
    derived.truncate(length);
    Some(derived)
}
