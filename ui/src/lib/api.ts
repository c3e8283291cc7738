// The API of the app, by the session of this browser.

import type { components } from "./openapi";
import { session } from "./session.svelte";

type Schemas = components["schemas"];
export type Run = Schemas["Run"];
export type RunSummary = Schemas["RunSummary"];
export type RunStatus = Run["status"];
export type TaskError = Schemas["TaskError"];
export type JournalEntry = Schemas["JournalEntry"];
export type LogEntry = Schemas["LogEntry"];
export type StackEntry = Schemas["StackEntry"];
export type Inspection = Schemas["Inspection"];
export type Task = Schemas["Task"];
export type TaskSummary = Schemas["TaskSummary"];
export type Schedule = Schemas["Schedule"];
export type Diagnosis = Schemas["Diagnosis"];
export type Check = Schemas["Check"];
export type ChangedRuns = Schemas["ChangedRuns"];
export type ApiKey = Schemas["ApiKey"];

export const STATUSES: RunStatus[] = ["queued", "processing", "suspended", "paused", "completed", "failed", "cancelled"];

export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

const ROOT = "/ui/api";

/** Why a call did not do what it should. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: { path: string; message: string }[] = [],
  ) {
    super(detail);
  }

  /** Whether the app was not reached, or could not answer now: asking again may help. */
  get passing() {
    return this.status === 0 || this.status >= 502;
  }
}

export interface Call {
  method?: string;
  body?: unknown;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The address of a call, `{}` in the path standing for a value. */
export function address(path: string, values: string[] = [], query: Call["query"] = {}): string {
  let at = 0;
  const filled = path.replaceAll("{}", () => encodeURIComponent(values[at++] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return ROOT + filled + (text ? `?${text}` : "");
}

/** Makes a call; throws a `Problem`. */
export async function request(path: string, values: string[] = [], call: Call = {}): Promise<Response> {
  const headers: Record<string, string> = { "tasker-dashboard": "1", ...call.headers };
  if (call.body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(address(path, values, call.query), {
      method: call.method ?? "GET",
      headers,
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      signal: call.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (call.signal?.aborted) throw error;
    throw new Problem(0, "unreachable", "The app cannot be reached", "Nothing answers at this address just now.");
  }
  if (response.ok) return response;
  throw await problem(response);
}

async function problem(response: Response): Promise<Problem> {
  const said = await response.json().catch(() => ({}));
  const title = text(said.title) || "The app answered with an error";
  const found = new Problem(response.status, text(said.code), title, text(said.detail) || `HTTP status ${response.status}`, said.errors ?? []);
  if (found.status === 401) session.end();
  return found;
}

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** Makes a call and reads its answer. */
export async function ask<T>(path: string, values: string[] = [], call: Call = {}): Promise<T> {
  const response = await request(path, values, call);
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

/** A call that changes something. */
export const post = <T>(path: string, values: string[] = [], body?: unknown) => ask<T>(path, values, { method: "POST", body });

export const asProblem = (error: unknown) =>
  error instanceof Problem ? error : new Problem(-1, "", "The page has a fault", error instanceof Error ? error.message : String(error));
