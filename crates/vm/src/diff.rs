//! The difference between two images of memory, compressed.
//!
//! Layout: length of the front (u32), then for each window of it the length of its block (u32) and
//! the block, then the tail as it is. A block is empty if the window did not change; else it is the raw
//! length (u32) and LZ4 of
//! a list of runs (words that stay, words that change, as varints, ended by two zeros) and
//! then the changed words. Windows keep the working memory small however large the image is.

/// Bytes of the image that one block is about.
const WINDOW: usize = 256 << 10;
const WORD: usize = 4;
/// Runs that are no further apart than this many words are one: the list costs bytes as well.
const GAP: usize = 2;
/// A block's raw bytes are fewer: every word changed, and a list of runs as long as can be.
const RAW_MAX: usize = 2 * WINDOW;

/// What [`encode`] gives.
pub(crate) struct Difference {
    pub(crate) bytes: Vec<u8>,
    /// Bytes before compression.
    pub(crate) raw_bytes: usize,
}

/// The difference has more bytes than allowed: at least this many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge(pub(crate) usize);

/// These bytes are no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// Describes `front` and `tail`, given that the reader has `base`, which is zero beyond its end.
pub(crate) fn encode(
    base: &[u8],
    front: &[u8],
    tail: &[u8],
    limit: usize,
) -> Result<Difference, TooLarge> {
    let mut bytes = (front.len() as u32).to_le_bytes().to_vec();
    let mut raw_bytes = tail.len();
    let mut raw = Vec::new();
    for (index, window) in front.chunks(WINDOW).enumerate() {
        let start = index * WINDOW;
        let base = base.get(start..).unwrap_or_default();
        raw.clear();
        runs(&base[..base.len().min(window.len())], window, &mut raw);
        raw_bytes += raw.len();
        block(&raw, &mut bytes);
        if bytes.len() > limit {
            return Err(TooLarge(bytes.len()));
        }
    }
    bytes.extend_from_slice(tail);
    Ok(Difference { bytes, raw_bytes })
}

/// Appends a block: its length, then the raw length and what LZ4 made of it.
fn block(raw: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    if !raw.is_empty() {
        out.extend_from_slice(&(raw.len() as u32).to_le_bytes());
        let data = out.len();
        out.resize(
            data + lz4_flex::block::get_maximum_output_size(raw.len()),
            0,
        );
        let written = lz4_flex::block::compress_into(raw, &mut out[data..]);
        out.truncate(data + written.expect("the output has LZ4's maximum size"));
    }
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// The raw bytes of a block that is not empty.
fn unblock(mut block: &[u8]) -> Result<Vec<u8>, Malformed> {
    let size = length(&mut block)?;
    if size > RAW_MAX {
        return Err(Malformed("block size"));
    }
    let mut raw = vec![0; size];
    match lz4_flex::block::decompress_into(block, &mut raw) {
        Ok(written) if written == size => Ok(raw),
        _ => Err(Malformed("block")),
    }
}

fn word(bytes: &[u8], at: usize) -> [u8; WORD] {
    bytes
        .get(at * WORD..(at + 1) * WORD)
        .and_then(|word| word.try_into().ok())
        .unwrap_or_default()
}

fn runs(base: &[u8], window: &[u8], raw: &mut Vec<u8>) {
    let words = window.len() / WORD;
    let differs = |at: usize| word(base, at) != word(window, at);
    let mut changed = Vec::new();
    let (mut at, mut done) = (0, 0);
    loop {
        // Most of an image is as it was: look at two words at a time.
        while at + 1 < words
            && at * WORD + 8 <= base.len()
            && base[at * WORD..][..8] == window[at * WORD..][..8]
        {
            at += 2;
        }
        while at < words && !differs(at) {
            at += 1;
        }
        if at >= words {
            break;
        }
        let first = at;
        let mut last = at;
        while at < words && at <= last + GAP {
            if differs(at) {
                last = at;
            }
            at += 1;
        }
        at = last + 1;
        varint(raw, first - done);
        varint(raw, at - first);
        changed.extend_from_slice(&window[first * WORD..at * WORD]);
        done = at;
    }
    if !changed.is_empty() {
        raw.extend_from_slice(&[0, 0]);
        raw.append(&mut changed);
    }
}

/// Length of the front that `bytes` describe.
pub(crate) fn front_bytes(bytes: &[u8]) -> Result<usize, Malformed> {
    length(&mut &*bytes)
}

/// Applies `bytes` to `front` and `tail`, which are the base before and the image after. Any bytes
/// may be given: none make it write elsewhere. On an error the image is neither.
pub(crate) fn decode(bytes: &[u8], front: &mut [u8], tail: &mut [u8]) -> Result<(), Malformed> {
    let mut rest = bytes;
    let described = length(&mut rest)?;
    if described > front.len() {
        return Err(Malformed("too long"));
    }
    let (described, beyond) = front.split_at_mut(described);
    beyond.fill(0);
    for window in described.chunks_mut(WINDOW) {
        let block = length(&mut rest)?;
        let block = take(&mut rest, block)?;
        if !block.is_empty() {
            apply(&unblock(block)?, window)?;
        }
    }
    if rest.len() != tail.len() {
        return Err(Malformed("tail"));
    }
    tail.copy_from_slice(rest);
    Ok(())
}

fn apply(raw: &[u8], window: &mut [u8]) -> Result<(), Malformed> {
    let mut list = raw;
    let mut changed = 0;
    loop {
        let (_, count) = (read_varint(&mut list)?, read_varint(&mut list)?);
        if count == 0 {
            break;
        }
        changed += count;
    }
    if list.len() != changed.checked_mul(WORD).ok_or(Malformed("runs"))? {
        return Err(Malformed("runs"));
    }
    let (mut runs, mut words, mut at) = (raw, list, 0usize);
    loop {
        let (skip, count) = (read_varint(&mut runs)?, read_varint(&mut runs)?);
        if count == 0 {
            return Ok(());
        }
        at += skip * WORD;
        let bytes = take(&mut words, count * WORD)?;
        window
            .get_mut(at..at + bytes.len())
            .ok_or(Malformed("run"))?
            .copy_from_slice(bytes);
        at += bytes.len();
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Malformed> {
    let (head, tail) = rest.split_at_checked(count).ok_or(Malformed("cut short"))?;
    *rest = tail;
    Ok(head)
}

fn length(rest: &mut &[u8]) -> Result<usize, Malformed> {
    let head = take(rest, 4)?;
    Ok(head
        .try_into()
        .map(u32::from_le_bytes)
        .map_err(|_| Malformed("cut short"))? as usize)
}

fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// At most three bytes: no count of words in a window needs more.
fn read_varint(rest: &mut &[u8]) -> Result<usize, Malformed> {
    let mut value = 0;
    for shift in [0, 7, 14] {
        let byte = take(rest, 1)?[0];
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Malformed("varint"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_applied_or_refused() {
        let base = vec![7_u8; 3 * WINDOW / 2];
        let mut front = base.clone();
        front[8..64].fill(1);
        front[WINDOW..WINDOW + 800].fill(9);
        let tail = [3_u8; 40];
        let good = encode(&base, &front, &tail, usize::MAX)
            .unwrap_or_else(|_| panic!("there is no limit"))
            .bytes;
        tasker_fuzz::bytes(&[&good], 4_000, |bytes| {
            let (mut image, mut end) = (base.clone(), tail);
            let applied = decode(bytes, &mut image, &mut end);
            if bytes == good {
                assert_eq!((applied, &image), (Ok(()), &front));
            }
        });
    }
}
