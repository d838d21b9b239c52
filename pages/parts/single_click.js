// The second click of a double click does nothing where a click can't be taken back: it would start a second run, or
// answer the request that has taken the place of the one just answered. Browsers count the clicks of one place.
const ONCE = ".st-key-run-start, .st-key-review-submit, [class*=-decision-], [class*=st-key-review-skip-]";

document.addEventListener("click", (event) => {
  if (event.detail < 2 || !event.target.closest?.(ONCE)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
