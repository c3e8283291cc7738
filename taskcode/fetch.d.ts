/** What tasks have of `fetch` and its classes, for editors. docs/globals.md says what is not there. */

type BlobPart = string | ArrayBuffer | ArrayBufferView | Blob;

declare class Blob {
  constructor(parts?: Iterable<BlobPart>, options?: { type?: string; endings?: "transparent" | "native" });
  readonly size: number;
  readonly type: string;
  slice(start?: number, end?: number, type?: string): Blob;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

declare class File extends Blob {
  constructor(parts: Iterable<BlobPart>, name: string, options?: { type?: string; endings?: "transparent" | "native"; lastModified?: number });
  readonly name: string;
  readonly lastModified: number;
}

declare class FormData implements Iterable<[string, string | File]> {
  constructor();
  append(name: string, value: unknown): void;
  append(name: string, value: Blob, filename?: string): void;
  delete(name: string): void;
  get(name: string): string | File | null;
  getAll(name: string): (string | File)[];
  has(name: string): boolean;
  set(name: string, value: unknown): void;
  set(name: string, value: Blob, filename?: string): void;
  forEach(callback: (value: string | File, name: string, form: FormData) => void, self?: unknown): void;
  entries(): IterableIterator<[string, string | File]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string | File>;
  [Symbol.iterator](): IterableIterator<[string, string | File]>;
}

type HeadersInit = Headers | Iterable<[string, string] | string[]> | Record<string, string>;

declare class Headers implements Iterable<[string, string]> {
  constructor(init?: HeadersInit);
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getSetCookie(): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

declare class ReadableStreamDefaultController<Chunk = any> {
  private constructor();
  readonly desiredSize: number | null;
  close(): void;
  enqueue(chunk?: Chunk): void;
  error(reason?: unknown): void;
}

declare class ReadableStreamDefaultReader<Chunk = any> {
  constructor(stream: ReadableStream<Chunk>);
  readonly closed: Promise<undefined>;
  read(): Promise<{ value: Chunk; done: false } | { value: undefined; done: true }>;
  releaseLock(): void;
  cancel(reason?: unknown): Promise<void>;
}

declare class ReadableStream<Chunk = any> implements AsyncIterable<Chunk> {
  constructor(
    source?: {
      type?: "bytes";
      start?(controller: ReadableStreamDefaultController<Chunk>): unknown;
      pull?(controller: ReadableStreamDefaultController<Chunk>): unknown;
      cancel?(reason?: unknown): unknown;
    },
    strategy?: Strategy<Chunk>,
  );
  static from<Chunk>(chunks: Iterable<Chunk> | AsyncIterable<Chunk>): ReadableStream<Chunk>;
  readonly locked: boolean;
  cancel(reason?: unknown): Promise<void>;
  getReader(): ReadableStreamDefaultReader<Chunk>;
  tee(): [ReadableStream<Chunk>, ReadableStream<Chunk>];
  pipeTo(to: WritableStream<Chunk>, options?: PipeOptions): Promise<void>;
  pipeThrough<Changed>(pair: { readable: ReadableStream<Changed>; writable: WritableStream<Chunk> }, options?: PipeOptions): ReadableStream<Changed>;
  values(options?: { preventCancel?: boolean }): AsyncIterableIterator<Chunk>;
  [Symbol.asyncIterator](options?: { preventCancel?: boolean }): AsyncIterableIterator<Chunk>;
}

type PipeOptions = { preventClose?: boolean; preventAbort?: boolean; preventCancel?: boolean; signal?: AbortSignal };
type Strategy<Chunk> = { highWaterMark?: number; size?(chunk: Chunk): number };

declare class WritableStreamDefaultController {
  private constructor();
  error(reason?: unknown): void;
}

declare class WritableStreamDefaultWriter<Chunk = any> {
  constructor(stream: WritableStream<Chunk>);
  readonly closed: Promise<undefined>;
  readonly ready: Promise<undefined>;
  readonly desiredSize: number | null;
  write(chunk?: Chunk): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

declare class WritableStream<Chunk = any> {
  constructor(
    sink?: {
      start?(controller: WritableStreamDefaultController): unknown;
      write?(chunk: Chunk, controller: WritableStreamDefaultController): unknown;
      close?(): unknown;
      abort?(reason?: unknown): unknown;
    },
    strategy?: Strategy<Chunk>,
  );
  readonly locked: boolean;
  abort(reason?: unknown): Promise<void>;
  close(): Promise<void>;
  getWriter(): WritableStreamDefaultWriter<Chunk>;
}

declare class TransformStreamDefaultController<Chunk = any> {
  private constructor();
  readonly desiredSize: number | null;
  enqueue(chunk?: Chunk): void;
  error(reason?: unknown): void;
  terminate(): void;
}

declare class TransformStream<In = any, Out = any> {
  constructor(
    transformer?: {
      start?(controller: TransformStreamDefaultController<Out>): unknown;
      transform?(chunk: In, controller: TransformStreamDefaultController<Out>): unknown;
      flush?(controller: TransformStreamDefaultController<Out>): unknown;
      cancel?(reason?: unknown): unknown;
    },
    writableStrategy?: Strategy<In>,
    readableStrategy?: Strategy<Out>,
  );
  readonly readable: ReadableStream<Out>;
  readonly writable: WritableStream<In>;
}

declare class CompressionStream extends TransformStream<ArrayBuffer | ArrayBufferView, Uint8Array<ArrayBuffer>> {
  constructor(format: "gzip" | "deflate" | "deflate-raw");
}

declare class DecompressionStream extends TransformStream<ArrayBuffer | ArrayBufferView, Uint8Array<ArrayBuffer>> {
  constructor(format: "gzip" | "deflate" | "deflate-raw");
}

declare class TextDecoderStream extends TransformStream<ArrayBuffer | ArrayBufferView, string> {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: string;
}

declare class TextEncoderStream extends TransformStream<string, Uint8Array<ArrayBuffer>> {
  constructor();
  readonly encoding: "utf-8";
}

declare class CountQueuingStrategy {
  constructor(options: { highWaterMark: number });
  readonly highWaterMark: number;
  readonly size: (chunk: any) => number;
}

declare class ByteLengthQueuingStrategy {
  constructor(options: { highWaterMark: number });
  readonly highWaterMark: number;
  readonly size: (chunk: any) => number;
}

type BodyInit = string | ArrayBuffer | ArrayBufferView | Blob | FormData | URLSearchParams | ReadableStream;

interface Body {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<Blob>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  formData(): Promise<FormData>;
  json(): Promise<any>;
  text(): Promise<string>;
}

/** Of these, only `method`, `headers`, `body`, `redirect` and `signal` change what is sent. */
interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  /** At most 16 MiB together with the address and the headers. */
  body?: BodyInit | null;
  redirect?: "follow" | "manual" | "error";
  /** Rejects with the signal's reason when it is aborted. */
  signal?: AbortSignal | null;
  cache?: string;
  credentials?: string;
  integrity?: string;
  keepalive?: boolean;
  mode?: string;
  referrer?: string;
  referrerPolicy?: string;
}

type HeaderValue = string | { $secret: string } | (string | { $secret: string })[];

interface FetchInit extends Omit<RequestInit, "headers"> {
  /** A value may be a reference to a secret, or parts of which some are: `{ authorization: ["Bearer ", { $secret: "shop/token" }] }`. */
  headers?: HeadersInit | Record<string, HeaderValue> | [string, HeaderValue][];
}

interface Request extends Body {}
declare class Request {
  constructor(input: string | URL | Request, init?: RequestInit);
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: "follow" | "manual" | "error";
  readonly signal: AbortSignal;
  clone(): Request;
}

interface Response extends Body {}
declare class Response {
  constructor(body?: BodyInit | null, init?: { status?: number; statusText?: string; headers?: HeadersInit });
  static error(): Response;
  static json(data: unknown, init?: { status?: number; statusText?: string; headers?: HeadersInit }): Response;
  static redirect(url: string | URL, status?: number): Response;
  readonly type: "basic" | "default" | "error";
  readonly url: string;
  readonly redirected: boolean;
  readonly status: number;
  readonly ok: boolean;
  readonly statusText: string;
  readonly headers: Headers;
  clone(): Response;
}

/** A request, as one journaled call: it is made once, and its answer is kept with the run. */
declare function fetch(input: string | URL | Request, init?: FetchInit): Promise<Response>;

declare namespace Tasker {
  interface Fetch {
    /** The global `fetch`. */
    (input: string | URL | Request, init?: FetchInit): Promise<Response>;
  }
}
