//! The parser lives through want of memory and of time, wherever that meets it.

mod common;

use std::time::Duration;

use common::{program, start};
use tasker_domain::ErrorCode;
use tasker_vm::{Limits, State, Vm};

/// Pieces of source text that have the parser's lists grow: scopes, labels, variables, constants, functions.
const PIECES: &[&str] = &[
    "{;}",
    "{let a}",
    "if(a){a}else{a}",
    "for(;;){break}",
    "l:for(const x of y)continue l;",
    "a?.b?.[c]?.();",
    "(x=>y);",
    "(function(){return this});",
    "`${a}b${c}`;",
    "/a(b)*[c-d]/u;",
    "(class{static{}#p=1;m(){}});",
    "try{}catch{}finally{}",
    "switch(a){case 1:default:}",
    "'a string';",
    "1.5;",
    "[a,...b]=c;",
    "({a,b:{c},...d}=e);",
    "async()=>{for await(const x of y)await x};",
    "function*g(){yield*a}",
];

/// How a frame ends that makes the engine parse `piece`, more and more often, with this much of its memory in use.
fn ends(piece: &str, fill: u32, limits: &Limits) -> String {
    let code = format!(
        "module.exports = () => {{
            const ballast = new Uint8Array({fill});
            let caught = '';
            for (let n = 64; n < 1 << 20; n = n * 5 >> 2) {{
                try {{ Function({piece:?}.repeat(n)) }} catch (e) {{ caught = e.name + ': ' + e.message; break }}
            }}
            return [caught, eval('1 + 1'), ballast.length];
        }}"
    );
    let mut vm = Vm::boot(program(&code), limits.clone()).expect("boots");
    vm.start(&start("{}"));
    match vm.run().state {
        State::Finished(Ok(json)) => json,
        State::Finished(Err(error)) => error.code.unwrap_or(error.message),
        State::Waiting { .. } => "waits".into(),
    }
}

#[test]
fn want_of_memory_ends_a_parse_and_not_the_engine() {
    let limits = Limits {
        memory_bytes: 3 << 20,
        cpu: Duration::from_secs(60),
        ..Limits::default()
    };
    for piece in PIECES {
        for fill in [0, 600_000, 1_100_000, 1_700_000] {
            let ended = ends(piece, fill, &limits);
            // Caught, and all goes on; or there was not enough left to go on with.
            let caught = format!("[\"InternalError: out of memory\",2,{fill}]");
            assert!(
                ended == caught || ended == ErrorCode::MemoryLimit.as_str(),
                "{piece} with {fill} bytes in use: {ended}"
            );
        }
    }
}

#[test]
fn want_of_time_ends_a_parse_and_not_the_engine() {
    for piece in PIECES {
        for micros in [50, 700, 4_000] {
            let limits = Limits {
                cpu: Duration::from_micros(micros),
                ..Limits::default()
            };
            let ended = ends(piece, 0, &limits);
            assert_eq!(
                ended,
                ErrorCode::CpuLimit.as_str(),
                "{piece} within {micros} µs"
            );
        }
    }
}
