//! The Wasmtime engine: the limits that Spin sets, and a clock that keeps busy components from starving the others.

use std::time::Duration;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
    UpdateDeadline,
};

use crate::Error;
use crate::turns::Turns;

/// Instances that can be alive at once. Clients get a part of them: see [`Options::requests`](crate::Options::requests).
const INSTANCES: u32 = 2500;
/// A component that computes for this long lets others have the thread.
const TICK: Duration = Duration::from_millis(10);

/// The stack of a component. Deep recursion of tasks needs more than Wasmtime's own 512 KiB; what is not used takes no memory.
pub(crate) const STACK_KIB: usize = 4 << 10;
/// What the host's own functions may use of a fiber's stack beyond that.
const HOST_STACK: usize = 2 * MIB;

const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

/// Makes an engine that compiles for those that are started.
pub(crate) fn new() -> Result<Engine, Error> {
    Engine::new(&config()).map_err(|error| Error::Engine(format!("{error:#}")))
}

/// Makes the engine and starts its clock, which stops when the last clone of the engine is gone.
pub(crate) fn start() -> Result<Engine, Error> {
    let engine = new()?;
    let weak = engine.weak();
    std::thread::Builder::new()
        .name("epoch".into())
        .spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })
        .map_err(|error| Error::Engine(error.to_string()))?;
    Ok(engine)
}

/// Lets a store's component compute in turns from its first tick on, and ends it when it has computed for longer than it may
/// without a pause.
pub(crate) fn take_turns<T>(store: &mut Store<T>, turns: Turns) {
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        turns.spend(TICK)?;
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(turns.next())))
    });
}

/// Address space is reserved for every instance and only what a component touches takes memory; a slot is used again with the
/// pages of its last instance, of which only those that were written are cleared where the system can name them.
fn config() -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(INSTANCES)
        .total_memories(INSTANCES)
        .total_stacks(INSTANCES)
        .total_tables(2 * INSTANCES)
        .total_core_instances(4 * INSTANCES)
        .table_elements(100_000)
        .max_component_instance_size(10 * MIB)
        .max_core_instance_size(10 * MIB)
        .max_core_instances_per_component(200)
        .max_tables_per_component(64)
        .max_memories_per_component(32)
        .max_tables_per_module(2)
        .max_memories_per_module(2)
        .max_memory_size(4 * GIB)
        .linear_memory_keep_resident(2 * MIB)
        .table_keep_resident(MIB / 2)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(STACK_KIB << 10)
        .async_stack_size((STACK_KIB << 10) + HOST_STACK)
        .wasm_component_model_async(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}
