// The title of the tab: how many requests wait, then what the run that is shown does, then what Streamlit calls the page.
// Streamlit writes its own title again whenever it reruns, and tells nobody: the document's head is watched.
const SIGNS = { starting: "▶", running: "▶", waiting: "⏸", done: "✓", failed: "✕", cancelled: "⊘", interrupted: "↯" };
const OURS = new RegExp(`^(?:\\(\\d+\\) )?(?:[${Object.values(SIGNS).join("")}] [^·]*· )?`);

class TabTitle {
  constructor() {
    this.reviews = 0;
    this.of = null;
    this.watcher = new MutationObserver(() => this.write());
    this.watcher.observe(document.head, { subtree: true, childList: true, characterData: true });
  }

  /** So many requests wait for a person. */
  count(reviews) {
    this.reviews = reviews;
    this.write();
  }

  /** The page shows this workflow's run, which is in this status; `words` says it where that is not plain. */
  say(workflow, status, words) {
    this.of = { workflow, prefix: `${SIGNS[status] ?? "▶"} ${words || "Running"} · ` };
    this.write();
  }

  /** The page shows no run any more. */
  rest() {
    this.of = null;
    this.write();
  }

  write() {
    const bare = document.title.replace(OURS, "");
    // A page that is being left has its run still, and another title already.
    const run = this.of && bare.startsWith(this.of.workflow) ? this.of.prefix : "";
    const title = `${this.reviews ? `(${this.reviews}) ` : ""}${run}${bare}`;
    if (document.title !== title) document.title = title;
  }
}

export const tabTitle = new TabTitle();
