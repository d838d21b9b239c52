// What a tab knows of one run: its newest rows, its summary, the state of its graph, and what is selected.
import { readAddress } from "./trace_address.js";

const WINDOW = 100;
const KEPT_ROWS = 6000;

export class RunFeed extends EventTarget {
  constructor(run, base) {
    super();
    this.run = run;
    this.base = base;
    this.users = 0;
    this.rows = new Map();
    this.fetching = new Set();
    this.upto = 0;
    this.summary = null;
    this.graph = null;
    this.gone = false;
    this.ready = false;
    this.aheadS = 0;
    // A link may name a record: it is selected before anything else can be.
    const { record } = readAddress(run);
    this.selection = record ? { seq: record, nodes: [] } : null;
  }

  /** The server's clock, so that a browser with a wrong one shows right ages. */
  now() {
    return Date.now() / 1000 + this.aheadS;
  }

  take(message) {
    if (message.op === "gone") {
      this.gone = true;
      return this.tell("change");
    }
    if (message.op === "status") {
      this.summary = { ...this.summary, status: message.status, status_text: message.status_text };
      return this.tell("change");
    }
    this.ready = true;
    this.gone = false;
    this.upto = Math.max(this.upto, message.upto);
    this.keep(message.rows ?? []);
    if (message.summary) {
      this.summary = message.summary;
      this.aheadS = message.summary.now - Date.now() / 1000;
    }
    if (message.graph) this.graph = message.graph;
    this.tell("change");
  }

  keep(rows) {
    for (const row of rows) {
      this.rows.set(row.seq, row);
      if (row.seq === this.selection?.seq && !this.selection.nodes.length && row.nodes?.length) {
        this.selection = { seq: row.seq, nodes: row.nodes };
        this.tell("select");
      }
    }
    // Bounded memory: a run of a million records keeps the windows that were looked at last.
    if (this.rows.size > KEPT_ROWS) {
      const surplus = this.rows.size - KEPT_ROWS;
      let dropped = 0;
      for (const seq of this.rows.keys()) {
        if (dropped++ >= surplus) break;
        this.rows.delete(seq);
      }
    }
  }

  /** Fetch what is missing between two seqs, in windows that are each asked for once at a time. */
  need(from, to) {
    // A row may stand for many records: the others of a span have none of their own.
    const spans = this.summary?.spans ?? [];
    for (let window = Math.floor((from - 1) / WINDOW); window <= Math.floor((to - 1) / WINDOW); window += 1) {
      const first = Math.max(from, window * WINDOW + 1);
      const last = Math.min(to, (window + 1) * WINDOW);
      const around = spans.find(([start, end]) => start < first && end >= (window + 1) * WINDOW);
      if (around) {
        window = Math.floor(around[1] / WINDOW) - 1;
        continue;
      }
      const stood = (seq) => spans.some(([start, end]) => start < seq && seq <= end);
      let complete = true;
      for (let seq = first; seq <= last && complete; seq += 1) complete = this.rows.has(seq) || stood(seq);
      if (!complete && !this.fetching.has(window)) this.fetchWindow(window);
    }
  }

  async fetchWindow(window) {
    this.fetching.add(window);
    try {
      const answer = await this.get(`rows?from=${window * WINDOW + 1}&to=${(window + 1) * WINDOW}`);
      this.keep(answer.rows);
      this.tell("change");
    } catch {
      // The next paint asks again; the notice above says why nothing comes.
    } finally {
      // A window that could not be fetched, or that was asked for again meanwhile, is looked at once more.
      setTimeout(() => {
        this.fetching.delete(window);
        this.tell("change");
      }, 300);
    }
  }

  details(seq) {
    return this.get(`records/${seq}`);
  }

  /** All of an event's fields, from the runner, though its record was cut. */
  whole(key) {
    return this.get(`events/${encodeURIComponent(key)}`);
  }

  async get(path) {
    const url = new URL(`api/runs/${encodeURIComponent(this.run)}/${path}`, this.base);
    const response = await fetch(url, { cache: "no-store" });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.error ?? "The server did not answer.");
    return answer;
  }

  /** Choose a record or a node; all components of the page mark the same. */
  select(chosen) {
    const row = chosen?.seq ? this.rows.get(chosen.seq) : null;
    const seq = chosen?.seq ?? (chosen?.node ? this.lastOf(chosen.node) : null);
    const nodes = chosen?.node ? [chosen.node] : (row?.nodes ?? chosen?.nodes ?? []);
    this.selection = chosen ? { seq, nodes } : null;
    this.tell("select");
  }

  /** The newest known record that speaks of a node; 0 if none is known. */
  lastOf(node) {
    let found = 0;
    for (const row of this.rows.values()) if (row.seq > found && row.nodes?.includes(node)) found = row.seq;
    return found;
  }

  tell(what) {
    this.dispatchEvent(new Event(what));
  }
}
