//! Every kind of recursion ends with an error that the task can catch, and the engine lives. In wasm
//! this is also the proof that the host's stack suffices.

mod common;

use std::time::Duration;

use common::{program, start};
use tasker_vm::{Limits, State, Vm};

/// Name and code. `await`, `tools` and `console` are there; what does not recurse throws by itself.
const KINDS: &[(&str, &str)] = include!("recursion_kinds.in");

#[test]
fn no_kind_of_recursion_traps() {
    let limits = Limits {
        cpu: Duration::from_secs(2),
        ..Limits::default()
    };
    for (name, code) in KINDS {
        let code = format!(
            "module.exports = async () => {{ try {{ {code} }} catch (e) {{ return e.name }} return 'nothing' }}"
        );
        let mut vm = Vm::boot(program(&code), limits.clone()).expect("boots");
        vm.start(&start("{}"));
        let outcome = match vm.run().state {
            State::Finished(Ok(name)) => name,
            State::Finished(Err(error)) => format!("{:?}", error.code),
            State::Waiting { .. } => "waits".into(),
        };
        println!("{name}: {outcome}");
    }
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
