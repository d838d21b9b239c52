// The draft of a request: as sent, to be edited, and with its changes marked. What is typed is kept as it is typed.
import { button, el, keepKeys } from "./dom.js";
import { keepTyped, saveNow } from "./keep_typed.js";
import { markdown } from "./markdown.js";
import { count } from "./words.js";

const SEND_MS = 700; // of quiet, before the page learns of what was typed
const FOLD_HEIGHT = 190;

const words = (number) => `${count(number)} ${number === 1 ? "word" : "words"}`;

class DraftEditor {
  constructor(root) {
    this.root = root;
    this.view = null;
    this.open = false;
    this.leave = () => this.send();
    addEventListener("pagehide", this.leave);
  }

  update(component) {
    this.component = component;
    const before = this.data;
    this.data = component.data;
    const anew = !before || before.prompt !== this.data.prompt || before.draft !== this.data.draft;
    if (anew) {
      this.text = this.sent = this.data.text;
      this.view = this.data.editable || this.data.text !== this.data.draft ? null : "sent";
    }
    if (anew || this.view !== "edit") this.draw();
    else this.drawBar();
  }

  get edited() {
    return this.text !== this.data.draft;
  }

  // Opens on what matters: the changes, if there are any.
  get shown() {
    return this.view ?? (this.edited ? "changes" : "sent");
  }

  draw() {
    this.bar = el("div", "ss-draft-bar");
    this.paper = el("div", "ss-draft-paper");
    const box = el("section", "ss-own ss-draft", { "aria-label": this.data.name }, this.bar, this.paper);
    box.dataset.page = this.data.page;
    this.drawBar();
    this.drawPaper();
    this.root.replaceChildren(box);
    this.fold();
  }

  drawBar() {
    const { editable, added, removed, text } = this.data;
    const looks = [["changes", "Changes"], ...(editable ? [["edit", "Edit"]] : []), ["sent", "As sent"]];
    const known = text === this.text;
    const parts = [];
    if (editable || this.edited) {
      const buttons = looks.map(([id, label]) => button(label, () => this.look(id), { className: "ss-seg-button", pressed: String(this.shown === id) }));
      parts.push(el("div", "ss-seg", { role: "group", "aria-label": "How the draft is shown" }, ...buttons));
    }
    const told = el("span", "ss-draft-count", { role: "status" });
    if (this.edited && known) {
      if (added) told.append(el("span", "ss-added", {}, `+ ${words(added)}`));
      if (removed) told.append(el("span", "ss-removed", {}, `− ${words(removed)}`));
      if (!added && !removed) told.append(el("span", "ss-muted", {}, "only blanks or signs changed"));
    }
    parts.push(told);
    if (editable && this.edited) parts.push(button("Undo all edits", () => this.undo(), { className: "ss-link" }));
    this.saved = el("span", "ss-muted ss-small", { role: "status" }, this.savedWords ?? "");
    parts.push(this.saved);
    const had = this.bar.contains(document.activeElement) ? document.activeElement.textContent : null;
    this.bar.replaceChildren(...parts);
    this.bar.hidden = !parts.some((part) => part.textContent);
    if (had) [...this.bar.querySelectorAll("button")].find((one) => one.textContent === had)?.focus();
  }

  drawPaper() {
    if (this.shown === "edit") {
      this.paper.replaceChildren(this.field());
      return;
    }
    if (this.shown === "changes") this.paper.replaceChildren(this.changes());
    else this.paper.replaceChildren(this.data.tree ? markdown(this.data.tree) : el("div", "ss-text ss-draft-text", {}, this.data.draft));
  }

  changes() {
    if (!this.edited) return el("p", "ss-muted", {}, this.data.editable ? "Nothing is changed yet. Edit the draft, and what you change is marked here." : "Nothing was changed.");
    if (this.data.text !== this.text) return el("p", "ss-muted", { role: "status" }, "Comparing with the draft …");
    const tags = { added: "ins", removed: "del", kept: "span" };
    return el("div", "ss-text ss-draft-text", {}, ...this.data.changes.map(([how, text]) => el(tags[how], "", {}, text)));
  }

  field() {
    const area = el("textarea", "ss-draft-area", { "aria-label": this.data.name, spellcheck: "true" });
    area.value = this.text;
    area.addEventListener("input", () => {
      this.text = area.value;
      this.keep();
      this.grow(area);
    });
    area.addEventListener("blur", () => this.send());
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.send();
    });
    keepKeys(area);
    requestAnimationFrame(() => this.grow(area));
    return area;
  }

  grow(area) {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  // On Trace the timeline must stay in sight.
  fold() {
    if (this.data.page !== "trace" || this.shown === "edit" || this.open || this.paper.scrollHeight <= FOLD_HEIGHT + 60) return;
    this.paper.classList.add("ss-folded-draft");
    const length = this.data.draft.split(/\s+/).filter(Boolean).length;
    const more = button(`Show the whole draft (${words(length)})`, () => {
      this.open = true;
      this.paper.classList.remove("ss-folded-draft");
      more.remove();
    }, { className: "ss-link" });
    this.paper.after(more);
  }

  look(id) {
    if (this.view === "edit") this.send();
    this.view = id;
    this.draw();
    if (id === "edit") this.paper.querySelector("textarea").focus();
    else [...this.bar.querySelectorAll("button")].find((one) => one.getAttribute("aria-pressed") === "true")?.focus();
  }

  undo() {
    this.text = this.data.draft;
    this.view = "edit";
    saveNow(this.data.prompt, { draft: this.text });
    this.send();
    this.draw();
    this.paper.querySelector("textarea").focus();
  }

  keep() {
    keepTyped(this.data.prompt, { draft: this.text }, (kept) => {
      this.savedWords = kept ? "Your edits are kept; nothing is sent yet." : "Your edits can’t be kept just now.";
      if (this.saved) this.saved.textContent = this.savedWords;
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), SEND_MS);
  }

  send() {
    clearTimeout(this.timer);
    if (!this.data || this.sent === this.text) return;
    this.sent = this.text;
    this.component.setStateValue("text", this.text);
  }

  close() {
    clearTimeout(this.timer);
    removeEventListener("pagehide", this.leave);
    this.root.replaceChildren();
  }
}

export const make = (root) => new DraftEditor(root);
