// Types of everything that a task finds in its VM. jsconfig.json beside this file makes editors use them: nothing is imported.
//
// A task says in its JSDoc which of them its parameters have:
//
//     /**
//      * @param {object} input
//      * @param {Tasker.Context} context
//      */
//     module.exports = async function execute(input, context) { … };
//
// `export default` functions get the same two; `runTask(input, tools, context)` has the tools in between.

declare namespace Tasker {
  /** What crosses between a task, its callers and services. Dates become ISO strings; functions, symbols and BigInts cannot cross. */
  type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

  /** The second argument of a task. */
  interface Context {
    /** The services and other tasks; the same as the global `tools`. */
    readonly tools: Tools;
    /** Writes to the run's logs; the same as the global `console`. */
    readonly console: Console;
    /** Other tasks and shared modules. */
    readonly tasks: Pick<Tasks, "execute"> & Modules;
    /** Which run this is. */
    readonly run: Run;
    /** Writes a line to the run's logs, at level `info`. */
    log(...values: unknown[]): void;
    /** The same services, whose calls have these options on top of those given before. */
    with(options: CallOptions): Tools;
  }

  /** Which run, and which task of it, is speaking. */
  interface Run {
    /** The id of the run, as in `GET /runs/{id}`. */
    readonly id: string;
    /** The name of the task that is running. */
    readonly task: string;
    /** The frame: the root task and every nested task have one each. */
    readonly frame: string;
  }

  /** What may be said about a call. */
  interface CallOptions {
    /** How it is tried again when it fails. Not for nested tasks. */
    retry?: {
      /** How often it is tried in all: 1 to 100. */
      attempts?: number;
      /** The first pause, in milliseconds. */
      initialMs?: number;
      /** The factor from one pause to the next: 1 to 100. */
      factor?: number;
      /** The longest pause, in milliseconds. */
      maxMs?: number;
      /** Whether a pause is cut by chance, to between half and all of it. */
      jitter?: boolean;
      /** After which errors: codes, HTTP statuses, `retryable` for those that the service says may pass, `unknown` for those after which the upstream may have done it, `any`. */
      on?: (string | number)[];
    };
    /** The call fails with `call_timeout` if it has not settled by then, all its attempts included. */
    timeoutMs?: number;
    /** What the service sees as the call's idempotency key, where it takes one. Not for nested tasks. */
    idempotencyKey?: string;
  }

  /** The services. A call is a journaled step: it is made once, and its outcome is kept with the run. */
  interface Tools {
    readonly tasks: Tasks;
    readonly runs: Runs;
    /**
     * Tags the run, so that it is found by any of its tags: at most 20, each of 1 to 100 letters, digits and `-_.:/@=`. Gives all
     * that it has.
     */
    tag(...names: string[]): Promise<string[]>;
    /**
     * Says how far the run is: any JSON of at most 4 KiB, which `GET /runs/{id}` shows as `progress` and followers are told. The
     * newest value counts. It is no call, and costs nothing until the task waits for something.
     */
    progress(value: unknown): void;
    /**
     * Sleeps until a moment, for up to five years: milliseconds or a time span ("1d12h") from now on, a Date, or its ISO text.
     * The task costs nothing meanwhile.
     */
    sleep(when: number | string | Date): Promise<null>;
    /**
     * Waits for an event of this name: `POST /events`, `tasker event`. An event that was sent before counts too, once.
     * After `timeout` (as in `sleep`) a `TimeoutError` with the code `event_timeout` is thrown.
     */
    waitForEvent<Data = any>(
      name: string,
      options?: {
        timeout?: number | string | Date;
        /** What the data must have at which place: `{ "order.id": 7 }`. Names may have dots, too. */
        match?: { [path: string]: unknown };
      },
    ): Promise<{ id: string; name: string; data: Data; sentAt: number }>;
    /** An address that sends this event to this run, once, for whoever has it; its page asks first. A week if `expires` says nothing else. */
    eventUrl(
      name: string,
      options?: {
        expires?: number | string | Date;
        /** What the event says, at most 1,000 bytes; shown on the page. */
        data?: unknown;
        /** The page's heading, at most 200 bytes; else the event's name. */
        title?: string;
        /** What is asked, at most 1,000 bytes; lines are kept. */
        text?: string;
        /** What the button says, at most 80 bytes. */
        label?: string;
      },
    ): Promise<string>;
    readonly gapi: Gapi;
    readonly keystore: Keystore;
    readonly openai: OpenAI.Client;
    readonly supabase: Supabase.Client;
    readonly websearch: WebSearch;
    readonly fetch: Fetch;
    /** Writes a line to the run's logs, at level `info`. */
    log(...values: unknown[]): void;
    /** Any other service: `tools.<service>.<any>.<path>(...args)`. */
    readonly [service: string]: any;
  }

  interface Tasks {
    /**
     * Runs another task and waits for its result. The caller sleeps in the database meanwhile.
     * An error of the task is thrown here, with its name, message, code and stack.
     */
    execute<Result = any>(name: string, input?: unknown): Promise<Result>;
    /** Starts a run of its own, which goes on whatever becomes of this one, and gives its id. */
    start(name: string, input?: unknown, options?: StartOptions): Promise<string>;
  }

  /** What is said about a run of its own, as in `POST /tasks`. */
  interface StartOptions {
    /** In how many milliseconds it is to begin. */
    delayMs?: number;
    /** When it is to begin, instead: ISO text. */
    runAt?: string;
    /** It is stopped if it has not ended this many milliseconds after it was to begin. */
    timeoutMs?: number;
    /** -100 to 100: runs of a greater one begin first. */
    priority?: number;
    /** How it is begun again should it fail. */
    retry?: { attempts?: number; initialMs?: number; factor?: number; maxMs?: number };
    /** With which runs it shares the limit of its task's `@concurrency`. */
    concurrencyKey?: string;
    /** Words by which it is found. */
    tags?: string[];
  }

  /** The runs that this one has started by `tools.tasks.start`. */
  interface Runs {
    /** The run as it is now, as in `GET /runs/{id}`. */
    get<Result = any>(id: string): Promise<StartedRun<Result>>;
    /** Waits for its end, and gives its result or throws its error as a nested task does. The caller sleeps meanwhile. */
    wait<Result = any>(id: string): Promise<Result>;
    /** Cancels it; whether it ends cancelled. */
    cancel(id: string, options?: { reason?: string }): Promise<boolean>;
    /** Sends an event to it alone; also to the run that has started this one. */
    signal(id: string, event: string, data?: unknown): Promise<{ id: string; name: string }>;
  }

  /** A run as it is now. */
  interface StartedRun<Result = any> {
    taskRunId: string;
    taskName: string;
    status: "queued" | "processing" | "suspended" | "paused" | "completed" | "failed" | "cancelled";
    result: Result | null;
    error: { name: string; message: string; code?: string; stack?: string } | null;
    [member: string]: any;
  }

  interface Modules {
    /** Loads a module that was packed with the task when it was published. The path is relative to this file. */
    require<Module = any>(path: string): Promise<Module>;
  }

  /**
   * Google's APIs: `tools.gapi.<api>.<resource…>.<method>(params, options)`, as in Google's documents and the official client for
   * Node.js. The answer is what that client has in `data`.
   */
  interface Gapi {
    /** Gets a token for these scopes, or finds the shared one: whether the credentials work. The token itself is never told. */
    authenticate(
      scopes?: string | string[] | { scopes?: string | string[]; subject?: string },
      options?: { subject?: string },
    ): Promise<{ success: true; tokenType: "Bearer"; scopes: string[]; subject: string | null; expiresAt: string | null }>;
    /** Gives back what it was given, without asking Google. */
    echo<Value = any>(value?: Value): Promise<{ success: true; echo: Value; time: string }>;
    /** The account: `admin.directory.customers.get`. */
    customer(customerKey?: string, options?: GapiOptions): Promise<any>;
    /** A user: `admin.directory.users.get`; without an address the subject of the setting `google_subject`. */
    info(userKey?: string, options?: GapiOptions): Promise<any>;

    readonly admin: {
      readonly directory: {
        readonly customers: { get: GapiMethod<{ customerKey: string }>; readonly [method: string]: GapiPath };
        readonly domains: { list: GapiMethod<{ customer: string }>; readonly [method: string]: GapiPath };
        readonly groups: { list: GapiMethod<{ customer?: string; domain?: string; userKey?: string }>; readonly [method: string]: GapiPath };
        readonly users: {
          get: GapiMethod<{ userKey: string }>;
          list: GapiMethod<{ customer?: string; domain?: string; query?: string; maxResults?: number; orderBy?: string }>;
          readonly [method: string]: GapiPath;
        };
        readonly [resource: string]: GapiPath;
      };
      readonly [resource: string]: GapiPath;
    };
    readonly calendar: {
      readonly events: {
        insert: GapiMethod<{ calendarId: string; requestBody: object }>;
        list: GapiMethod<{ calendarId: string; timeMin?: string | Date; timeMax?: string | Date; q?: string; singleEvents?: boolean }>;
        readonly [method: string]: GapiPath;
      };
      readonly [resource: string]: GapiPath;
    };
    readonly docs: GapiPath;
    readonly drive: {
      readonly files: {
        create: GapiMethod<{ requestBody?: object; media?: GapiMedia }>;
        get: GapiMethod<{ fileId: string; alt?: "json" | "media" }>;
        list: GapiMethod<{ q?: string; pageSize?: number; orderBy?: string }>;
        readonly [method: string]: GapiPath;
      };
      readonly [resource: string]: GapiPath;
    };
    readonly gmail: {
      readonly users: {
        readonly messages: {
          get: GapiMethod<{ userId: string; id: string; format?: string; metadataHeaders?: string[] }>;
          list: GapiMethod<{ userId: string; q?: string; maxResults?: number; labelIds?: string[]; includeSpamTrash?: boolean }>;
          send: GapiMethod<{ userId: string; requestBody?: object; media?: GapiMedia }>;
          readonly [method: string]: GapiPath;
        };
        readonly [resource: string]: GapiPath;
      };
      readonly [resource: string]: GapiPath;
    };
    readonly people: GapiPath;
    readonly sheets: GapiPath;
    readonly tasks: GapiPath;
    /** Any other of Google's APIs, by its name in Google's directory; `drive_v2` for another version than the preferred one. */
    readonly [api: string]: GapiPath;
  }

  /** A method. Path and query parameters by name, the body as `requestBody`, an upload as `media`. */
  type GapiMethod<Params = {}> = <Result = any>(
    params?: Params & { fields?: string; pageToken?: string; quotaUser?: string; [name: string]: unknown },
    options?: GapiOptions,
  ) => Promise<Result>;

  /** A resource or a method of which no more is declared here. */
  type GapiPath = any;

  /** What is uploaded: text, or bytes in base64. */
  type GapiMedia = { mimeType?: string; body: string } | { mimeType?: string; base64: string };

  /** How a call is made. */
  interface GapiOptions {
    /** The user on whose behalf a service account acts; else the setting `google_subject`. */
    subject?: string;
    /** What the token must allow; else the setting `google_scopes`, else what the method needs. */
    scopes?: string | string[];
    /** The version of the API. */
    version?: string;
    /** Further headers. */
    headers?: Record<string, string | SecretReference>;
    /** Query parameters that Google's document does not list. */
    params?: Record<string, string | number | boolean>;
    /** Bytes come as `{ contentType, base64 }`, or with `"base64"` as a base64 string. */
    responseType?: "json" | "text" | "base64";
  }

  /**
   * Stands for a secret of the keystore, `namespace/key`, in the arguments of a service: in a body or a header. The secret is put in as
   * the request is sent, for the hosts alone that it was stored for; the task never sees it.
   */
  interface SecretReference {
    readonly $secret: string;
  }

  /** Values by namespace and key, encrypted in the database: docs/services/keystore.md. */
  interface Keystore {
    /** The value of a key, or `null` if there is none. A secret cannot be read. */
    get<Value = any>(namespace: string, key: string): Promise<Value | null>;
    /** Stores any JSON value of up to 256 KiB; as a secret, it is shown to nobody any more. */
    set(namespace: string, key: string, value: unknown, options?: { secret?: boolean; hosts?: string[] }): Promise<{ created: boolean }>;
    /** The keys of a namespace, in order. Values are never listed. */
    list(namespace: string): Promise<string[]>;
    /** Removes a key; `false` if there was none. */
    delete(namespace: string, key: string): Promise<boolean>;
    /** Adds to a number, which begins at 0, and gives the sum. However many do so at once, each counts, and once. */
    increment(namespace: string, key: string, by?: number): Promise<number>;
    /** Stores a value if the present one is the expected one; tells whether it did. `null` is expected of a key without a value. */
    compareAndSet(namespace: string, key: string, expected: unknown, value: unknown): Promise<boolean>;
    /** Stores a value if the key has none; tells whether it did. */
    setIfAbsent(namespace: string, key: string, value: unknown, options?: { secret?: boolean; hosts?: string[] }): Promise<boolean>;
  }

  /** OpenAI's API, called as with version 6 of the package `openai`. What is not typed here exists as well: docs/services/openai.md. */
  namespace OpenAI {
    interface Client {
      readonly chat: {
        readonly completions: {
          /** With `stream: true` the stream is gathered into the same object. */
          create(body: ChatRequest, options?: Options): Promise<ChatCompletion>;
          /** With `parsed` beside each content, where `response_format` is a JSON schema. */
          parse(body: ChatRequest, options?: Options): Promise<ChatCompletion>;
          stream(body: ChatRequest, options?: Options): Promise<ChatCompletion>;
          retrieve(id: string, options?: Options): Promise<ChatCompletion>;
          update(id: string, body: { metadata: Record<string, string> | null }, options?: Options): Promise<ChatCompletion>;
          list(query?: ListQuery, options?: Options): Promise<Page<ChatCompletion>>;
          delete(id: string, options?: Options): Promise<Deleted>;
          readonly messages: { list(id: string, query?: ListQuery, options?: Options): Promise<Page<any>> };
        };
      };
      readonly responses: {
        create(body: ResponseRequest, options?: Options): Promise<Response>;
        parse(body: ResponseRequest, options?: Options): Promise<Response>;
        stream(body: ResponseRequest, options?: Options): Promise<Response>;
        retrieve(id: string, query?: object, options?: Options): Promise<Response>;
        cancel(id: string, options?: Options): Promise<Response>;
        delete(id: string, options?: Options): Promise<any>;
        readonly inputItems: { list(id: string, query?: ListQuery, options?: Options): Promise<Page<any>> };
        readonly [resource: string]: any;
      };
      readonly embeddings: {
        create(
          body: { model: string; input: string | string[] | number[] | number[][]; dimensions?: number; encoding_format?: "float" | "base64"; user?: string },
          options?: Options,
        ): Promise<{ object: "list"; model: string; data: { object: "embedding"; index: number; embedding: number[] }[]; usage: any }>;
      };
      readonly models: {
        list(options?: Options): Promise<{ object: "list"; data: Model[] }>;
        retrieve(model: string, options?: Options): Promise<Model>;
        delete(model: string, options?: Options): Promise<Deleted>;
      };
      readonly moderations: { create(body: { input: any; model?: string }, options?: Options): Promise<any> };
      readonly images: {
        generate(body: { prompt: string; [name: string]: any }, options?: Options): Promise<any>;
        edit(body: { image: File | File[]; prompt: string; [name: string]: any }, options?: Options): Promise<any>;
        createVariation(body: { image: File; [name: string]: any }, options?: Options): Promise<any>;
      };
      readonly files: {
        create(body: { file: File; purpose: string; expires_after?: object }, options?: Options): Promise<any>;
        retrieve(id: string, options?: Options): Promise<any>;
        list(query?: ListQuery & { purpose?: string }, options?: Options): Promise<Page<any>>;
        delete(id: string, options?: Options): Promise<Deleted>;
        content(id: string, options?: Options): Promise<Content>;
      };
      /** Any path, relative to the base URL. */
      get<Answer = any>(path: string, options?: Options): Promise<Answer>;
      delete<Answer = any>(path: string, options?: Options): Promise<Answer>;
      post<Answer = any>(path: string, options?: PathOptions): Promise<Answer>;
      put<Answer = any>(path: string, options?: PathOptions): Promise<Answer>;
      patch<Answer = any>(path: string, options?: PathOptions): Promise<Answer>;
      /** `audio`, `batches`, `conversations`, `fineTuning`, `uploads`, `vectorStores`, … */
      readonly [resource: string]: any;
    }

    /** What can be said about one call. */
    interface Options {
      headers?: Record<string, string | number | boolean | SecretReference | null>;
      query?: Record<string, any>;
      /** Milliseconds. */
      timeout?: number;
      idempotencyKey?: string;
    }
    interface PathOptions extends Options {
      body?: any;
      /** Sent as multipart form data. */
      form?: Record<string, any>;
    }
    /** A file in an argument. */
    type File = { name?: string; type?: string } & ({ content: string } | { base64: string });
    /** A file that a method gives. */
    type Content = { type: string; size: number; text?: string; base64?: string };
    interface ListQuery {
      limit?: number;
      /** The id after which the page begins. */
      after?: string;
      order?: "asc" | "desc";
      [name: string]: any;
    }
    interface Page<Item> {
      data: Item[];
      has_more: boolean;
      [name: string]: any;
    }
    interface Deleted {
      id: string;
      deleted: boolean;
      [name: string]: any;
    }
    interface Model {
      id: string;
      object: "model";
      [name: string]: any;
    }
    interface ChatRequest {
      model: string;
      messages: { role: string; content?: any; [name: string]: any }[];
      stream?: boolean;
      [name: string]: any;
    }
    interface ChatCompletion {
      id: string;
      model: string;
      created: number;
      choices: {
        index: number;
        finish_reason: string;
        message: { role: "assistant"; content: string | null; refusal: string | null; tool_calls?: any[]; parsed?: any; [name: string]: any };
        [name: string]: any;
      }[];
      usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number; [name: string]: any };
      [name: string]: any;
    }
    interface ResponseRequest {
      model?: string;
      input?: any;
      instructions?: string;
      stream?: boolean;
      [name: string]: any;
    }
    interface Response {
      id: string;
      status: string;
      output: any[];
      /** All texts of the output's messages. */
      output_text: string;
      usage?: any;
      [name: string]: any;
    }
  }

  /** Search engines, instant answers, and web pages: docs/services/websearch.md. */
  interface WebSearch {
    search(
      query: string,
      options?: {
        /** 1 to 50. */
        limit?: number;
        /** A number from 1, or the `nextPage` of an earlier answer. */
        page?: number | string;
        /** A country and a language, such as `us-en`. */
        region?: string;
        time?: "day" | "week" | "month" | "year";
        safeSearch?: "strict" | "moderate" | "off" | boolean;
        engine?: "duckduckgo" | "brave" | "searxng";
      },
    ): Promise<{ query: string; engine: string; results: { title: string; url: string; snippet: string }[]; nextPage?: number | string }>;
    /** DuckDuckGo's instant answer. */
    instant(query: string): Promise<{
      query: string;
      type?: string;
      heading?: string;
      answer?: string;
      abstract?: string;
      source?: string;
      url?: string;
      definition?: string;
      image?: string;
      redirect?: string;
      related: { text: string; url: string; group?: string }[];
      results: { text: string; url: string }[];
      [name: string]: any;
    }>;
    /** A page of the public web as readable text. */
    fetch(
      url: string,
      options?: {
        /** 4 MiB at most; 1 MiB if nothing is said. */
        maxBytes?: number;
        format?: "text" | "markdown" | "html";
        /** All of the page, and not its article alone. */
        whole?: boolean;
      },
    ): Promise<{
      url: string;
      status: number;
      contentType: string;
      title?: string;
      description?: string;
      language?: string;
      format: "text" | "markdown" | "html";
      text: string;
      truncated: boolean;
    }>;
  }

  /** Requests over HTTP, to the hosts of the setting `fetch_hosts`: docs/services/fetch.md. */
  interface Fetch {
    /** Makes a request. Every status is an answer. */
    request(init: {
      /** Absolute. */
      url: string;
      /** `GET` if nothing is said. */
      method?: string;
      /** A value may be a list of parts, which are put together: `["authorization", ["Bearer ", { $secret: "shop/token" }]]`. */
      headers?: [name: string, value: string | SecretReference | (string | SecretReference)[]][];
      body?: null | { text: string | SecretReference } | { base64: string } | { json: unknown };
      /** What is done about a redirect: `follow` if nothing is said. */
      redirect?: "follow" | "manual" | "error";
    }): Promise<{
      /** Where the last redirect led. */
      url: string;
      status: number;
      statusText: string;
      redirected: boolean;
      /** Names in small letters; `set-cookie` may stand several times. */
      headers: [name: string, value: string][];
      /** A text if it is UTF-8. */
      body: null | { text: string } | { base64: string };
    }>;
  }

  /**
   * Supabase, as `@supabase/supabase-js` 2 has it. A chain that begins with `from`, `rpc` or `schema` is one
   * call, made when it is awaited; the methods of `storage`, `auth.admin` and `functions` are one call each.
   * Every answer has to be awaited, that of `getPublicUrl` too.
   */
  namespace Supabase {
    interface Client extends Schema {
      readonly storage: Storage;
      readonly auth: { readonly admin: Admin };
      readonly functions: Functions;
    }

    interface Schema {
      /** A table or view. */
      from<Row = any>(table: string): Table<Row>;
      /** Calls a function of the database. */
      rpc<Result = any>(name: string, args?: object, options?: { head?: boolean; get?: boolean; count?: Count }): Query<Result>;
      /** The same for another schema than `public`. */
      schema(name: string): Schema;
    }

    type Count = "exact" | "planned" | "estimated";

    /** What a query gives. An error of the database is a value, unless the chain has `throwOnError()`. */
    interface Answer<Data> {
      success: boolean;
      data: Data | null;
      error: { message: string; code?: string; details?: string | null; hint?: string | null } | null;
      count: number | null;
      status: number;
      statusText: string;
    }

    interface Table<Row> {
      select<Result = Row[]>(columns?: string, options?: { head?: boolean; count?: Count }): Query<Result>;
      insert(values: Partial<Row> | Partial<Row>[], options?: { count?: Count; defaultToNull?: boolean }): Query<null>;
      upsert(values: Partial<Row> | Partial<Row>[], options?: { onConflict?: string; ignoreDuplicates?: boolean; count?: Count; defaultToNull?: boolean }): Query<null>;
      update(values: Partial<Row>, options?: { count?: Count }): Query<null>;
      delete(options?: { count?: Count }): Query<null>;
    }

    interface OfTable {
      referencedTable?: string;
      /** @deprecated The older name of `referencedTable`. */
      foreignTable?: string;
    }

    /** A query: each method changes it and gives it back; each `await` of it makes the request. */
    interface Query<Data> extends PromiseLike<Answer<Data>> {
      eq(column: string, value: unknown): this;
      neq(column: string, value: unknown): this;
      gt(column: string, value: unknown): this;
      gte(column: string, value: unknown): this;
      lt(column: string, value: unknown): this;
      lte(column: string, value: unknown): this;
      like(column: string, pattern: string): this;
      likeAllOf(column: string, patterns: string[]): this;
      likeAnyOf(column: string, patterns: string[]): this;
      ilike(column: string, pattern: string): this;
      ilikeAllOf(column: string, patterns: string[]): this;
      ilikeAnyOf(column: string, patterns: string[]): this;
      regexMatch(column: string, pattern: string): this;
      regexIMatch(column: string, pattern: string): this;
      is(column: string, value: boolean | null): this;
      isDistinct(column: string, value: unknown): this;
      in(column: string, values: readonly unknown[]): this;
      notIn(column: string, values: readonly unknown[]): this;
      contains(column: string, value: string | readonly unknown[] | object): this;
      containedBy(column: string, value: string | readonly unknown[] | object): this;
      rangeGt(column: string, range: string): this;
      rangeGte(column: string, range: string): this;
      rangeLt(column: string, range: string): this;
      rangeLte(column: string, range: string): this;
      rangeAdjacent(column: string, range: string): this;
      overlaps(column: string, value: string | readonly unknown[]): this;
      textSearch(column: string, query: string, options?: { config?: string; type?: "plain" | "phrase" | "websearch" }): this;
      match(query: Record<string, unknown>): this;
      not(column: string, operator: string, value: unknown): this;
      or(filters: string, options?: OfTable): this;
      filter(column: string, operator: string, value: unknown): this;

      /** After `insert`, `upsert`, `update`, `delete`: gives the rows too. */
      select<Result = any[]>(columns?: string): Query<Result>;
      order(column: string, options?: { ascending?: boolean; nullsFirst?: boolean } & OfTable): this;
      limit(rows: number, options?: OfTable): this;
      /** Rows `from` to `to`, both included, counted from 0. */
      range(from: number, to: number, options?: OfTable): this;
      /** The one row; an error if there is not exactly one. */
      single<Result = any>(): Query<Result>;
      /** The one row, or `null`; an error if there are more. */
      maybeSingle<Result = any>(): Query<Result>;
      csv(): Query<string>;
      geojson(): Query<Record<string, unknown>>;
      explain(options?: { analyze?: boolean; verbose?: boolean; settings?: boolean; buffers?: boolean; wal?: boolean; format?: "json" | "text" }): Query<any>;
      rollback(): this;
      maxAffected(rows: number): this;
      stripNulls(): this;
      setHeader(name: string, value: string | SecretReference): this;
      /** `false`: an answer such as 503 is given instead of the request being made again. */
      retry(enabled: boolean): this;
      returns<Result>(): Query<Result>;
      overrideTypes<Result>(): Query<Result>;
      throwOnError(): this;
    }

    /** What storage, users and functions give. */
    type Result<Data> = Promise<{ data: Data | null; error: any | null }>;

    /** A file: text, an object that is sent as JSON, or bytes. */
    type FileBody = string | { base64: string; contentType?: string } | object;
    /** A downloaded file: `text` if its type is one of text, else `base64`. */
    interface Downloaded {
      text?: string;
      base64?: string;
      size: number;
      type: string;
    }

    interface Storage {
      from(bucket: string): Bucket;
      listBuckets(options?: { limit?: number; offset?: number; search?: string; sortColumn?: string; sortOrder?: "asc" | "desc" }): Result<any[]>;
      getBucket(id: string): Result<any>;
      createBucket(id: string, options?: { public: boolean; fileSizeLimit?: number | string | null; allowedMimeTypes?: string[] | null }): Result<{ name: string }>;
      updateBucket(id: string, options: { public: boolean; fileSizeLimit?: number | string | null; allowedMimeTypes?: string[] | null }): Result<{ message: string }>;
      emptyBucket(id: string): Result<{ message: string }>;
      deleteBucket(id: string): Result<{ message: string }>;
      purgeBucketCache(id: string, options?: { transformations?: boolean }): Result<{ message: string }>;
      setHeader(name: string, value: string | SecretReference): Storage;
      throwOnError(): Storage;
    }

    interface UploadOptions {
      cacheControl?: string;
      contentType?: string;
      upsert?: boolean;
      metadata?: object;
      headers?: Record<string, string>;
    }

    interface UrlOptions {
      download?: string | boolean;
      transform?: { width?: number; height?: number; resize?: "cover" | "contain" | "fill"; quality?: number; format?: "origin" };
      cacheNonce?: string;
    }

    interface Bucket {
      upload(path: string, body: FileBody, options?: UploadOptions): Result<{ id: string; path: string; fullPath: string }>;
      update(path: string, body: FileBody, options?: UploadOptions): Result<{ id: string; path: string; fullPath: string }>;
      uploadToSignedUrl(path: string, token: string, body: FileBody, options?: UploadOptions): Result<{ path: string; fullPath: string }>;
      createSignedUploadUrl(path: string, options?: { upsert: boolean }): Result<{ signedUrl: string; token: string; path: string }>;
      download(path: string, options?: Omit<UrlOptions, "download">): Result<Downloaded>;
      list(folder?: string, options?: { limit?: number; offset?: number; search?: string; sortBy?: { column?: string; order?: string } }): Result<any[]>;
      listV2(options?: object): Result<any>;
      move(from: string, to: string, options?: { destinationBucket?: string }): Result<{ message: string }>;
      copy(from: string, to: string, options?: { destinationBucket?: string }): Result<{ path: string }>;
      remove(paths: string[]): Result<any[]>;
      createSignedUrl(path: string, expiresIn: number, options?: UrlOptions): Result<{ signedUrl: string }>;
      createSignedUrls(paths: string[], expiresIn: number, options?: Omit<UrlOptions, "transform">): Result<{ error: string | null; path: string | null; signedUrl: string | null }[]>;
      /** No request is made, but it has to be awaited. */
      getPublicUrl(path: string, options?: UrlOptions): Promise<{ data: { publicUrl: string } }>;
      info(path: string): Result<any>;
      exists(path: string): Result<boolean>;
      purgeCache(path: string, options?: { transformations?: boolean }): Result<{ message: string }>;
      setHeader(name: string, value: string | SecretReference): Bucket;
      throwOnError(): Bucket;
    }

    interface Admin {
      createUser(attributes: object): Result<{ user: any }>;
      listUsers(page?: { page?: number; perPage?: number }): Result<{ users: any[]; aud?: string; nextPage?: number | null; lastPage?: number; total?: number }>;
      getUserById(id: string): Result<{ user: any }>;
      updateUserById(id: string, attributes: object): Result<{ user: any }>;
      deleteUser(id: string, shouldSoftDelete?: boolean): Result<{ user: any }>;
      inviteUserByEmail(email: string, options?: { data?: object; redirectTo?: string }): Result<{ user: any }>;
      generateLink(params: { type: string; email: string; password?: string; newEmail?: string; options?: { data?: object; redirectTo?: string } }): Result<{ properties: any; user: any }>;
      /** Ends the sessions of the user whose access token this is. */
      signOut(jwt: string, scope?: "global" | "local" | "others"): Result<null>;
      readonly mfa: {
        listFactors(params: { userId: string }): Result<{ factors: any[] }>;
        deleteFactor(params: { userId: string; id: string }): Result<any>;
      };
    }

    interface Functions {
      invoke<Data = any>(name: string, options?: { body?: FileBody; headers?: Record<string, string | SecretReference>; method?: "POST" | "GET" | "PUT" | "PATCH" | "DELETE"; region?: string }): Result<Data>;
    }
  }

  /** Writes to the run's logs, as Node writes to the terminal. Of a long log the first and the newest lines are kept. */
  interface Console {
    /** A first string may have `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O` and `%c` for the values that follow. */
    log(...values: unknown[]): void;
    info(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
    debug(...values: unknown[]): void;
    /** With the place that calls it. */
    trace(...values: unknown[]): void;
    dir(value: unknown, options?: { depth?: number | null; showHidden?: boolean; maxArrayLength?: number | null; breakLength?: number; compact?: boolean | number; sorted?: boolean }): void;
    dirxml(...values: unknown[]): void;
    table(rows: unknown, columns?: string[]): void;
    /** Writes a line unless the condition holds. */
    assert(condition?: unknown, ...values: unknown[]): void;
    group(...values: unknown[]): void;
    groupCollapsed(...values: unknown[]): void;
    groupEnd(): void;
    count(label?: string): void;
    countReset(label?: string): void;
    /** By the task's clock, which stands still while it computes. */
    time(label?: string): void;
    timeLog(label?: string, ...values: unknown[]): void;
    timeEnd(label?: string): void;
    clear(): void;
  }

  /** What an error of a call carries besides name, message and stack. */
  interface CallError extends Error {
    /** A stable code, such as `task_not_found`. */
    code?: string;
    /** The HTTP status of the service's answer, if it was one. */
    status?: number;
    /** What the upstream said, cut to 4 KiB. */
    body?: any;
    /** How often the call was tried, if more than once. */
    attempts?: number;
  }
}

/** A whole number, as the input schema knows it. */
type integer = number;

declare const tools: Tasker.Tools;
declare const console: Tasker.Console;

/** A call by service, method path and arguments: the same as `tools.<service>.<method path>(...args)`. */
declare function __callHostTool__<Result = any>(service: string, method: string[], args: unknown[]): Promise<Result>;

/** CommonJS: what a module or task gives to others. */
declare const module: { exports: any };
declare let exports: any;

/** CommonJS: loads a module that was packed with the task. The path is relative to this file. */
declare function require(path: string): any;

/** CommonJS: the path of this file among the files that were packed with the task, and its folder. */
declare const __filename: string;
declare const __dirname: string;

/** `globalThis`, as in Node. */
declare const global: typeof globalThis;

/** The same clock as `Date`, in milliseconds: it stands still while a task computes and moves when a call settles. */
declare const performance: { now(): number };

/** Timers, durable as everything is: the delay may be months. One that is out when the task returns is dropped. */
declare function setTimeout<Args extends unknown[]>(callback: (...args: Args) => void, delay?: number | string, ...args: Args): Timeout;
declare function setInterval<Args extends unknown[]>(callback: (...args: Args) => void, delay?: number | string, ...args: Args): Timeout;
declare function setImmediate<Args extends unknown[]>(callback: (...args: Args) => void, ...args: Args): Timeout;
declare function clearImmediate(timer: Timeout | undefined): void;
declare function clearTimeout(timer?: Timeout | number | string): void;
declare function clearInterval(timer?: Timeout | number | string): void;

/** What sets a timer gives. `unref` changes nothing: no timer keeps a task from returning. */
interface Timeout {
  ref(): this;
  unref(): this;
  hasRef(): boolean;
  /** Sets it anew, for as long as it was set at first. */
  refresh(): this;
  close(): this;
  [Symbol.toPrimitive](): number;
}

declare function queueMicrotask(callback: () => void): void;

/** From base64 to a string with a character per byte, and back. */
declare function atob(base64: string): string;
declare function btoa(bytes: string): string;
