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
    readonly tasks: Tasks & Modules;
    /** Which run this is. */
    readonly run: Run;
    /** Writes a line to the run's logs, at level `info`. */
    log(...values: unknown[]): void;
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

  /** The services. A call is a journaled step: it is made once, and its outcome is kept with the run. */
  interface Tools {
    readonly tasks: Tasks;
    readonly keystore: Keystore;
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
  }

  interface Modules {
    /** Loads a module that was packed with the task when it was published. The path is relative to this file. */
    require<Module = any>(path: string): Promise<Module>;
  }

  /** Values by namespace and key, encrypted in the database. */
  interface Keystore {
    /** The value of a key, or `null` if there is none. */
    get<Value = any>(namespace: string, key: string): Promise<Value | null>;
    /** Stores any JSON value. */
    set(namespace: string, key: string, value: unknown): Promise<{ created: boolean }>;
    /** The keys of a namespace, in order. Values are never listed. */
    list(namespace: string): Promise<string[]>;
    /** Removes a key; `false` if there was none. */
    delete(namespace: string, key: string): Promise<boolean>;
  }

  /** Writes to the run's logs. */
  interface Console {
    log(...values: unknown[]): void;
    info(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
    debug(...values: unknown[]): void;
  }

  /** What an error of a call carries besides name, message and stack. */
  interface CallError extends Error {
    /** A stable code, such as `task_not_found`. */
    code?: string;
    /** The HTTP status of the service's answer, if it was one. */
    status?: number;
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

/** The same clock as `Date`, in milliseconds: it stands still while a task computes and moves when a call settles. */
declare const performance: { now(): number };

declare function queueMicrotask(callback: () => void): void;

/** From base64 to a string with a character per byte, and back. */
declare function atob(base64: string): string;
declare function btoa(bytes: string): string;
