//! Every kind of recursion ends with an error that the task can catch, and the engine lives. In wasm
//! this is also the proof that the host's stack suffices.

mod common;

use std::time::Duration;

use common::{program, start};
use tasker_vm::{Limits, State, Vm};

/// Name and code. `await`, `tools` and `console` are there; what does not recurse throws by itself.
const KINDS: &[(&str, &str)] = include!("recursion_kinds.in");

/// What comes of one kind: the name of what was caught, or how the frame ended.
fn outcome(code: &str) -> String {
    let limits = Limits {
        cpu: Duration::from_secs(2),
        ..Limits::default()
    };
    let code = format!(
        "module.exports = async () => {{ try {{ {code} }} catch (e) {{ return e.name }} return 'nothing' }}"
    );
    let mut vm = Vm::boot(program(&code), limits).expect("boots");
    vm.start(&start("{}"));
    match vm.run().state {
        State::Finished(Ok(name)) => name,
        State::Finished(Err(error)) => format!("{:?}", error.code),
        State::Waiting { .. } => "waits".into(),
    }
}

#[test]
fn no_kind_of_recursion_traps() {
    for (name, code) in KINDS {
        println!("{name}: {}", outcome(code));
    }
}

#[cfg(not(target_family = "wasm"))]
/// Those of each part of the engine that go the deepest.
const DEEPEST: [&str; 12] = [
    "plain call",
    "proxy get",
    "chain of proxies",
    "source: parentheses",
    "source: if else",
    "source: classes",
    "JSON.stringify depth",
    "JSON.parse array depth",
    "regexp groups",
    "sort comparator",
    "toString",
    "spread",
];

/// A thread's stack may be of any size: the bound does not come from it.
#[cfg(not(target_family = "wasm"))]
#[test]
fn the_bound_is_the_same_on_stacks_of_every_size() {
    let kinds: Vec<_> = KINDS
        .iter()
        .filter(|(name, _)| DEEPEST.contains(name))
        .collect();
    assert_eq!(kinds.len(), DEEPEST.len());
    let depth = "let n = 0; const f = () => { n++; f() }; try { f() } catch {} throw { name: n }";
    let mut depths = Vec::new();
    for kib in [64, 256, 2 << 10, 64 << 10] {
        let kinds = kinds.clone();
        let on_a_thread = std::thread::Builder::new()
            .stack_size(kib << 10)
            .spawn(move || {
                for (name, code) in kinds {
                    println!("{name} on {kib} KiB: {}", outcome(code));
                }
                outcome(depth)
            });
        depths.push(on_a_thread.expect("a thread").join().expect("no panic"));
    }
    assert!(
        depths[0].parse::<u32>().expect("a depth") > 500,
        "{depths:?}"
    );
    depths.dedup();
    assert_eq!(depths.len(), 1, "{depths:?}");
}

#[test]
fn ordinary_recursion_works() {
    let depths = "module.exports = () => {
        const f = (n) => (n ? 1 + f(n - 1) : 0);
        class Tree { constructor(n) { this.kids = n ? [new Tree(n - 1)] : [] } depth() { return 1 + Math.max(0, ...this.kids.map((k) => k.depth())) } }
        let json = 0; for (let i = 0; i < 1000; i++) json = [json];
        return [f(350), new Tree(60).depth(), JSON.parse(JSON.stringify(json)).length, eval('('.repeat(100) + 1 + ')'.repeat(100)), Function('a', 'if (a === 0) {} else '.repeat(200) + 'return 7')(1)];
    }";
    let history = common::run(depths, "{}");
    assert_eq!(history.ok(), "[350,61,1,1,7]");
}
