//! The program's modules: CommonJS, ES modules and JSON, in each other's reach; and those of Node's that need no system.

use tasker_domain::{ErrorCode, ErrorValue, module};

use crate::{
    errors::{self, Kinds, throw},
    globals::Native,
    island::{
        host::{self, Purpose},
        keys::{Key, own_keys},
        native::Args,
        value::{Ctx, Kind, Promise, Result, Slot, Thrown, Value, Visible},
    },
    text, web,
};

/// What the engine's loader makes a module of.
pub(crate) enum Loaded<'js> {
    /// A compiled ES module.
    Module(Value<'js>),
    /// Names exported by a module that has run, see [`exported_values`].
    Exports(Vec<String>),
}

/// A file, compiled: only that shows what it is.
pub(crate) enum Compiled<'js> {
    /// The function around a CommonJS module.
    CommonJs(Value<'js>),
    /// An ES module, with all that it imports. The engine finds it by its path from now on.
    Esm(Value<'js>),
}

/// What the paths of modules begin with that are none of the program.
const BUILT_IN: &str = "node:";

/// The path of what `base` calls `name`; throws if there is no such module.
pub(crate) fn resolve(ctx: Ctx<'_>, base: &str, name: &str) -> Result<String> {
    let Some(host) = host::current() else {
        return Err(Thrown);
    };
    if let Some(name) = module::built_in(name) {
        return Ok(format!("{BUILT_IN}{name}"));
    }
    let found = match name.starts_with(BUILT_IN) {
        true => Err(format!(
            "cannot find module \"{name}\": of Node's modules there are those that need no system: {}",
            module::BUILT_IN.join(", ")
        )),
        false => host.program.resolve(base, name),
    };
    found.map_err(|message| throw(ctx, Kinds::Error, Some(ErrorCode::ModuleNotFound), &message))
}

fn source(ctx: Ctx<'_>, path: &str) -> Result<String> {
    let host = host::current().ok_or(Thrown)?;
    match host.program.source(path) {
        Some(source) => Ok(source.to_owned()),
        None => Err(throw(
            ctx,
            Kinds::Error,
            Some(ErrorCode::ModuleNotFound),
            &format!("cannot find module \"{path}\""),
        )),
    }
}

/// Compiles a file that is JavaScript. It is CommonJS if it compiles as such: only ES modules have `import` and
/// `export` statements, `import.meta`, or `await` at the top. What is neither is taken for the kind as which
/// it could be parsed further, and its error is thrown.
pub(crate) fn compile<'js>(ctx: Ctx<'js>, path: &str, source: &str) -> Result<Compiled<'js>> {
    let source = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
    if is_of(path, [".mjs", ".mts"]) {
        return compile_esm(ctx, path, source).map(Compiled::Esm);
    }
    let as_script = match compile_common_js(ctx, path, source) {
        Ok(function) => return Ok(Compiled::CommonJs(function)),
        Err(Thrown) => ctx.catch(),
    };
    let Some(script_ends) =
        syntax_error_in(path, &as_script).filter(|_| !is_of(path, [".cjs", ".cts"]))
    else {
        return Err(ctx.throw(as_script));
    };
    match compile_esm(ctx, path, source) {
        Ok(module) => Ok(Compiled::Esm(module)),
        Err(Thrown) => {
            let as_module = ctx.catch();
            let is_script = syntax_error_in(path, &as_module).is_some_and(|end| end <= script_ends);
            Err(ctx.throw(if is_script { as_script } else { as_module }))
        }
    }
}

fn is_of(path: &str, endings: [&str; 2]) -> bool {
    endings.iter().any(|ending| path.ends_with(ending))
}

/// Editors put it before a text; it is no part of it.
const BYTE_ORDER_MARK: char = '\u{feff}';

fn compile_common_js<'js>(ctx: Ctx<'js>, path: &str, source: &str) -> Result<Value<'js>> {
    let body = source
        .strip_prefix("#!")
        .map_or_else(|| source.to_owned(), |rest| format!("//{rest}"));
    // The file's own lines begin at 1, two lines below the wrapper's.
    let wrapped =
        format!("(function (exports, require, module, __filename, __dirname) {{\n\n{body}\n}})");
    ctx.script(&wrapped, path, -1)
}

/// Compiles an ES module and what it imports. While that is under way it is known for one already: what it
/// imports may require it.
fn compile_esm<'js>(ctx: Ctx<'js>, path: &str, source: &str) -> Result<Value<'js>> {
    let table = ctx.slot(Slot::Modules);
    table.define(path, ctx.bool(true), Visible::Yes)?;
    ctx.compile_module(source, path).map_err(|Thrown| {
        let error = ctx.catch();
        match table.delete(path) {
            Ok(()) => ctx.throw(error),
            Err(Thrown) => Thrown,
        }
    })
}

/// Where the parser stopped, line and column, if it was in this file.
fn syntax_error_in(path: &str, error: &Value<'_>) -> Option<(u32, u32)> {
    let error = errors::describe(error);
    if error.name != "SyntaxError" {
        return None;
    }
    let place = errors::place(error.stack.as_deref()?.lines().next()?)?;
    let mut numbers = place.strip_prefix(path)?.strip_prefix(':')?.split(':');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Runs a CommonJS module. It is known by its path while it runs, so that cycles see its exports so far.
pub(crate) fn run<'js>(ctx: Ctx<'js>, path: &str, function: &Value<'js>) -> Result<Value<'js>> {
    let (module, exports, name) = (ctx.object()?, ctx.object()?, ctx.string(path)?);
    module.define("id", name.clone(), Visible::Yes)?;
    module.define("filename", name.clone(), Visible::Yes)?;
    module.define("exports", exports.clone(), Visible::Yes)?;
    let require = ctx.function("require", Native::Require, Some(&name))?;
    let folder = ctx.string(path.rsplit_once('/').map_or(".", |(folder, _)| folder))?;
    let table = ctx.slot(Slot::Modules);
    table.define(path, module.clone(), Visible::Yes)?;
    match function.call(&exports, &[&exports, &require, &module, &name, &folder]) {
        Ok(_) => module.get("exports"),
        Err(Thrown) => {
            let error = ctx.catch();
            table.delete(path)?;
            Err(ctx.throw(error))
        }
    }
}

/// `require(name)` of the module whose path is the function's own value.
pub(crate) fn require_from<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let path = resolve(ctx, &args.data(0).text()?, &name_of(ctx, args)?)?;
    require(ctx, &path)
}

fn name_of<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<String> {
    let name = args.get(0);
    if name.kind() == Kind::String {
        name.text()
    } else {
        Err(throw(
            ctx,
            Kinds::TypeError,
            None,
            "require takes the path of a module, such as \"../shared/helper\"",
        ))
    }
}

/// The exports of the module at `path`, which runs if it has not yet.
fn require<'js>(ctx: Ctx<'js>, path: &str) -> Result<Value<'js>> {
    let module = ctx.slot(Slot::Modules).get(path)?;
    if module.is_object() {
        return module.get("exports");
    }
    if module.kind() == ESM {
        return require_esm(ctx, path);
    }
    if let Some(name) = path.strip_prefix(BUILT_IN) {
        let exports = web::module(ctx, name)?;
        keep(ctx, path, exports.clone())?;
        return Ok(exports);
    }
    let source = source(ctx, path)?;
    if path.ends_with(".json") {
        let value = ctx.parse_json(source.trim_start_matches(BYTE_ORDER_MARK), path)?;
        keep(ctx, path, value.clone())?;
        return Ok(value);
    }
    match compile(ctx, path, &source)? {
        Compiled::CommonJs(function) => run(ctx, path, &function),
        Compiled::Esm(_) => require_esm(ctx, path),
    }
}

/// What stands for an ES module that the engine knows and that nobody has required yet.
const ESM: Kind = Kind::Bool(true);

fn require_esm<'js>(ctx: Ctx<'js>, path: &str) -> Result<Value<'js>> {
    let namespace = namespace(ctx, path)?;
    keep(ctx, path, namespace.clone())?;
    Ok(namespace)
}

/// Remembers the exports of a module that is not CommonJS.
fn keep<'js>(ctx: Ctx<'js>, path: &str, exports: Value<'js>) -> Result<()> {
    let module = ctx.object()?;
    module.define("exports", exports, Visible::Yes)?;
    ctx.slot(Slot::Modules).define(path, module, Visible::Yes)
}

/// The namespace of an ES module, loaded through a module of ours that imports it: so the engine
/// finds it by its path if it was imported before. Our module stands in the task file's folder.
fn namespace<'js>(ctx: Ctx<'js>, path: &str) -> Result<Value<'js>> {
    let mut bridge = String::from("import * as namespace from ");
    text::push_json_string(&mut bridge, path);
    bridge.push_str("; export { namespace };");
    let (exports, promise) = ctx.evaluate_module(
        ctx.compile_module(&bridge, &format!("require {}", path.replace('/', "\\")))?,
    )?;
    promise.mark_handled();
    match promise.promise() {
        Some(Promise::Rejected(error)) => Err(ctx.throw(error)),
        Some(Promise::Pending) => {
            let message = format!(
                "\"{path}\" awaits at its top level: load it with await context.tasks.require(…) or import()"
            );
            Err(throw(ctx, Kinds::TypeError, None, &message))
        }
        _ => exports.get("namespace"),
    }
}

/// `context.tasks.require(name)`: a promise of the exports.
pub(crate) fn require_async<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (promise, resolve_promise, reject) = ctx.promise()?;
    let loaded = (|| {
        let base = args.data(0).text()?;
        let path = resolve(ctx, &base, &name_of(ctx, args)?)?;
        match ctx.slot(Slot::Modules).get(&path)?.kind() {
            ESM => ctx.import(&base, &path),
            Kind::Undefined if !path.ends_with(".json") && !path.starts_with(BUILT_IN) => {
                match compile(ctx, &path, &source(ctx, &path)?)? {
                    Compiled::Esm(_) => ctx.import(&base, &path),
                    Compiled::CommonJs(function) => run(ctx, &path, &function),
                }
            }
            _ => require(ctx, &path),
        }
    })();
    match loaded {
        Ok(exports) => resolve_promise.call(&ctx.undefined(), &[&exports])?,
        Err(Thrown) => reject.call(&ctx.undefined(), &[&ctx.catch()])?,
    };
    Ok(promise)
}

/// What `import` of the module at `path` loads.
pub(crate) fn load<'js>(ctx: Ctx<'js>, path: &str) -> Result<Loaded<'js>> {
    if path.starts_with(BUILT_IN) {
        return names(&require(ctx, path)?);
    }
    let source = source(ctx, path)?;
    let compiling = host::current().is_some_and(|host| host.purpose == Purpose::Compile);
    if path.ends_with(".json") {
        let source = source.trim_start_matches(BYTE_ORDER_MARK);
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(source) {
            return Err(throw(
                ctx,
                Kinds::Error,
                None,
                &format!("{path} is not JSON: {error}"),
            ));
        }
        let source = format!("export default {source};");
        return ctx.compile_module(&source, path).map(Loaded::Module);
    }
    let module = ctx.slot(Slot::Modules).get(path)?;
    let exports = if module.is_object() {
        module.get("exports")?
    } else {
        match compile(ctx, path, &source)? {
            Compiled::Esm(module) => return Ok(Loaded::Module(module)),
            Compiled::CommonJs(_) if compiling => {
                return Ok(Loaded::Exports(vec!["default".into()]));
            }
            Compiled::CommonJs(function) => run(ctx, path, &function)?,
        }
    };
    names(&exports)
}

/// What a module gives that is not an ES module, with `default` for all of it.
fn names<'js>(exports: &Value<'js>) -> Result<Loaded<'js>> {
    let names = named(exports)?.into_iter().filter_map(|key| key.text());
    Ok(Loaded::Exports(
        std::iter::once("default".into()).chain(names).collect(),
    ))
}

/// Keys of CommonJS exports that are names of their own when imported.
fn named<'js>(exports: &Value<'js>) -> Result<Vec<Key<'js>>> {
    if !exports.is_object() {
        return Ok(Vec::new());
    }
    let mut keys = own_keys(exports, true)?;
    keys.retain(|key| key.text().is_some_and(|name| name != "default"));
    Ok(keys)
}

/// The exports of the CommonJS module `path`, as `import` sees them.
pub(crate) fn exported_values<'js>(
    ctx: Ctx<'js>,
    path: &Key<'js>,
) -> Result<Vec<(String, Value<'js>)>> {
    let exports = ctx.slot(Slot::Modules).get_key(path)?.get("exports")?;
    let mut values = Vec::new();
    for key in named(&exports)? {
        values.push((key.text().unwrap_or_default(), exports.get_key(&key)?));
    }
    values.push(("default".into(), exports));
    Ok(values)
}

/// What was thrown while a file was compiled: a syntax error has its place in front, `file.js:3:5: unexpected token`.
pub(crate) fn located(error: &Value<'_>) -> ErrorValue {
    let error = errors::describe(error);
    let place = error
        .stack
        .as_deref()
        .and_then(|stack| errors::place(stack.lines().next()?));
    let message = match place {
        Some(place) if error.name == "SyntaxError" => format!("{place}: {}", error.message),
        _ => error.message,
    };
    ErrorValue {
        name: error.name,
        ..errors::ending(ErrorCode::TaskInvalid, message)
    }
}
