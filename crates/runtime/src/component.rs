//! A component that is ready to be instantiated, and the state of one instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::{InstancePre, ResourceTable};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::allowed_hosts::AllowedHosts;
use crate::clock::Ahead;
use crate::engine;
use crate::logs::Log;
use crate::outbound::Hooks;
use crate::runtime::Runtime;
use crate::sqlite::Seen;
use crate::turns::Turns;
use crate::variables::Variables;

/// A component of the application with all that its manifest entry says.
pub(crate) struct Component {
    pub(crate) id: String,
    pub(crate) pre: InstancePre<State>,
    /// Set if the component handles HTTP requests.
    pub(crate) http: Option<ProxyPre<State>>,
    pub(crate) variables: Variables,
    pub(crate) allowed_hosts: AllowedHosts,
    pub(crate) environment: BTreeMap<String, String>,
    /// Whether `default` is in its `sqlite_databases`.
    pub(crate) uses_sqlite: bool,
    pub(crate) stdout: Log,
    pub(crate) stderr: Log,
}

/// Which trigger an instance serves; they differ in what the instance may request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    Http,
    /// Has no service chaining, as the cron trigger of Spin runs apart from the HTTP trigger.
    Cron,
}

/// What a store holds for one instance.
pub(crate) struct State {
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) component: Arc<Component>,
    /// Database connections that are open.
    pub(crate) connections: usize,
    /// What it has seen of the database.
    pub(crate) seen: Seen,
    /// Its turns to compute.
    pub(crate) turns: Turns,
    limits: StoreLimits,
}

impl Component {
    /// A store for a new instance, which has heard of what `seen` says. Everything in it goes when the store is dropped.
    pub(crate) fn store(
        self: &Arc<Self>,
        runtime: &Arc<Runtime>,
        trigger: Trigger,
        seen: Seen,
    ) -> Store<State> {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(self.stdout.clone()).stderr(self.stderr.clone());
        for (name, value) in &self.environment {
            wasi.env(name, value);
        }
        if runtime.clock_ahead_ms != 0 {
            wasi.wall_clock(Ahead(runtime.clock_ahead_ms));
        }
        let state = State {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            hooks: Hooks::new(runtime.clone(), self.clone(), trigger, seen.clone()),
            runtime: runtime.clone(),
            component: self.clone(),
            connections: 0,
            seen,
            turns: runtime.cores.turns(runtime.computing),
            limits: runtime
                .memory
                .map_or_else(StoreLimitsBuilder::new, |bytes| {
                    StoreLimitsBuilder::new().memory_size(bytes)
                })
                .build(),
        };
        let engine: &Engine = self.pre.engine();
        let turns = state.turns.clone();
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limits);
        engine::take_turns(&mut store, turns);
        store
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}
