//! Sizes of snapshots, and what becomes of bytes that are not the ones that were saved.

mod common;

use common::{program, start};
use tasker_vm::{Error, Limits, Program, RestoreError, State, Vm};

const SMALL: &str = "module.exports = async function execute(input, context) {
    const before = { at: Date.now(), list: [1, 2, 3] };
    const value = await context.tools.keystore.get('space', 'key');
    return { value, before };
}";

fn asleep(program: &Program, limits: &Limits) -> Vm {
    let mut vm = Vm::boot(program.clone(), limits.clone()).expect("boots");
    vm.start(&start("{}"));
    assert!(matches!(vm.run().state, State::Waiting { outstanding: 1 }));
    vm
}

#[test]
fn snapshots_are_small() {
    let objects = "module.exports = async () => {
        const live = Array.from({ length: 1000 }, (_, i) => ({ id: i, name: 'object ' + i, tags: [i, -i] }));
        await tools.keystore.get('a', 'b');
        return live.length;
    }";
    for (name, code, stored) in [
        ("first await", SMALL, 12 << 10),
        ("1,000 objects", objects, 100 << 10),
    ] {
        let snapshot = asleep(&program(code), &Limits::default())
            .snapshot()
            .expect("a snapshot");
        println!(
            "{name}: {} bytes stored, {} before compression",
            snapshot.bytes.len(),
            snapshot.raw_bytes
        );
        if cfg!(target_pointer_width = "32") {
            assert!(snapshot.bytes.len() <= stored, "{name}");
        }
    }
}

#[test]
fn booting_and_sleeping_are_deterministic() {
    let limits = Limits::default();
    let first = asleep(&program(SMALL), &limits)
        .snapshot()
        .expect("a snapshot");
    let mut vm = asleep(&program(SMALL), &limits);
    let hash = vm.engine();
    assert_eq!(vm.snapshot().expect("a snapshot"), first);
    drop(vm);
    let mut vm = Vm::restore(program(SMALL), limits.clone(), &first.bytes).expect("restores");
    assert_eq!(vm.engine(), hash);
    assert_eq!(vm.snapshot().expect("a snapshot"), first);
    vm.deliver(1, &Ok("\"v\"".into()), 0)
        .expect("call 1 is out");
    assert!(
        matches!(vm.snapshot(), Err(Error::NotWaiting)),
        "a delivery was not run yet"
    );
    assert!(matches!(
        vm.deliver(1, &Ok("1".into()), 0),
        Err(Error::NotOutstanding(1))
    ));
    assert!(
        matches!(vm.run().state, State::Finished(Ok(json)) if json.starts_with("{\"value\":\"v\""))
    );
    assert!(matches!(vm.snapshot(), Err(Error::NotWaiting)));
}

#[test]
fn large_states_sleep_and_wake() {
    let code = "module.exports = async () => {
        const bytes = new Uint8Array(3_000_000).map((_, i) => (i * 2654435761) >>> 13);
        let junk = Array.from({ length: 20000 }, (_, i) => ({ i })); junk = null;
        for (let i = 0; i < 3; i++) await tools.keystore.get('a', 'b');
        return [bytes.length, bytes.reduce((a, b) => a + b)];
    }";
    let limits = Limits {
        snapshot_bytes: 8 << 20,
        ..Limits::default()
    };
    let straight = common::run_with(
        &program(code),
        "{}",
        &limits,
        common::Sleep::Never,
        common::Order::First,
    );
    let slept = common::run_with(
        &program(code),
        "{}",
        &limits,
        common::Sleep::Always,
        common::Order::First,
    );
    assert_eq!(straight.ok(), slept.ok());
    let tight = Limits {
        snapshot_bytes: 100_000,
        ..limits
    };
    let mut vm = asleep(&program(code), &tight);
    assert!(
        matches!(vm.snapshot(), Err(Error::SnapshotTooLarge { bytes, limit: 100_000 }) if bytes > 100_000)
    );
    assert_eq!(vm.outstanding(), [1], "the VM goes on without the snapshot");
    vm.deliver(1, &Ok("null".into()), 0).expect("call 1 is out");
    assert!(matches!(vm.run().state, State::Waiting { .. }));
}

#[test]
fn wrong_bytes_are_refused() {
    let (program, limits) = (program(SMALL), Limits::default());
    let good = asleep(&program, &limits)
        .snapshot()
        .expect("a snapshot")
        .bytes;
    let restore = |bytes: &[u8]| Vm::restore(program.clone(), limits.clone(), bytes).map(drop);
    for at in (0..good.len()).step_by(37).chain(0..32) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(restore(&bytes).is_err(), "byte {at}");
    }
    for length in (0..good.len()).step_by(211).chain(0..32) {
        assert!(restore(&good[..length]).is_err(), "cut to {length}");
    }
    let mut state = 1u64;
    for length in [0, 1, 21, 100, 5000] {
        let mut bytes: Vec<u8> = (0..length)
            .map(|_| {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                (state >> 56) as u8
            })
            .collect();
        assert!(matches!(restore(&bytes), Err(RestoreError::Format)));
        let header = good.len().min(bytes.len()).min(21);
        bytes[..header].copy_from_slice(&good[..header]);
        assert!(restore(&bytes).is_err());
    }
    assert!(matches!(
        restore(&[&good[..], b"x"].concat()),
        Err(RestoreError::Damaged(_))
    ));
    assert!(restore(&good).is_ok());
}

#[test]
fn no_bytes_give_another_state() {
    let (program, limits) = (program(SMALL), Limits::default());
    let good = asleep(&program, &limits)
        .snapshot()
        .expect("a snapshot")
        .bytes;
    tasker_fuzz::bytes(&[&good[..], &[], b"TSKV\x01"], 400, |bytes| {
        let restored = Vm::restore(program.clone(), limits.clone(), bytes);
        assert_eq!(restored.is_ok(), bytes == good);
    });
}

#[test]
fn a_sleeping_vm_tells_what_it_waits_for_and_where() {
    let code = "async function deep() {
        return tools.openai.chat.completions.create({ model: 'm' });
    }
    module.exports = async function execute() {
        await tools.keystore.get('a', 'b');
        return Promise.all([
            tools.tasks.execute('other', {}),
            deep(),
        ]);
    }";
    let limits = Limits::default();
    let mut vm = asleep(&program(code), &limits);
    let first = vm.pending();
    assert_eq!(
        (first[0].number, first[0].label.as_str()),
        (1, "keystore.get")
    );
    assert!(first[0].stack.contains("task.js:5"), "{}", first[0].stack);
    vm.deliver(1, &Ok("null".into()), 0).expect("call 1 is out");
    assert!(matches!(vm.run().state, State::Waiting { outstanding: 2 }));
    let bytes = vm.snapshot().expect("a snapshot").bytes;
    let made = vm.pending();
    drop(vm);

    let vm = Vm::restore(program(code), limits, &bytes).expect("restores");
    let pending = vm.pending();
    assert_eq!(pending, made);
    let labels: Vec<_> = pending.iter().map(|call| call.label.as_str()).collect();
    assert_eq!(labels, ["tasks.execute", "openai.chat.completions.create"]);
    let stack = &pending[1].stack;
    let lines: Vec<_> = stack.lines().collect();
    assert!(
        lines[0].contains("deep") && lines[0].contains("task.js:2"),
        "{stack}"
    );
    assert!(
        lines[1].contains("execute") && lines[1].contains("task.js:8"),
        "{stack}"
    );
}
