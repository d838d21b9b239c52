// Keeps the number of waiting requests right in the navigation and in the tab's title, without a rerun.
import { live } from "./live.js";
import { notify } from "./notifying.js";
import "./sign_in.js"; // here, since this part is on every page
import "./single_click.js"; // likewise
import { tabTitle } from "./tab_title.js";

// Parts that are likely to be shown next. One that can't be had now, since the server has just gone, is had when shown.
const fetchParts = (names) => names.forEach((name) => import(`./${name}.js`).catch(() => null));

// This part is on every page and loads first: what the pages with a graph need next is loaded beside it.
if (/\/(workflow|trace)$/.test(location.pathname)) fetchParts(["graph", "timeline", "head", "details"]);

class ReviewCount {
  constructor(root) {
    this.root = root;
    this.paint = () => this.show();
    live.addEventListener("reviews", this.paint);
    this.tell = () => this.notify();
    live.addEventListener("reviews", this.tell);
    // Streamlit writes the labels again whenever it reruns.
    this.watcher = new MutationObserver(this.paint);
  }

  update(component) {
    this.component = component;
    this.data = component.data;
    this.asked = null;
    const header = document.querySelector('[data-testid="stHeader"]');
    if (header) this.watcher.observe(header, { subtree: true, childList: true, characterData: true });
    this.show();
  }

  show() {
    if (!this.data) return;
    this.themeDialogs();
    const number = live.reviews ?? this.data.count;
    const links = document.querySelectorAll('a[data-testid="stTopNavLink"],a[data-testid="stSidebarNavLink"]');
    for (const link of links) if (new URL(link.href).pathname.endsWith("/review")) this.label(link, number);
    tabTitle.count(number);
    if (this.data.rerun && live.reviews !== null && number !== this.data.count && this.asked !== number) {
      this.asked = number;
      this.component.setTriggerValue("count", number);
    }
  }

  notify() {
    const before = this.told ?? this.data?.count ?? live.reviews;
    this.told = live.reviews;
    if (live.reviews > before) notify(live.reviews);
  }

  // Dialogs stand beside the app in the document: light-dark() follows the app's theme only if the document says it.
  themeDialogs() {
    const app = document.querySelector(".stApp");
    const scheme = app && getComputedStyle(app).colorScheme;
    const { style } = document.documentElement;
    if (scheme && style.colorScheme !== scheme) style.colorScheme = scheme;
  }

  label(link, number) {
    const walker = document.createTreeWalker(link, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode;
      const words = `Review (${number})`;
      if (/^Review( \(\d+\))?$/.test(text.data) && text.data !== words) text.data = words;
    }
  }

  close() {
    this.watcher.disconnect();
    live.removeEventListener("reviews", this.paint);
    live.removeEventListener("reviews", this.tell);
  }
}

// A Trace, or the list of them, is often opened next: have their scripts before the click.
const warm = () => fetchParts(["head", "graph", "timeline", "details", "run_list", "run_filters", "run_table"]);
if ("requestIdleCallback" in window) requestIdleCallback(warm, { timeout: 2000 });
else setTimeout(warm, 500);

export const make = (root) => new ReviewCount(root);
