// The one WebSocket of a tab. Components watch a run through it and share what is selected.
// Rows are merged by seq, so a reconnect neither loses nor doubles any; what was left out is fetched over HTTP.
import { RunFeed } from "./run_feed.js";

const BACKOFF_MS = [300, 600, 1200, 2000];
const TAIL = 100;

class Live extends EventTarget {
  constructor() {
    super();
    this.feeds = new Map();
    this.sources = new Map();
    this.reviews = null;
    this.store = { sentence: "", rest: "" };
    this.offlineSince = null;
    this.retryAt = null;
    this.attempt = 0;
    this.base = new URL("stepscope/", document.baseURI);
    document.addEventListener("visibilitychange", () => this.onVisibility());
    window.addEventListener("online", () => this.connect());
    this.connect();
  }

  connect() {
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.timer);
    const url = new URL("live", this.base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.onopen = () => this.onOpen();
    socket.onmessage = (event) => this.onMessage(JSON.parse(event.data));
    socket.onclose = () => this.socket === socket && this.onClose();
  }

  onOpen() {
    this.attempt = 0;
    this.offlineSince = this.retryAt = null;
    for (const feed of this.feeds.values()) this.watch(feed);
    for (const file of this.sources.keys()) this.send({ op: "watch_source", file });
    this.tell("connection");
  }

  onClose() {
    this.offlineSince ??= Date.now() / 1000;
    const wait = BACKOFF_MS[Math.min(this.attempt, BACKOFF_MS.length - 1)] * (0.8 + 0.4 * Math.random());
    this.attempt += 1;
    this.retryAt = (Date.now() + wait) / 1000;
    this.timer = setTimeout(() => this.connect(), wait);
    this.tell("connection");
  }

  onMessage(message) {
    if (message.op === "reviews") {
      this.reviews = message.count;
      this.tell("reviews");
      return;
    }
    if (message.op === "store") {
      this.store = message;
      this.tell("store");
      return;
    }
    if (message.op === "runs") {
      this.dispatchEvent(new CustomEvent("runs", { detail: message.stamp }));
      return;
    }
    if (message.op === "source") {
      const known = this.sources.get(message.file);
      if (known) known.version = message.version;
      this.tell("source");
      return;
    }
    this.feeds.get(message.run)?.take(message);
  }

  // A hidden tab costs nothing but what its title says: the count of reviews and a change of the run's status; what passed by comes with the next watch.
  onVisibility() {
    if (!document.hidden) this.connect();
    for (const feed of this.feeds.values()) {
      if (document.hidden) this.rest(feed);
      else this.watch(feed);
    }
  }

  // From here on only a change of the status is told.
  rest(feed) {
    this.send({ op: "unwatch", run: feed.run, title: true });
  }

  watch(feed) {
    this.send({ op: "watch", run: feed.run, tail: TAIL });
    if (document.hidden) this.rest(feed);
  }

  /** From now on `sources` holds the version of this file, and "source" is told when it changes; once for each user. */
  watchSource(file) {
    const known = this.sources.get(file) ?? { version: null, users: 0 };
    known.users += 1;
    this.sources.set(file, known);
    if (known.users === 1) this.send({ op: "watch_source", file });
  }

  unwatchSource(file) {
    const known = this.sources.get(file);
    if (!known || (known.users -= 1) > 0) return;
    this.sources.delete(file);
    this.send({ op: "unwatch_source", file });
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  tell(what) {
    this.dispatchEvent(new Event(what));
  }

  /** The feed of a run; call `release` once for each call of this. */
  open(run) {
    let feed = this.feeds.get(run);
    if (!feed) {
      feed = new RunFeed(run, this.base);
      this.feeds.set(run, feed);
      this.watch(feed);
    }
    feed.users += 1;
    return feed;
  }

  release(feed) {
    feed.users -= 1;
    // Streamlit unmounts and mounts within one rerun: wait a moment before letting a run go.
    setTimeout(() => {
      if (feed.users > 0 || this.feeds.get(feed.run) !== feed) return;
      this.feeds.delete(feed.run);
      this.send({ op: "unwatch", run: feed.run });
    }, 1000);
  }
}

export const live = new Live();
