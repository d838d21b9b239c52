// The filter line: text or an expression, and below it step, event type and kind. What it leaves out, all looks leave out.
import { button, el } from "./dom.js";
import { filterOf } from "./trace_address.js";
import { count } from "./words.js";

const REST_MS = 150;
const KINDS = { step: "Steps", event: "Events", person: "People", store: "Store", log: "Logs", llm: "LLM calls", tool: "Tool calls", call: "Other calls", child: "Child runs", run: "The run", error: "Errors" };
const NAMES = [["step", "steps", "All steps", "Step"], ["event", "events", "All event types", "Event type"], ["kind", "kinds", "All kinds", "Kind"]];

export class TimelineFilter {
  constructor(timeline) {
    this.timeline = timeline;
    this.refusal = el("p", "ss-filter-refusal", { role: "alert", id: `${timeline.id}-refusal` });
    this.refusal.hidden = true;
    this.field = el("input", "ss-input", { type: "search", placeholder: "Filter: text", "aria-label": "Filter by text", "aria-describedby": this.refusal.id, autocomplete: "off", spellcheck: "false", maxlength: 500 });
    this.expression = button(".*", () => this.switchExpression(), { className: "ss-expression", title: "Regular expression", pressed: "false" });
    this.expression.setAttribute("aria-label", "Regular expression");
    this.opener = button("", () => this.open(this.choices.hidden), { className: "ss-icon ss-more-filters", title: "Filter by step, event type or kind", icon: "filter_list", pressed: "false" });
    this.opener.setAttribute("aria-expanded", "false");
    const box = el("span", "ss-filter-field", {}, this.field, el("kbd", "", { "aria-hidden": "true" }, "/"), this.expression);
    this.element = el("span", "ss-timeline-filter", { role: "search", "aria-label": "Filter records" }, box, this.opener);
    this.selects = new Map(NAMES.map(([name, , , label]) => [name, el("select", "ss-input ss-select", { "aria-label": label, onchange: () => this.apply() })]));
    this.clear = button("Clear filter", () => timeline.setFilter(null), { className: "ss-link" });
    this.choices = el("div", "ss-filter-choices", {}, ...this.selects.values(), this.clear);
    this.choices.hidden = true;
    this.notes = el("div", "ss-filter-notes", {}, this.refusal, this.choices);
    this.field.addEventListener("input", () => this.soon());
    this.field.addEventListener("keydown", (event) => this.onKey(event));
  }

  soon() {
    clearTimeout(this.timer);
    this.asked = null; // an answer to what stood there before must not overwrite what is being typed
    this.timer = setTimeout(() => this.apply(), REST_MS);
  }

  async apply() {
    clearTimeout(this.timer);
    const chosen = Object.fromEntries([...this.selects].map(([name, select]) => [name, select.value]));
    const wanted = filterOf({ q: this.field.value.trim(), regex: this.expression.getAttribute("aria-pressed") === "true", ...chosen });
    this.asked = wanted;
    // A wrong expression changes nothing but what is said beside the field.
    if (wanted?.regex) {
      try {
        await this.timeline.feed.get(`matches?${new URLSearchParams({ q: wanted.q, regex: "1", try: "1" })}`);
      } catch (error) {
        if (this.asked === wanted) this.refuse(error.message);
        return;
      }
      if (this.asked !== wanted) return;
    }
    this.refuse("");
    this.timeline.setFilter(wanted);
  }

  /** Say why a filter can't be used, with what was typed; "" takes it back. */
  refuse(sentence, q = this.field.value) {
    this.field.value = q;
    this.refusal.textContent = sentence;
    this.refusal.hidden = !sentence;
    this.field.setAttribute("aria-invalid", String(Boolean(sentence)));
  }

  switchExpression() {
    this.expression.setAttribute("aria-pressed", String(this.expression.getAttribute("aria-pressed") !== "true"));
    if (this.field.value.trim()) this.apply();
    else this.field.focus();
  }

  /** The filter was changed, here or from outside. */
  update() {
    const filter = this.timeline.filter;
    this.refuse("");
    if ((filter?.q ?? "") !== this.field.value.trim()) this.field.value = filter?.q ?? "";
    if (filter?.q) this.expression.setAttribute("aria-pressed", String(filter.regex));
    for (const [name] of NAMES) this.choose(name, filter?.[name] ?? "");
    if (filter?.step || filter?.event || filter?.kind) this.open(true);
    this.clear.hidden = !filter;
    this.opener.classList.toggle("ss-on", Boolean(filter?.step || filter?.event || filter?.kind));
  }

  choose(name, value) {
    const select = this.selects.get(name);
    if (value && ![...select.options].some((option) => option.value === value)) select.append(new Option(KINDS[value] ?? value, value));
    if (!select.options.length) select.append(new Option(NAMES.find(([one]) => one === name)[2], ""));
    select.value = value;
    select.classList.toggle("ss-chosen", Boolean(value));
  }

  /** Show or hide what can be chosen. */
  open(on) {
    this.choices.hidden = !on;
    this.opener.setAttribute("aria-pressed", String(on));
    this.opener.setAttribute("aria-expanded", String(on));
    if (on) this.load();
  }

  async load() {
    const { feed } = this.timeline;
    if (this.loadedAt === feed.upto || !feed) return;
    this.loadedAt = feed.upto;
    try {
      const found = await feed.get("choices");
      for (const [name, many, all] of NAMES) {
        const select = this.selects.get(name);
        const kept = select.value;
        const options = found[many].map(([value, number]) => new Option(`${name === "kind" ? KINDS[value] ?? value : value} (${count(number)})`, value));
        select.replaceChildren(new Option(all, ""), ...options);
        this.choose(name, kept);
        select.hidden = !found[many].length && !kept;
      }
    } catch {
      this.loadedAt = null; // the notice above the page says that the server is gone; opened again it is tried again
    }
  }

  focus() {
    this.field.focus();
    this.field.select();
  }

  onKey(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      if (!this.field.value) return this.timeline.look?.focus?.();
      this.field.value = "";
      this.apply();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.apply();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.timeline.look?.focus?.();
    }
  }

  close() {
    clearTimeout(this.timer);
  }
}
