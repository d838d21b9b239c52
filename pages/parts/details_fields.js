// The fields of a record, with a search within them, a copy of all, and a way to what was cut.
import { button, el } from "./dom.js";
import { fieldTree, found } from "./field_tree.js";

/** {root, toggle}: the section, and what opens its search. `feed` loads whole values while the runner has them. */
export function fieldsSection(details, feed) {
  const panel = el("div", "ss-panel");
  const said = el("p", "ss-muted ss-small ss-whole", { role: "status" });
  const load = async () => {
    said.textContent = "Loading…";
    for (const offer of panel.querySelectorAll(".ss-load")) offer.disabled = true;
    try {
      const whole = await feed.whole(details.whole);
      details.fields = whole.fields;
      details.whole = null;
      show();
      said.textContent = whole.cut ? "Loaded from the runner, as far as there is room." : "Loaded whole from the runner.";
      panel.tabIndex = -1;
      panel.focus();
    } catch (error) {
      details.whole = null;
      for (const offer of panel.querySelectorAll(".ss-load")) offer.remove();
      said.textContent = error.message;
    }
  };
  const field = el("input", "ss-input", { type: "search", placeholder: "Find in fields", "aria-label": "Find in fields" });
  const show = () => {
    const text = field.value.trim().toLowerCase();
    const shown = text ? found(details.fields, text) : details.fields;
    if (shown === undefined) panel.replaceChildren(el("span", "ss-muted", { "aria-live": "polite" }, `Nothing here holds “${field.value.trim()}”`));
    else panel.replaceChildren(fieldTree(shown, Boolean(text), details.whole ? load : null));
  };
  field.addEventListener("input", show);
  const search = el("div", "ss-find-in", { hidden: true }, field);
  const toggle = () => {
    search.hidden = !search.hidden;
    if (!search.hidden) return field.focus();
    field.value = "";
    show();
  };
  field.addEventListener("keydown", (event) => event.key === "Escape" && !search.hidden && (event.stopPropagation(), toggle(), finder.focus()));
  const finder = button("Find in fields", toggle, { className: "ss-btn ss-small-btn", icon: "search" });
  show();
  const root = el("div", "", {}, el("h4", "", {}, details.fields_title || "Fields"), search, panel, said);
  return { root, finder };
}
