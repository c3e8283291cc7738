// A run that somebody looks at: what it did so far, and then what happens in it.

import { ask, asProblem, request, type Inspection, type JournalEntry, type LogEntry, type Page, type Problem, type Run, type StackEntry } from "./api";
import { going, settled, type Row } from "./calls";
import { comparePaths, merge } from "./path";
import { events } from "./stream";

/** Entries of a page; fewer where they are large. */
const PAGE = 200;
const SMALL_PAGE = 20;
const LARGE_CHARS = 2_000_000;
/** So many characters are read unasked. */
const UNASKED_CHARS = 60_000_000;
/** Rows come into view together. */
const FLUSH_MS = 200;
const AGAIN_MS = 2_000;
const SOON_MS = 300;

const ENDED = ["completed", "failed", "cancelled"];

export class Watch {
  run = $state.raw<Run>();
  problem = $state.raw<Problem>();
  /** Settled calls, in the order of their paths. */
  rows = $state.raw<Row[]>([]);
  /** How far the journal is read. */
  journal = $state<"reading" | "whole" | "more">("reading");
  logs = $state.raw<LogEntry[]>([]);
  logsRead = $state(false);
  stack = $state.raw<StackEntry[]>([]);
  inspection = $state.raw<Inspection>();
  /** Since when nothing comes from the app, though something should. */
  lostAt = $state(0);

  #stop = new AbortController();
  #cursor: string | undefined;
  #chars = 0;
  #calls = 0;
  #fresh: Row[] = [];
  #freshLogs: LogEntry[] = [];
  #flushing = false;
  #looking = false;

  constructor(readonly id: string) {}

  get ended() {
    return !!this.run && ENDED.includes(this.run.status);
  }

  /** Calls that go on. */
  get going(): Row[] {
    const rows = this.stack.map(going).filter((row) => row !== undefined);
    return rows.sort((one, other) => comparePaths(one.path, other.path));
  }

  start(): () => void {
    void this.#watch();
    return () => this.#stop.abort();
  }

  async #watch() {
    while (!this.#over) {
      try {
        await this.refresh();
        const history = Promise.all([this.more(UNASKED_CHARS), this.#readLogs()]);
        await Promise.all([history, this.look()]);
        await this.#follow();
        return;
      } catch (error) {
        if (this.#over) return;
        this.problem = asProblem(error);
        if (!this.problem.passing) return;
        await this.#pause(AGAIN_MS);
      }
    }
  }

  get #over() {
    return this.#stop.signal.aborted;
  }

  /** Asks how the run is. */
  async refresh() {
    this.run = await ask<Run>("/runs/{}", [this.id], { signal: this.#stop.signal });
    this.problem = undefined;
    if (this.ended) this.stack = [];
  }

  /** Looks at what is alive of it. */
  async look() {
    if (this.ended) return;
    const call = { signal: this.#stop.signal };
    const stack = await ask<Page<StackEntry>>("/runs/{}/stack", [this.id], call);
    if (!this.ended) this.stack = stack.items;
    this.inspection = await ask<Inspection>("/runs/{}/inspect", [this.id], call).catch(() => undefined);
  }

  #lookSoon() {
    if (this.#looking) return;
    this.#looking = true;
    setTimeout(async () => {
      this.#looking = false;
      if (!this.#over) await Promise.all([this.refresh(), this.look()]).catch(() => undefined);
    }, SOON_MS);
  }

  /** Reads on in the journal, about so many characters. */
  async more(chars: number) {
    const until = this.#chars + chars;
    let limit = PAGE;
    if (this.journal === "whole") return;
    this.journal = "reading";
    while (this.#chars < until) {
      const cursor = this.#cursor;
      const response = await request("/runs/{}/journal", [this.id], { query: { limit, cursor }, signal: this.#stop.signal });
      const text = await response.text();
      const page = JSON.parse(text) as Page<JournalEntry>;
      for (const entry of page.items) this.#add(settled(entry, { cursor, limit }));
      this.#calls += page.items.length;
      this.#chars += text.length;
      limit = text.length > LARGE_CHARS ? SMALL_PAGE : PAGE;
      if (!page.nextCursor) {
        this.#flush();
        this.journal = "whole";
        return;
      }
      this.#cursor = page.nextCursor;
    }
    this.#flush();
    this.journal = "more";
  }

  async #readLogs() {
    for (let cursor = this.logs.at(-1)?.seq ?? 0, chars = 0; chars < UNASKED_CHARS; ) {
      const response = await request("/runs/{}/logs", [this.id], { query: { limit: PAGE, cursor }, signal: this.#stop.signal });
      const text = await response.text();
      const page = JSON.parse(text) as Page<LogEntry>;
      const last = page.items.at(-1);
      if (last) cursor = last.seq;
      chars += text.length;
      this.#freshLogs.push(...page.items);
      this.#flushSoon();
      if (page.items.length < PAGE) break;
    }
    this.#flush();
    this.logsRead = true;
  }

  async #follow() {
    let seen = `${this.#calls}-${this.logs.at(-1)?.seq ?? 0}-`;
    while (!this.#over && !this.ended) {
      try {
        // While not all of the journal is read, what is new would leave a gap.
        const query = { calls: String(this.journal === "whole") };
        const response = await request("/runs/{}/events", [this.id], { headers: { "last-event-id": seen }, query, signal: this.#stop.signal });
        this.lostAt = 0;
        if (response.status === 204) await this.refresh();
        for await (const { id, event, data } of events(response)) {
          seen = id;
          this.#happened(event, JSON.parse(data));
        }
        await this.#pause(SOON_MS);
      } catch (error) {
        if (this.#over) return;
        const problem = asProblem(error);
        if (problem.status > 0 && !problem.passing) throw problem;
        this.lostAt ||= Date.now();
        await this.#pause(AGAIN_MS);
      }
    }
  }

  #happened(event: string, data: unknown) {
    if (event === "call") {
      this.#add(settled(data as JournalEntry));
      this.#lookSoon();
    } else if (event === "log") {
      this.#freshLogs.push(data as LogEntry);
      this.#flushSoon();
    } else if (event === "end") {
      this.#flush();
      this.run = data as Run;
      this.stack = [];
    } else if (event === "progress") {
      if (this.run) this.run = { ...this.run, progress: data as Run["progress"] };
    } else if (event === "tags") {
      if (this.run) this.run = { ...this.run, tags: (data as { tags: string[] }).tags };
    } else {
      this.#lookSoon();
    }
  }

  #add(row: Row) {
    this.#fresh.push(row);
    this.#flushSoon();
  }

  #flushSoon() {
    if (this.#flushing) return;
    this.#flushing = true;
    setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush() {
    this.#flushing = false;
    if (this.#fresh.length) {
      const fresh = this.#fresh.sort((one, other) => comparePaths(one.path, other.path));
      this.rows = merge(this.rows, fresh);
      this.#fresh = [];
    }
    if (this.#freshLogs.length) {
      this.logs = this.logs.concat(this.#freshLogs);
      this.#freshLogs = [];
    }
  }

  #pause(ms: number) {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#stop.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}
