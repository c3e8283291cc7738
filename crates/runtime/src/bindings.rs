//! Generated host traits of the Spin interfaces in `wit/`.

#![allow(missing_docs, reason = "generated")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "host",
    imports: { default: async | trappable },
    with: {
        "fermyon:spin/sqlite.connection": crate::sqlite::Handle,
        "spin:sqlite/sqlite.connection": crate::sqlite::Handle,
        "spin:postgres/postgres.connection": crate::postgres::Handle,
    },
});
