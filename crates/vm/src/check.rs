//! What can be seen of a program before it runs: all that would fail the first run of every task.

use std::time::{Duration, SystemTime};

use tasker_domain::{ErrorCode, ErrorValue};

use crate::{
    Limits, Program, Start, State, Vm, entry,
    errors::ending,
    island::{engine::Memory, host::Purpose, value::Thrown},
    modules,
};

/// Compiles the task and its modules, then loads the task up to its entry: syntax errors with file, line and column,
/// modules that are not packed, what a file throws as it is loaded, and a task file that exports no function or two. A
/// file that awaits a call as it is loaded is looked at up to there.
pub fn check(program: &Program, limits: &Limits) -> Result<(), ErrorValue> {
    compile(program, limits)?;
    load(program, limits)
}

fn boot(program: &Program, limits: &Limits, purpose: Purpose) -> Result<Vm, ErrorValue> {
    Vm::boot_for(program.clone(), limits.clone(), purpose)
        .map_err(|error| ending(ErrorCode::Internal, error.to_string()))
}

fn compile(program: &Program, limits: &Limits) -> Result<(), ErrorValue> {
    let vm = boot(program, limits, Purpose::Compile)?;
    let program = &vm.engine.host().program;
    let modules = program.modules.keys();
    let mut files = vec![program.file()];
    files.extend(modules.filter(|path| !path.ends_with(".json")).cloned());
    for path in files {
        let source = program.source(&path).unwrap_or_default().to_owned();
        let compiled = vm.engine.enter(Memory::Task, |ctx| {
            match modules::compile(ctx, &path, &source) {
                Ok(_) => Ok(()),
                Err(Thrown) => Err(modules::located(&ctx.catch())),
            }
        });
        if vm.engine.exceeded().cpu {
            return Err(entry::cpu_limit(limits.cpu));
        }
        compiled?;
    }
    Ok(())
}

fn load(program: &Program, limits: &Limits) -> Result<(), ErrorValue> {
    let mut vm = boot(program, limits, Purpose::Load)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or(Duration::ZERO).as_millis();
    vm.start(&Start {
        input: "{}".to_owned(),
        seed: 0,
        now_ms: i64::try_from(now).unwrap_or(i64::MAX),
        run_id: String::new(),
        frame: "0".to_owned(),
    });
    match vm.run().state {
        State::Finished(Err(error)) => Err(error),
        State::Finished(Ok(_)) | State::Waiting { .. } => Ok(()),
    }
}
