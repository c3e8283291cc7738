//! The bounds that every service holds.

/// Bytes of an upstream's answer.
pub const RESPONSE_BYTES: usize = 16 << 20;
/// Bytes of the headers of an upstream's answer, names and values together.
pub const HEADER_BYTES: usize = 64 << 10;
/// Secret references in the arguments of one call.
pub const REFERENCES: usize = 64;
/// The shortest text that can be kept secret, in bytes. A shorter one stands by chance in texts that
/// have nothing to do with it.
pub const SECRET_MIN_BYTES: usize = 8;
