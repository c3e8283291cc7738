/** What tasks have of Node, for editors. docs/globals.md says what is not there. */

type BufferEncoding = "utf8" | "utf-8" | "hex" | "base64" | "base64url" | "latin1" | "binary" | "ascii" | "ucs2" | "ucs-2" | "utf16le" | "utf-16le";

declare class Buffer extends Uint8Array<ArrayBuffer> {
  static from(text: string, encoding?: BufferEncoding): Buffer;
  static from(buffer: ArrayBuffer, offset?: number, length?: number): Buffer;
  static from(bytes: Iterable<number> | ArrayLike<number> | { type: "Buffer"; data: number[] }): Buffer;
  static of(...bytes: number[]): Buffer;
  static alloc(size: number, fill?: string | number | Uint8Array, encoding?: BufferEncoding): Buffer;
  static allocUnsafe(size: number): Buffer;
  static byteLength(value: string | ArrayBuffer | ArrayBufferView, encoding?: BufferEncoding): number;
  static compare(one: Uint8Array, other: Uint8Array): -1 | 0 | 1;
  static concat(buffers: readonly Uint8Array[], length?: number): Buffer;
  static isBuffer(value: unknown): value is Buffer;
  static isEncoding(encoding: string): encoding is BufferEncoding;
  toString(encoding?: BufferEncoding, start?: number, end?: number): string;
  toJSON(): { type: "Buffer"; data: number[] };
  equals(other: Uint8Array): boolean;
  compare(other: Uint8Array, targetStart?: number, targetEnd?: number, start?: number, end?: number): -1 | 0 | 1;
  copy(target: Uint8Array, targetStart?: number, start?: number, end?: number): number;
  write(text: string, offset?: number | BufferEncoding, length?: number | BufferEncoding, encoding?: BufferEncoding): number;
  fill(value: string | number | Uint8Array, offset?: number | BufferEncoding, end?: number | BufferEncoding, encoding?: BufferEncoding): this;
  indexOf(value: string | number | Uint8Array, offset?: number, encoding?: BufferEncoding): number;
  lastIndexOf(value: string | number | Uint8Array, offset?: number, encoding?: BufferEncoding): number;
  includes(value: string | number | Uint8Array, offset?: number, encoding?: BufferEncoding): boolean;
  slice(start?: number, end?: number): Buffer;
  subarray(start?: number, end?: number): Buffer;
  swap16(): Buffer;
  swap32(): Buffer;
  swap64(): Buffer;
  readUInt8(offset?: number): number;
  writeUInt8(value: number, offset?: number): number;
  readInt8(offset?: number): number;
  writeInt8(value: number, offset?: number): number;
  readUInt16LE(offset?: number): number;
  writeUInt16LE(value: number, offset?: number): number;
  readUInt16BE(offset?: number): number;
  writeUInt16BE(value: number, offset?: number): number;
  readInt16LE(offset?: number): number;
  writeInt16LE(value: number, offset?: number): number;
  readInt16BE(offset?: number): number;
  writeInt16BE(value: number, offset?: number): number;
  readUInt32LE(offset?: number): number;
  writeUInt32LE(value: number, offset?: number): number;
  readUInt32BE(offset?: number): number;
  writeUInt32BE(value: number, offset?: number): number;
  readInt32LE(offset?: number): number;
  writeInt32LE(value: number, offset?: number): number;
  readInt32BE(offset?: number): number;
  writeInt32BE(value: number, offset?: number): number;
  readBigUInt64LE(offset?: number): bigint;
  writeBigUInt64LE(value: bigint, offset?: number): number;
  readBigUInt64BE(offset?: number): bigint;
  writeBigUInt64BE(value: bigint, offset?: number): number;
  readBigInt64LE(offset?: number): bigint;
  writeBigInt64LE(value: bigint, offset?: number): number;
  readBigInt64BE(offset?: number): bigint;
  writeBigInt64BE(value: bigint, offset?: number): number;
  readFloatLE(offset?: number): number;
  writeFloatLE(value: number, offset?: number): number;
  readFloatBE(offset?: number): number;
  writeFloatBE(value: number, offset?: number): number;
  readDoubleLE(offset?: number): number;
  writeDoubleLE(value: number, offset?: number): number;
  readDoubleBE(offset?: number): number;
  writeDoubleBE(value: number, offset?: number): number;
  readUIntLE(offset: number, byteLength: number): number;
  writeUIntLE(value: number, offset: number, byteLength: number): number;
  readUIntBE(offset: number, byteLength: number): number;
  writeUIntBE(value: number, offset: number, byteLength: number): number;
  readIntLE(offset: number, byteLength: number): number;
  writeIntLE(value: number, offset: number, byteLength: number): number;
  readIntBE(offset: number, byteLength: number): number;
  writeIntBE(value: number, offset: number, byteLength: number): number;
}

declare module "node:path" {
  interface Parts { root: string; dir: string; base: string; ext: string; name: string }
  const path: {
    readonly sep: "/";
    readonly delimiter: ":";
    readonly posix: typeof path;
    basename(path: string, suffix?: string): string;
    dirname(path: string): string;
    extname(path: string): string;
    format(parts: Partial<Parts>): string;
    isAbsolute(path: string): boolean;
    join(...paths: string[]): string;
    normalize(path: string): string;
    parse(path: string): Parts;
    relative(from: string, to: string): string;
    resolve(...paths: string[]): string;
  };
  export = path;
}

declare module "node:events" {
  type Listener = (...values: any[]) => void;
  type Name = string | symbol;
  class EventEmitter {
    static defaultMaxListeners: number;
    on(name: Name, listener: Listener): this;
    addListener(name: Name, listener: Listener): this;
    prependListener(name: Name, listener: Listener): this;
    once(name: Name, listener: Listener): this;
    prependOnceListener(name: Name, listener: Listener): this;
    off(name: Name, listener: Listener): this;
    removeListener(name: Name, listener: Listener): this;
    removeAllListeners(name?: Name): this;
    emit(name: Name, ...values: any[]): boolean;
    listeners(name: Name): Listener[];
    rawListeners(name: Name): Listener[];
    listenerCount(name: Name, listener?: Listener): number;
    eventNames(): Name[];
    setMaxListeners(most: number): this;
    getMaxListeners(): number;
  }
  namespace EventEmitter {
    export { EventEmitter };
    export const errorMonitor: unique symbol;
    export function once(emitter: EventEmitter | EventTarget, name: Name, options?: { signal?: AbortSignal }): Promise<any[]>;
    export function on(emitter: EventEmitter | EventTarget, name: Name, options?: { signal?: AbortSignal; close?: Name[] }): AsyncIterableIterator<any[]>;
    export function listenerCount(emitter: EventEmitter, name: Name): number;
    export function getEventListeners(emitter: EventEmitter, name: Name): Listener[];
    export function setMaxListeners(most?: number, ...emitters: EventEmitter[]): void;
  }
  export = EventEmitter;
}

declare module "node:util" {
  type Callback<Value> = (error: any, value?: Value) => void;
  export function callbackify(original: (...values: any[]) => Promise<unknown>): (...values: any[]) => void;
  export function deprecate<Called extends (...values: any[]) => unknown>(original: Called, message: string, code?: string): Called;
  export function format(template?: unknown, ...values: unknown[]): string;
  export function inherits(constructor: Function, base: Function): void;
  export function inspect(
    value: unknown, options?: { depth?: number | null; showHidden?: boolean; compact?: boolean | number; breakLength?: number; sorted?: boolean },
  ): string;
  export namespace inspect { const custom: unique symbol; }
  export function isDeepStrictEqual(one: unknown, other: unknown): boolean;
  export function promisify(original: (...values: any[]) => void): (...values: any[]) => Promise<any>;
  export namespace promisify { const custom: unique symbol; }
  export function stripVTControlCharacters(text: string): string;
  export function toUSVString(text: string): string;
  export const types: typeof import("node:util/types");
  const TextEncoderHere: typeof TextEncoder;
  const TextDecoderHere: typeof TextDecoder;
  export { TextEncoderHere as TextEncoder, TextDecoderHere as TextDecoder };
}

declare module "node:util/types" {
  const types: { readonly [check: `is${string}`]: (value: unknown) => boolean };
  export = types;
}

declare module "node:assert" {
  type Expected = RegExp | Function | object;
  interface Assert {
    (value: unknown, message?: string | Error): asserts value;
    ok(value: unknown, message?: string | Error): asserts value;
    equal(actual: unknown, expected: unknown, message?: string | Error): void;
    notEqual(actual: unknown, expected: unknown, message?: string | Error): void;
    deepEqual(actual: unknown, expected: unknown, message?: string | Error): void;
    notDeepEqual(actual: unknown, expected: unknown, message?: string | Error): void;
    strictEqual(actual: unknown, expected: unknown, message?: string | Error): void;
    notStrictEqual(actual: unknown, expected: unknown, message?: string | Error): void;
    deepStrictEqual(actual: unknown, expected: unknown, message?: string | Error): void;
    notDeepStrictEqual(actual: unknown, expected: unknown, message?: string | Error): void;
    throws(run: () => unknown, expected?: Expected | string, message?: string): void;
    doesNotThrow(run: () => unknown, expected?: Expected | string, message?: string): void;
    rejects(promise: Promise<unknown> | (() => Promise<unknown>), expected?: Expected | string, message?: string): Promise<void>;
    doesNotReject(promise: Promise<unknown> | (() => Promise<unknown>), expected?: Expected | string, message?: string): Promise<void>;
    match(text: string, expression: RegExp, message?: string | Error): void;
    doesNotMatch(text: string, expression: RegExp, message?: string | Error): void;
    fail(message?: string | Error): never;
    ifError(value: unknown): void;
    readonly AssertionError: new (options: { message?: string; actual?: unknown; expected?: unknown; operator?: string }) => Error;
    readonly strict: Assert;
  }
  const assert: Assert;
  export = assert;
}

declare module "node:assert/strict" {
  import assert = require("node:assert");
  const strict: typeof assert.strict;
  export = strict;
}

declare module "node:buffer" {
  const here: {
    Buffer: typeof Buffer; Blob: typeof Blob; File: typeof File; atob: typeof atob; btoa: typeof btoa;
    isUtf8(bytes: ArrayBuffer | ArrayBufferView): boolean;
    isAscii(bytes: ArrayBuffer | ArrayBufferView): boolean;
    transcode(bytes: Uint8Array, from: BufferEncoding, to: BufferEncoding): Buffer;
    readonly constants: { readonly MAX_LENGTH: number; readonly MAX_STRING_LENGTH: number };
  };
  export = here;
}

declare module "node:querystring" {
  export function parse(text: string, separator?: string, equals?: string, options?: { maxKeys?: number }): Record<string, string | string[]>;
  export function stringify(object: object, separator?: string, equals?: string): string;
  export function escape(text: string): string;
  export function unescape(text: string): string;
}

declare module "node:url" {
  interface Url {
    protocol: string | null; slashes: boolean | null; auth: string | null; host: string | null; port: string | null; hostname: string | null;
    hash: string | null; search: string | null; query: any; pathname: string | null; path: string | null; href: string;
  }
  const here: {
    URL: typeof URL; URLSearchParams: typeof URLSearchParams;
    parse(url: string, parsesQuery?: boolean, slashesDenoteHost?: boolean): Url;
    format(url: string | URL | Partial<Url>, options?: { auth?: boolean; fragment?: boolean; search?: boolean }): string;
    resolve(from: string, to: string): string;
    fileURLToPath(url: string | URL): string;
    pathToFileURL(path: string): URL;
    domainToASCII(domain: string): string;
    urlToHttpOptions(url: URL): Record<string, unknown>;
  };
  export = here;
}

declare module "node:timers/promises" {
  type Options = { signal?: AbortSignal };
  export function setTimeout<Value = void>(milliseconds?: number, value?: Value, options?: Options): Promise<Value>;
  export function setImmediate<Value = void>(value?: Value, options?: Options): Promise<Value>;
  export function setInterval<Value = void>(milliseconds?: number, value?: Value, options?: Options): AsyncIterableIterator<Value>;
  export const scheduler: { wait(milliseconds: number, options?: Options): Promise<void>; yield(): Promise<void> };
}

declare module "node:string_decoder" {
  export class StringDecoder {
    constructor(encoding?: BufferEncoding);
    readonly encoding: string;
    write(bytes: ArrayBufferView | string): string;
    end(bytes?: ArrayBufferView): string;
  }
}

declare module "node:process" {
  const here: typeof process;
  export = here;
}

declare module "path" { import here = require("node:path"); export = here; }
declare module "node:path/posix" { import here = require("node:path"); export = here; }
declare module "path/posix" { import here = require("node:path"); export = here; }
declare module "events" { import here = require("node:events"); export = here; }
declare module "util" { import here = require("node:util"); export = here; }
declare module "util/types" { import here = require("node:util/types"); export = here; }
declare module "assert" { import here = require("node:assert"); export = here; }
declare module "assert/strict" { import here = require("node:assert/strict"); export = here; }
declare module "buffer" { import here = require("node:buffer"); export = here; }
declare module "querystring" { import here = require("node:querystring"); export = here; }
declare module "url" { import here = require("node:url"); export = here; }
declare module "timers/promises" { import here = require("node:timers/promises"); export = here; }
declare module "string_decoder" { import here = require("node:string_decoder"); export = here; }
declare module "process" { import here = require("node:process"); export = here; }
