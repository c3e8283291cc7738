/** What tasks have of the web platform, for editors. docs/globals.md says what is not there. */

declare class Event {
  constructor(type: string, options?: { bubbles?: boolean; cancelable?: boolean; composed?: boolean });
  readonly type: string;
  readonly target: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  readonly cancelable: boolean;
  readonly defaultPrevented: boolean;
  readonly timeStamp: number;
  preventDefault(): void;
  stopPropagation(): void;
  stopImmediatePropagation(): void;
}

declare class CustomEvent<Detail = any> extends Event {
  constructor(type: string, options?: { cancelable?: boolean; detail?: Detail });
  readonly detail: Detail;
}

type EventListener = ((event: any) => void) | { handleEvent(event: any): void };

declare class EventTarget {
  addEventListener(
    type: string, listener: EventListener | null, options?: boolean | { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal },
  ): void;
  removeEventListener(type: string, listener: EventListener | null, options?: boolean | { capture?: boolean }): void;
  dispatchEvent(event: Event): boolean;
}

declare class AbortSignal extends EventTarget {
  private constructor();
  static abort(reason?: unknown): AbortSignal;
  static timeout(milliseconds: number): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: Event) => void) | null;
  throwIfAborted(): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare class DOMException extends Error {
  constructor(message?: string, name?: string);
  readonly code: number;
}

declare class URLSearchParams implements Iterable<[string, string]> {
  constructor(init?: string | Iterable<[string, string]> | string[][] | Record<string, unknown>);
  readonly size: number;
  append(name: string, value: unknown): void;
  delete(name: string, value?: unknown): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: unknown): boolean;
  set(name: string, value: unknown): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}

declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  href: string;
  readonly origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toString(): string;
  toJSON(): string;
}

declare class TextEncoder {
  readonly encoding: "utf-8";
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

declare function structuredClone<Value>(value: Value, options?: { transfer?: ArrayBuffer[] }): Value;

type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";
type Bytes = ArrayBuffer | ArrayBufferView;
type Hash = HashName | { name: HashName };
type Hmac = { name: "HMAC"; hash: Hash };
type JsonKey = { kty?: string; k?: string; alg?: string; ext?: boolean; key_ops?: string[] };
type AesName = "AES-GCM" | "AES-CBC" | "AES-CTR";
type Aes =
  | { name: "AES-GCM"; iv: Bytes; additionalData?: Bytes; tagLength?: 128 }
  | { name: "AES-CBC"; iv: Bytes }
  | { name: "AES-CTR"; counter: Bytes; length: 32 | 64 | 128 };
type Derivation = { name: "PBKDF2"; hash: Hash; salt: Bytes; iterations: number } | { name: "HKDF"; hash: Hash; salt: Bytes; info: Bytes };
type KeyUsage = "sign" | "verify" | "encrypt" | "decrypt" | "wrapKey" | "unwrapKey" | "deriveKey" | "deriveBits";
type NewKey = (Hmac & { length?: number }) | { name: AesName; length: 128 | 192 | 256 };
type ImportedKey = Hmac | AesName | { name: AesName } | "PBKDF2" | "HKDF" | { name: "PBKDF2" | "HKDF" };

declare class CryptoKey {
  private constructor();
  readonly type: "secret";
  readonly extractable: boolean;
  readonly algorithm: { name: string; hash?: { name: HashName }; length?: number };
  readonly usages: KeyUsage[];
}

declare class SubtleCrypto {
  private constructor();
  digest(algorithm: Hash, data: Bytes): Promise<ArrayBuffer>;
  importKey(format: "raw", data: Bytes, algorithm: ImportedKey, extractable: boolean, usages: KeyUsage[]): Promise<CryptoKey>;
  importKey(format: "jwk", data: JsonKey, algorithm: ImportedKey, extractable: boolean, usages: KeyUsage[]): Promise<CryptoKey>;
  exportKey(format: "raw", key: CryptoKey): Promise<ArrayBuffer>;
  exportKey(format: "jwk", key: CryptoKey): Promise<JsonKey>;
  generateKey(algorithm: NewKey, extractable: boolean, usages: KeyUsage[]): Promise<CryptoKey>;
  sign(algorithm: "HMAC" | { name: "HMAC" }, key: CryptoKey, data: Bytes): Promise<ArrayBuffer>;
  verify(algorithm: "HMAC" | { name: "HMAC" }, key: CryptoKey, signature: Bytes, data: Bytes): Promise<boolean>;
  encrypt(algorithm: Aes, key: CryptoKey, data: Bytes): Promise<ArrayBuffer>;
  decrypt(algorithm: Aes, key: CryptoKey, data: Bytes): Promise<ArrayBuffer>;
  deriveBits(algorithm: Derivation, key: CryptoKey, length: number): Promise<ArrayBuffer>;
  deriveKey(algorithm: Derivation, key: CryptoKey, to: NewKey, extractable: boolean, usages: KeyUsage[]): Promise<CryptoKey>;
  wrapKey(format: "raw" | "jwk", key: CryptoKey, by: CryptoKey, algorithm: Aes): Promise<ArrayBuffer>;
  unwrapKey(
    format: "raw" | "jwk", wrapped: Bytes, by: CryptoKey, algorithm: Aes, to: ImportedKey, extractable: boolean, usages: KeyUsage[],
  ): Promise<CryptoKey>;
}

/** Random values are those of the run: the same when it is replayed, and no secret to who knows its id. */
declare const crypto: {
  readonly subtle: SubtleCrypto;
  getRandomValues<Values extends ArrayBufferView>(array: Values): Values;
  randomUUID(): string;
};

declare const process: {
  readonly env: Record<string, string | undefined>;
  readonly argv: string[];
  nextTick(callback: (...args: any[]) => void, ...args: unknown[]): void;
};
