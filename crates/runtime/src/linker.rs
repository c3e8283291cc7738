//! What components can import: WASI 0.2, `wasi:http`, and Spin's variables, SQLite and PostgreSQL.

use tasker_hosts::app::SELF_HOST;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasSelf, Linker, LinkerInstance, Resource, ResourceType};
use wasmtime::{Engine, Result, StoreContextMut, bail};
use wasmtime_wasi_http::p2::bindings::http::{outgoing_handler, types};
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{RequestOptions, WasiHttp, WasiHttpView};

use crate::bindings;
use crate::component::State;

/// The packages of WASI 0.2 that are linked.
const WASI_PACKAGES: [&str; 7] = [
    "cli",
    "clocks",
    "filesystem",
    "http",
    "io",
    "random",
    "sockets",
];
/// The other interfaces that are linked.
const SPIN_INTERFACES: [&str; 4] = [
    "fermyon:spin/variables@2.0.0",
    "fermyon:spin/sqlite@2.0.0",
    "spin:sqlite/sqlite@3.0.0",
    "spin:postgres/postgres@4.0.0",
];

/// A linker with everything that is offered to every component.
pub(crate) fn new(engine: &Engine) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    types::add_to_linker::<_, WasiHttp>(&mut linker, &types::LinkOptions::default(), State::http)?;
    linker
        .instance("wasi:http/outgoing-handler@0.2.0")?
        .func_wrap("handle", handle)?;
    bindings::Host_::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// Links whatever else `component` imports so that it can start; a call traps with the function's name.
pub(crate) fn trap_unknown(linker: &mut Linker<State>, component: &Component) -> Result<()> {
    let engine = linker.engine().clone();
    for (name, import) in component.component_type().imports(&engine) {
        if is_linked(name) {
            continue;
        }
        match import.ty {
            ComponentItem::ComponentInstance(instance) => {
                let mut linked = linker.instance(name)?;
                for (item, export) in instance.exports(&engine) {
                    trap(&mut linked, item, &export.ty, format!("{name}#{item}"))?;
                }
            }
            ty => trap(&mut linker.root(), name, &ty, name.to_owned())?,
        }
    }
    Ok(())
}

fn is_linked(import: &str) -> bool {
    let wasi = import
        .strip_prefix("wasi:")
        .and_then(|rest| rest.split_once('/'))
        .and_then(|(package, rest)| Some((package, rest.split_once('@')?.1)));
    match wasi {
        Some((package, version)) => {
            WASI_PACKAGES.contains(&package)
                && version.starts_with("0.2.")
                && !version.contains('-')
        }
        None => SPIN_INTERFACES.contains(&import),
    }
}

fn trap(
    linked: &mut LinkerInstance<'_, State>,
    name: &str,
    item: &ComponentItem,
    qualified: String,
) -> Result<()> {
    match item {
        ComponentItem::ComponentFunc(function) if function.async_() => {
            linked.func_new_concurrent(name, move |_, _, _, _| {
                let error = unsupported(&qualified);
                Box::pin(async move { error })
            })
        }
        ComponentItem::ComponentFunc(_) => {
            linked.func_new(name, move |_, _, _, _| unsupported(&qualified))
        }
        ComponentItem::Resource(_) => {
            linked.resource(name, ResourceType::host::<()>(), |_, _| Ok(()))
        }
        _ => Ok(()),
    }
}

fn unsupported(function: &str) -> Result<()> {
    bail!("`{function}` is not supported by the embedded runtime; run the application with Spin")
}

/// `handle` of `wasi:http/outgoing-handler`. A request without an authority goes to the application itself.
fn handle(
    mut store: StoreContextMut<'_, State>,
    (request, options): (
        Resource<HostOutgoingRequest>,
        Option<Resource<RequestOptions>>,
    ),
) -> Result<(Result<Resource<HostFutureIncomingResponse>, types::ErrorCode>,)> {
    let mut http = store.data_mut().http();
    let authority = &mut http.table.get_mut(&request)?.authority;
    if authority.as_deref().is_none_or(str::is_empty) {
        *authority = Some(SELF_HOST.to_owned());
    }
    match outgoing_handler::Host::handle(&mut http, request, options) {
        Ok(response) => Ok((Ok(response),)),
        Err(error) => Ok((Err(error.downcast()?),)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_linked;

    #[test]
    fn only_released_interfaces_count_as_linked() {
        for import in [
            "wasi:http/types@0.2.0",
            "wasi:cli/exit@0.2.6",
            "spin:sqlite/sqlite@3.0.0",
            "spin:postgres/postgres@4.0.0",
        ] {
            assert!(is_linked(import), "{import}");
        }
        for import in [
            "wasi:http/types@0.2.0-rc-2023-11-10",
            "wasi:http/types@0.3.0",
            "wasi:keyvalue/store@0.2.0-draft2",
            "spin:postgres/postgres@3.0.0",
            "plain-function",
        ] {
            assert!(!is_linked(import), "{import}");
        }
    }
}
