//! Runs one core `wasm32-wasip1` command module, as a Cargo runner for tests that are compiled to wasm.
//!
//! `tasker-wasi-run MODULE [ARG]...` runs the module's `_start` on Wasmtime with its default configuration, or with a stack of
//! `TASKER_STACK_KIB`. Arguments,
//! environment and standard streams are passed on, the current directory is visible as `.`, and the exit code is the module's own
//! (134 for a trap, as for a native abort).

use std::process::ExitCode;

use wasmtime::{Config, Engine, Linker, Module, Result, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

/// What a shell reports for a process that ended by `abort`.
const TRAP: u8 = 134;
/// A module that could not be read, compiled or linked.
const NOT_STARTED: u8 = 126;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(module) = arguments.first() else {
        eprintln!("usage: tasker-wasi-run MODULE [ARG]...");
        return ExitCode::from(2);
    };
    match start(module, &arguments) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => ExitCode::from(u8::try_from(exit.0).unwrap_or(1)),
            None => {
                eprintln!("{module}: {error:?}");
                ExitCode::from(TRAP)
            }
        },
        Err(error) => {
            eprintln!("{module}: {error:?}");
            ExitCode::from(NOT_STARTED)
        }
    }
}

/// Runs the module. The outer error is one of loading it, the inner one is how it ended.
fn start(module: &str, arguments: &[String]) -> Result<Result<()>> {
    let mut config = Config::new();
    if let Ok(kib) = std::env::var("TASKER_STACK_KIB") {
        let bytes = kib.parse::<usize>()? << 10;
        config.max_wasm_stack(bytes).async_stack_size(2 * bytes);
    }
    let engine = Engine::new(&config)?;
    let module = Module::from_file(&engine, module)?;
    let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
    p1::add_to_linker_sync(&mut linker, |wasi| wasi)?;

    let wasi = WasiCtxBuilder::new()
        .inherit_stdio()
        .inherit_env()
        .args(arguments)
        .preopened_dir(".", ".", FsPerms::ReadWrite)?
        .build_p1();
    let mut store = Store::new(&engine, wasi);
    let command = linker
        .instantiate(&mut store, &module)?
        .get_typed_func::<(), ()>(&mut store, "_start")?;
    Ok(command.call(&mut store, ()))
}
