//! The seal of a stored snapshot: a frame wakes only from what a slice of its own has stored, if the app has a key, which no
//! row of the database holds.
//!
//! The seal is a note at the end of the snapshot: [`MARK`], the key's id, and a tag. The tag is HMAC-SHA-256 (RFC 2104,
//! FIPS 180-4) of the snapshot and of what it belongs to, so that it is good in no other place, and it is checked before anything
//! reads the snapshot. Without a key snapshots are stored bare, and sealed ones are woken unchecked.

use std::borrow::Cow;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tasker_domain::{Path, RunId};
use tasker_settings::SNAPSHOT_KEY;
use tasker_store::SnapshotRecord;
use tasker_vm::{RestoreError, with_note, without_note};
use tasker_world::{World, config};

/// What a seal begins with.
const MARK: &[u8; 5] = b"TSKS\x01";

/// By this it is known whether a tag was made with the present key. It tells nothing of the key.
type KeyId = [u8; 8];
type Tag = [u8; 32];

/// Bytes of a seal.
const SEAL: usize = MARK.len() + size_of::<KeyId>() + size_of::<Tag>();

/// What a tag is of besides, and what a key's id is of: keys for other purposes may be the same secret.
const PURPOSE: &[u8] = b"tasker snapshot v1";
const PURPOSE_OF_ID: &[u8] = b"tasker snapshot key id v1";

/// What seals snapshots and checks their seals.
pub(crate) struct Seal(Option<Key>);

struct Key {
    mac: Hmac<Sha256>,
    id: KeyId,
}

/// Why a frame does not wake from its snapshot. In each case a replay from the start gives the same state.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// It was stored without a key, or by somebody who does not have it.
    #[error("the snapshot is not sealed, although `snapshot_key` is set")]
    Unsealed,
    /// It was stored under another key, or by somebody who does not have this one.
    #[error("the snapshot is sealed under another `snapshot_key`")]
    OtherKey,
    /// It is not what was stored here under this key.
    #[error("the snapshot's seal is of other bytes or of another frame")]
    Forged,
    /// The VM cannot restore it.
    #[error(transparent)]
    Restore(#[from] RestoreError),
}

impl Unusable {
    /// Whether nobody can use it, rather than another build or one with another setting.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Unsealed | Self::OtherKey => false,
            Self::Forged => true,
            Self::Restore(error) => {
                matches!(error, RestoreError::Format | RestoreError::Damaged(_))
            }
        }
    }
}

impl Seal {
    /// With the key of the settings.
    ///
    /// # Errors
    /// If it cannot be used.
    pub(crate) fn read(world: &impl World) -> Result<Self, config::Error> {
        Ok(Self::new(&config::read(world, &SNAPSHOT_KEY)?))
    }

    /// With a key; empty: there is none.
    fn new(key: &str) -> Self {
        Self((!key.is_empty()).then(|| Key::new(key)))
    }

    /// The snapshot of a frame as it is stored.
    pub(crate) fn put_on(
        &self,
        run: RunId,
        frame: &Path,
        mut snapshot: SnapshotRecord,
    ) -> SnapshotRecord {
        if let Some(key) = &self.0 {
            let mac = key.mac_of(run, frame, &snapshot, &snapshot.bytes);
            let tag = mac.finalize().into_bytes();
            let seal = [&MARK[..], &key.id[..], &tag[..]].concat();
            snapshot.bytes = with_note(&snapshot.bytes, &seal);
        }
        snapshot
    }

    /// What the VM made of a frame, from what is stored.
    ///
    /// # Errors
    /// If a slice of this frame has not stored it, as far as that can be told.
    pub(crate) fn open<'a>(
        &self,
        run: RunId,
        frame: &Path,
        stored: &'a SnapshotRecord,
    ) -> Result<Cow<'a, [u8]>, Unusable> {
        let sealed = Sealed::of(&stored.bytes)?;
        let Some(key) = &self.0 else {
            return Ok(sealed.map_or(Cow::Borrowed(&stored.bytes), |it| Cow::Owned(it.bytes)));
        };
        let Some(Sealed { bytes, id, tag }) = sealed else {
            return Err(match without_note(&stored.bytes, 0) {
                Ok(_) => Unusable::Unsealed,
                Err(damage) => damage.into(),
            });
        };
        if id != key.id {
            return Err(Unusable::OtherKey);
        }
        // The comparison takes the same time whatever is wrong.
        match key.mac_of(run, frame, stored, &bytes).verify_slice(&tag) {
            Ok(()) => Ok(Cow::Owned(bytes)),
            Err(_) => Err(Unusable::Forged),
        }
    }
}

/// A sealed snapshot, taken apart.
struct Sealed {
    /// As the VM made it.
    bytes: Vec<u8>,
    id: KeyId,
    tag: Tag,
}

impl Sealed {
    /// `None`: it has no seal.
    fn of(stored: &[u8]) -> Result<Option<Self>, RestoreError> {
        let at = stored.len().saturating_sub(SEAL);
        if !stored[at..].starts_with(MARK) {
            return Ok(None);
        }
        let (bytes, seal) = without_note(stored, SEAL)?;
        let mut of = Self {
            bytes,
            id: KeyId::default(),
            tag: Tag::default(),
        };
        let (id, tag) = seal[MARK.len()..].split_at(size_of::<KeyId>());
        of.id.copy_from_slice(id);
        of.tag.copy_from_slice(tag);
        Ok(Some(of))
    }
}

impl Key {
    fn new(key: &str) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes());
        let mac = mac.expect("a key may have any length");
        let digest = mac.clone().chain_update(PURPOSE_OF_ID).finalize();
        let mut id = KeyId::default();
        id.copy_from_slice(&digest.into_bytes()[..size_of::<KeyId>()]);
        Self { mac, id }
    }

    /// Takes in everything that a tag is of, each part after its length, so that no two snapshots give the same.
    fn mac_of(
        &self,
        run: RunId,
        frame: &Path,
        snapshot: &SnapshotRecord,
        bytes: &[u8],
    ) -> Hmac<Sha256> {
        let in_flight =
            serde_json::to_vec(&snapshot.in_flight).expect("calls can be written as JSON");
        let parts: [&[u8]; 7] = [
            PURPOSE,
            run.0.as_bytes(),
            frame.as_str().as_bytes(),
            &snapshot.position.to_le_bytes(),
            snapshot.engine.as_bytes(),
            &in_flight,
            bytes,
        ];
        parts.into_iter().fold(self.mac.clone(), |mac, part| {
            mac.chain_update((part.len() as u64).to_le_bytes())
                .chain_update(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use tasker_domain::Call;

    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn run(number: u8) -> RunId {
        RunId::new(1_800_000_000_000, [number; 10])
    }

    /// What a VM might have made.
    fn made() -> Vec<u8> {
        let header = [&b"TSKV\x01"[..], &[0; 16]].concat();
        with_note(&header, b"what the VM made")
    }

    fn snapshot() -> SnapshotRecord {
        SnapshotRecord {
            bytes: made(),
            raw_bytes: 99,
            engine: "00000000000000e1".to_owned(),
            position: 7,
            in_flight: vec![Call {
                number: 8,
                service: "fetch".to_owned(),
                method: vec!["fetch".to_owned()],
                args: "[1]".to_owned(),
                options: None,
            }],
        }
    }

    #[test]
    fn what_was_sealed_is_opened_in_its_own_place_alone() {
        let (seal, frame) = (Seal::new(KEY), Path::root());
        let sealed = seal.put_on(run(1), &frame, snapshot());
        assert_eq!(sealed.bytes.len(), snapshot().bytes.len() + 45);
        let opened = seal.open(run(1), &frame, &sealed).unwrap();
        assert_eq!(opened, snapshot().bytes);

        let forged = |seal: &Seal, run: RunId, frame: &Path, stored: &SnapshotRecord| {
            matches!(seal.open(run, frame, stored), Err(Unusable::Forged))
        };
        assert!(forged(&seal, run(2), &frame, &sealed));
        assert!(forged(&seal, run(1), &frame.call(1), &sealed));
        assert!(forged(&seal, run(1), &Path::of_attempt(2), &sealed));
        let other = Seal::new("another-key-0123456789abcdef0123");
        let opened = other.open(run(1), &frame, &sealed);
        assert!(matches!(opened, Err(Unusable::OtherKey)));
        let changes: [fn(&mut SnapshotRecord); 4] = [
            |it| it.position += 1,
            |it| it.engine.push('0'),
            |it| it.in_flight.clear(),
            |it| it.in_flight[0].args = "[2]".to_owned(),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = sealed.clone();
            change(&mut changed);
            assert!(forged(&seal, run(1), &frame, &changed), "change {number}");
        }
    }

    #[test]
    fn no_bytes_but_those_that_were_sealed_are_opened() {
        let (seal, frame) = (Seal::new(KEY), Path::root());
        let sealed = seal.put_on(run(1), &frame, snapshot());
        let refused = |bytes: Vec<u8>| {
            let changed = SnapshotRecord {
                bytes,
                ..sealed.clone()
            };
            seal.open(run(1), &frame, &changed).is_err()
        };
        for at in 0..sealed.bytes.len() {
            let mut flipped = sealed.bytes.clone();
            flipped[at] ^= 1;
            assert!(refused(flipped), "byte {at}");
            assert!(refused(sealed.bytes[..at].to_vec()), "{at} bytes");
        }
        assert!(refused([&*sealed.bytes, b"more"].concat()));
        assert!(refused(snapshot().bytes));
    }

    #[test]
    fn what_cannot_be_used_is_damage_unless_another_setting_explains_it() {
        let (seal, frame) = (Seal::new(KEY), Path::root());
        let is_damage = |bytes: &[u8]| {
            let stored = SnapshotRecord {
                bytes: bytes.to_vec(),
                ..snapshot()
            };
            let error = seal.open(run(1), &frame, &stored).unwrap_err();
            error.is_damage()
        };
        let sealed = |key: &str| Seal::new(key).put_on(run(1), &frame, snapshot()).bytes;
        assert!(!is_damage(&snapshot().bytes));
        assert!(!is_damage(&sealed("another-key-0123456789abcdef0123")));
        for bytes in [&b""[..], b"\x00\xff", b"TSKV cut", &sealed(KEY)[..40]] {
            assert!(is_damage(bytes), "{bytes:?}");
        }
        // Changed by a disk, and by somebody who knows how the checksum is made.
        let mut changed = sealed(KEY);
        changed[30] ^= 1;
        assert!(is_damage(&changed));
        let (_, note) = without_note(&sealed(KEY), SEAL)
            .map(|(bytes, note)| (bytes, note.to_vec()))
            .unwrap();
        let mut other = made();
        other[25] ^= 1;
        assert!(is_damage(&with_note(&other, &note)));
    }

    #[test]
    fn without_a_key_snapshots_are_bare_and_sealed_ones_are_opened_too() {
        let (without, frame) = (Seal::new(""), Path::root());
        let bare = without.put_on(run(1), &frame, snapshot());
        assert_eq!(bare, snapshot());
        let sealed = Seal::new(KEY).put_on(run(1), &frame, snapshot());
        for stored in [&bare, &sealed] {
            let opened = without.open(run(1), &frame, stored).unwrap();
            assert_eq!(opened, snapshot().bytes);
        }
    }
}
