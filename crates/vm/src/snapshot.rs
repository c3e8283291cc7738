//! The container of a stored snapshot: magic, version, engine, checksum, difference.

use std::fmt;

use xxhash_rust::xxh3::Xxh3;

use crate::RestoreError;

const MAGIC: &[u8; 4] = b"TSKV";
const VERSION: u8 = 1;
const HEADER: usize = 4 + 1 + 8 + 8;

/// Identity of the engine and its booted state. Displayed as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EngineHash(pub u64);

impl fmt::Display for EngineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A snapshot with a note of its keeper's at the end. The checksum covers both, so that whoever checks it finds it whole; a VM
/// restores what [`without_note`] gives.
///
/// # Panics
/// If no VM has made the snapshot.
#[must_use]
pub fn with_note(snapshot: &[u8], note: &[u8]) -> Vec<u8> {
    let mut bytes = [snapshot, note].concat();
    let sum = checksum(engine(&bytes), &bytes[HEADER..]);
    bytes[HEADER - size_of_val(&sum)..HEADER].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// The snapshot as a VM has made it, and the note of so many bytes at its end.
///
/// # Errors
/// If it is none, is damaged, or is not as long as that.
pub fn without_note(stored: &[u8], bytes: usize) -> Result<(Vec<u8>, &[u8]), RestoreError> {
    let (engine, difference) = whole(stored)?;
    let at = difference.len().checked_sub(bytes);
    let (difference, note) = difference.split_at(at.ok_or(RestoreError::Format)?);
    Ok((seal(engine, difference), note))
}

/// Puts the header before a difference.
pub(crate) fn seal(engine: EngineHash, difference: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + difference.len());
    bytes.extend_from_slice(MAGIC);
    bytes.push(VERSION);
    bytes.extend_from_slice(&engine.0.to_le_bytes());
    bytes.extend_from_slice(&checksum(engine, difference).to_le_bytes());
    bytes.extend_from_slice(difference);
    bytes
}

/// Checks the header against the bytes and the engine, and gives the difference.
pub(crate) fn open(own: EngineHash, bytes: &[u8]) -> Result<&[u8], RestoreError> {
    let (found, difference) = whole(bytes)?;
    if found != own {
        return Err(RestoreError::Engine { found, own });
    }
    Ok(difference)
}

/// Checks the header against the bytes, and gives the engine and what stands behind the header.
fn whole(bytes: &[u8]) -> Result<(EngineHash, &[u8]), RestoreError> {
    let (header, rest) = bytes.split_at_checked(HEADER).ok_or(RestoreError::Format)?;
    if !header.starts_with(MAGIC) || header[4] != VERSION {
        return Err(RestoreError::Format);
    }
    let engine = engine(header);
    match checksum(engine, rest) == number(header, 13) {
        true => Ok((engine, rest)),
        false => Err(RestoreError::Damaged("the checksum differs")),
    }
}

fn engine(header: &[u8]) -> EngineHash {
    EngineHash(number(header, 5))
}

fn number(header: &[u8], at: usize) -> u64 {
    header[at..at + 8].try_into().map_or(0, u64::from_le_bytes)
}

fn checksum(engine: EngineHash, difference: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&engine.0.to_le_bytes());
    hash.update(difference);
    hash.digest()
}
