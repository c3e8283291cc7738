//! Encryption with AES.

use aes::cipher::{
    BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, StreamCipher, block_padding::Pkcs7,
};
use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use ctr::{Ctr32BE, Ctr64BE, Ctr128BE};

use crate::island::{
    host,
    native::Args,
    value::{Ctx, Kind, Result, Value},
};

/// What is to be done with which bytes.
struct Job<'a> {
    encrypts: bool,
    key: &'a [u8],
    iv: &'a [u8],
    data: &'a [u8],
}

/// `aes(name, encrypts, key, iv, data, more)`, where `more` is what is sealed besides (of AES-GCM) or the bits of the counter (of
/// AES-CTR): the bytes, or `undefined` if they cannot be read or the key or `iv` has another length.
pub(super) fn aes<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (key, iv, data) = (
        args.get(2).bytes()?,
        args.get(3).bytes()?,
        args.get(4).bytes()?,
    );
    let job = Job {
        encrypts: args.get(1).kind() == Kind::Bool(true),
        key: &key,
        iv: &iv,
        data: &data,
    };
    if !host::tick(data.len()) {
        return Ok(ctx.undefined());
    }
    let made = match args.get(0).text()?.as_str() {
        "AES-CBC" => chained(&job),
        "AES-CTR" => counted(&job, args.get(5).float()),
        _ => sealed(&job, &args.get(5).bytes()?),
    };
    match made {
        Some(bytes) => ctx.bytes(&bytes),
        None => Ok(ctx.undefined()),
    }
}

/// Does something with the AES that takes keys of this length; `None` if there is none.
macro_rules! with_aes {
    ($key:expr, $aes:ident => $then:expr) => {
        match $key.len() {
            16 => {
                type $aes = Aes128;
                $then
            }
            24 => {
                type $aes = Aes192;
                $then
            }
            32 => {
                type $aes = Aes256;
                $then
            }
            _ => None,
        }
    };
}

/// AES-CBC.
fn chained(job: &Job<'_>) -> Option<Vec<u8>> {
    with_aes!(job.key, Aes => if job.encrypts {
        let cipher = cbc::Encryptor::<Aes>::new_from_slices(job.key, job.iv).ok()?;
        Some(cipher.encrypt_padded_vec::<Pkcs7>(job.data))
    } else {
        let cipher = cbc::Decryptor::<Aes>::new_from_slices(job.key, job.iv).ok()?;
        cipher.decrypt_padded_vec::<Pkcs7>(job.data).ok()
    })
}

/// AES-CTR, with a counter of so many bits.
fn counted(job: &Job<'_>, bits: f64) -> Option<Vec<u8>> {
    let mut data = job.data.to_vec();
    macro_rules! with {
        ($counter:ident) => {
            with_aes!(job.key, Aes => {
                let mut cipher = $counter::<Aes>::new_from_slices(job.key, job.iv).ok()?;
                cipher.try_apply_keystream(&mut data).ok()
            })
        };
    }
    match bits as u32 {
        32 => with!(Ctr32BE),
        64 => with!(Ctr64BE),
        _ => with!(Ctr128BE),
    }?;
    Some(data)
}

/// AES-GCM.
fn sealed(job: &Job<'_>, aad: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload { msg: job.data, aad };
    macro_rules! with {
        ($length:ty) => {
            with_aes!(job.key, Aes => {
                let cipher = AesGcm::<Aes, $length>::new_from_slice(job.key).ok()?;
                let nonce = job.iv.try_into().ok()?;
                if job.encrypts {
                    cipher.encrypt(nonce, payload).ok()
                } else {
                    cipher.decrypt(nonce, payload).ok()
                }
            })
        };
    }
    if job.iv.len() == 12 {
        with!(U12)
    } else {
        with!(U16)
    }
}
