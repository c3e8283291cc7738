//! The REST interface to tables, as PostgREST has it.

mod check;
mod error;
mod filter;
mod format;
mod logic;
mod plan;
mod prefer;
mod query;
mod read;
mod rpc;
mod select;
mod value;
mod write;

use serde_json::json;

pub(super) use error::Failure;
use format::Format;
use prefer::Prefer;

use super::tables::Database;
use crate::reply::Reply;
use crate::request::Request;

/// What all kinds of requests need to know.
struct Context<'a> {
    request: &'a Request,
    format: Format,
    prefer: Prefer,
}

pub(super) fn answer(database: &mut Database, request: &Request, path: &str) -> Reply {
    if path.is_empty() {
        let info = json!({ "swagger": "2.0", "info": { "title": "sandbox" }, "paths": {} });
        return Reply::bytes(
            200,
            "application/openapi+json; charset=utf-8",
            info.to_string(),
        );
    }
    match try_answer(database, request, path) {
        Ok(reply) => reply.with("content-profile", schema(request)),
        Err(failure) => failure.reply(),
    }
}

fn schema(request: &Request) -> &str {
    let header = match request.method.as_str() {
        "GET" | "HEAD" => "accept-profile",
        _ => "content-profile",
    };
    match request.header(header) {
        "" => "public",
        named => named,
    }
}

fn try_answer(database: &mut Database, request: &Request, path: &str) -> Result<Reply, Failure> {
    let name = schema(request);
    let names = database.schema_names();
    let Some(schema) = database.schema_mut(name) else {
        return Err(
            Failure::new(406, "PGRST106", format!("Invalid schema: {name}"))
                .hint(format!("Only the following schemas are exposed: {names}")),
        );
    };
    let context = Context {
        request,
        format: Format::of(request)?,
        prefer: Prefer::of(request)?,
    };
    let path = crate::request::decode(path);
    if let Some(name) = path.strip_prefix("rpc/") {
        return rpc::answer(schema, &context, name);
    }
    schema.table(&path)?;
    match request.method.as_str() {
        "GET" | "HEAD" => read::answer(schema, &context, &path),
        "POST" | "PATCH" | "DELETE" | "PUT" => write::answer(schema, &context, &path),
        "OPTIONS" => Ok(Reply::empty(200).with("allow", "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE")),
        method => Err(Failure::new(
            405,
            "PGRST117",
            format!("Unsupported HTTP method: {method}"),
        )),
    }
}
