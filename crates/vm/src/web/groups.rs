//! The files that make globals and modules, and what each makes.

/// A file of this folder, or of `node`.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    pub(super) globals: &'static [&'static str],
    /// Modules of Node's that it returns, by their names.
    pub(super) modules: &'static [&'static str],
}

macro_rules! groups {
    ($($folder:literal $name:ident: $($global:ident),* $(=> $($module:literal),+)?;)+) => {
        pub(super) const GROUPS: &[Group] = &[$(Group {
            name: stringify!($name),
            source: include_str!(concat!($folder, stringify!($name), ".js")),
            globals: &[$(stringify!($global)),*],
            modules: &[$($($module),+)?],
        }),+];
    };
}

groups! {
    "" abort: AbortController, AbortSignal;
    "" blob: Blob, File;
    "" body: ;
    "" clone: structuredClone;
    "" compression: CompressionStream, DecompressionStream;
    "" crypto: crypto, Crypto;
    "" encoding: TextEncoder, TextDecoder;
    "" events: Event, CustomEvent, EventTarget;
    "" feed: ;
    "" fetch: fetch;
    "" form: FormData;
    "" headers: Headers;
    "" intl: Intl;
    "" lists: ;
    "" locale: ;
    "" process: process => "process";
    "" request: Request;
    "" response: Response;
    "" streams: ReadableStream, ReadableStreamDefaultReader, ReadableStreamDefaultController;
    "" subtle: SubtleCrypto, CryptoKey;
    "" tee: ;
    "" transform: TransformStream, TransformStreamDefaultController, TextDecoderStream, TextEncoderStream, CountQueuingStrategy,
        ByteLengthQueuingStrategy;
    "" url: URL, URLSearchParams;
    "" views: ;
    "" writable: WritableStream, WritableStreamDefaultWriter, WritableStreamDefaultController;
    "../node/" address: => "url";
    "../node/" arguments: ;
    "../node/" assert: => "assert", "assert/strict";
    "../node/" buffer: Buffer => "buffer";
    "../node/" emitter: => "events";
    "../node/" equal: ;
    "../node/" path: => "path", "path/posix";
    "../node/" querystring: => "querystring";
    "../node/" text: => "string_decoder";
    "../node/" timers: setImmediate, clearImmediate => "timers", "timers/promises";
    "../node/" types: => "util/types";
    "../node/" util: => "util";
}
