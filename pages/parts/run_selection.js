// Which runs are selected: some by id, or all that the filters find but a few.
export class RunSelection {
  constructor() {
    this.clear();
  }

  clear() {
    this.all = false;
    this.ids = new Set();
    this.last = null;
  }

  /** With `all`, `ids` are those left out. */
  has(run) {
    return this.all !== this.ids.has(run);
  }

  set(run, on) {
    if (on === this.all) this.ids.delete(run);
    else this.ids.add(run);
  }

  selectAll() {
    this.all = true;
    this.ids = new Set();
  }

  count(matching) {
    return this.all ? Math.max(0, (matching ?? 0) - this.ids.size) : this.ids.size;
  }

  /** What the server needs to know which runs are meant. */
  meaning(filters) {
    return this.all ? { query: filters, except: [...this.ids] } : { ids: [...this.ids] };
  }
}
