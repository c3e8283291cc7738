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

/// Whether bytes begin as a snapshot of any version and engine does. Nothing more of them is looked at.
#[must_use]
pub fn is_snapshot(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
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
    let (header, difference) = bytes.split_at_checked(HEADER).ok_or(RestoreError::Format)?;
    let number = |at: usize| header[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
    if !header.starts_with(MAGIC) || header[4] != VERSION {
        return Err(RestoreError::Format);
    }
    let found = EngineHash(number(5));
    if checksum(found, difference) != number(13) {
        return Err(RestoreError::Damaged("the checksum differs"));
    }
    if found != own {
        return Err(RestoreError::Engine { found, own });
    }
    Ok(difference)
}

fn checksum(engine: EngineHash, difference: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&engine.0.to_le_bytes());
    hash.update(difference);
    hash.digest()
}
