//! The engine's module loader: names and sources come from the program.

use std::{ffi::CStr, ptr};

use rquickjs::qjs;

use super::{
    keys::Key,
    parsing,
    value::{Ctx, Result, Thrown, Value, c_string},
};
use crate::modules::{self, Loaded};

/// Lets `import` find the program's modules.
///
/// # Safety
/// `runtime` is alive.
pub(super) unsafe fn install(runtime: *mut qjs::JSRuntime) {
    // SAFETY: both are static functions.
    unsafe { qjs::JS_SetModuleLoaderFunc(runtime, Some(normalize), Some(load), ptr::null_mut()) }
}

/// # Safety
/// `text` is a C string.
unsafe fn utf8(text: *const qjs::c_char) -> String {
    // SAFETY: as said by the caller.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

unsafe extern "C" fn normalize(
    ctx: *mut qjs::JSContext,
    base: *const qjs::c_char,
    name: *const qjs::c_char,
    _: *mut qjs::c_void,
) -> *mut qjs::c_char {
    // SAFETY: the engine is entered and gives C strings; it frees the result with `js_free`.
    unsafe {
        let Some(ctx) = Ctx::from_raw(ctx) else {
            return ptr::null_mut();
        };
        parsing::leave();
        let Ok(path) = modules::resolve(ctx, &utf8(base), &utf8(name)) else {
            return ptr::null_mut();
        };
        let path = c_string(&path);
        let bytes = path.as_bytes_with_nul();
        let copy = qjs::js_malloc(ctx.raw(), bytes.len() as _).cast::<u8>();
        if !copy.is_null() {
            ptr::copy_nonoverlapping(bytes.as_ptr(), copy, bytes.len());
        }
        copy.cast()
    }
}

unsafe extern "C" fn load(
    ctx: *mut qjs::JSContext,
    name: *const qjs::c_char,
    _: *mut qjs::c_void,
) -> *mut qjs::JSModuleDef {
    // SAFETY: the engine is entered and gives a C string.
    unsafe {
        let Some(ctx) = Ctx::from_raw(ctx) else {
            return ptr::null_mut();
        };
        parsing::leave();
        let name = utf8(name);
        let module = match modules::load(ctx, &name) {
            Ok(Loaded::Module(module)) => Ok(definition(&module)),
            Ok(Loaded::Exports(names)) => synthetic(ctx, &name, &names),
            Err(Thrown) => Err(Thrown),
        };
        module.unwrap_or(ptr::null_mut())
    }
}

/// The module behind a compiled module's value. The context keeps it alive.
fn definition(module: &Value<'_>) -> *mut qjs::JSModuleDef {
    // SAFETY: only called with what `compile_module` made; looks at the pointer.
    unsafe { qjs::JS_VALUE_GET_PTR(module.raw()).cast() }
}

/// A module whose exports are those of a CommonJS module that has run already.
///
/// # Safety
/// The engine is entered.
unsafe fn synthetic(ctx: Ctx<'_>, name: &str, exports: &[String]) -> Result<*mut qjs::JSModuleDef> {
    let name = c_string(name);
    // SAFETY: the engine copies the names.
    unsafe {
        let module = qjs::JS_NewCModule(ctx.raw(), name.as_ptr(), Some(fill));
        if module.is_null() {
            return Err(Thrown);
        }
        for export in exports {
            if qjs::JS_AddModuleExport(ctx.raw(), module, c_string(export).as_ptr()) < 0 {
                return Err(Thrown);
            }
        }
        Ok(module)
    }
}

unsafe extern "C" fn fill(ctx: *mut qjs::JSContext, module: *mut qjs::JSModuleDef) -> qjs::c_int {
    // SAFETY: the engine is entered; the module is alive, its name's count is ours, and each
    // value's count goes to the engine.
    unsafe {
        let Some(ctx) = Ctx::from_raw(ctx) else {
            return -1;
        };
        let name = Key::own(ctx, qjs::JS_GetModuleName(ctx.raw(), module));
        let Ok(exports) = modules::exported_values(ctx, &name) else {
            return -1;
        };
        for (name, value) in exports {
            // Fails for a name that appeared after the module was loaded: nobody can have imported it.
            qjs::JS_SetModuleExport(
                ctx.raw(),
                module,
                c_string(&name).as_ptr(),
                value.into_raw(),
            );
        }
        0
    }
}

impl<'js> Ctx<'js> {
    /// Compiles an ES module and loads what it imports. The value is good only for
    /// [`Ctx::evaluate_module`].
    pub(crate) fn compile_module(self, source: &str, name: &str) -> Result<Value<'js>> {
        self.eval(
            source,
            name,
            qjs::JS_EVAL_TYPE_MODULE | qjs::JS_EVAL_FLAG_COMPILE_ONLY,
        )
    }

    /// Runs a compiled module: its namespace, and the promise of its evaluation.
    pub(crate) fn evaluate_module(self, module: Value<'js>) -> Result<(Value<'js>, Value<'js>)> {
        let definition = definition(&module);
        // SAFETY: the count of the value goes to the engine, and the context keeps the module.
        unsafe {
            let promise = self.own(qjs::JS_EvalFunction(self.raw(), module.into_raw()))?;
            let namespace = self.own(qjs::JS_GetModuleNamespace(self.raw(), definition))?;
            Ok((namespace, promise))
        }
    }

    /// What `import(path)` gives, as called from the module `base`.
    pub(crate) fn import(self, base: &str, path: &str) -> Result<Value<'js>> {
        let (base, path) = (c_string(base), c_string(path));
        // SAFETY: the engine copies both texts.
        unsafe { self.own(qjs::JS_LoadModule(self.raw(), base.as_ptr(), path.as_ptr())) }
    }
}
