// Keeps on the server what a person types for a request, as it is typed: it is there again after F5, and in another tab.
const QUIET_MS = 250;

const waiting = new Map(); // prompt -> { typed, told }
let timer = null;

/** Keep `typed` ({widget: text}) soon; `told(kept)` says whether it was. */
export function keepTyped(prompt, typed, told = () => {}) {
  if (!prompt) return;
  const known = waiting.get(prompt);
  waiting.set(prompt, { typed: { ...known?.typed, ...typed }, told });
  clearTimeout(timer);
  timer = setTimeout(flush, QUIET_MS);
}

/** Keep it at once. */
export function saveNow(prompt, typed) {
  keepTyped(prompt, typed);
  flush();
}

/** Keep at once what still waits. */
export async function flush() {
  clearTimeout(timer);
  const all = [...waiting];
  waiting.clear();
  for (const [prompt, { typed, told }] of all) {
    try {
      told((await send(prompt, typed)).ok);
    } catch {
      told(false); // the server is gone: it is tried again with the next letter, and when the server is back
      waiting.set(prompt, { typed: { ...typed, ...waiting.get(prompt)?.typed }, told });
      timer = setTimeout(flush, 2000);
    }
  }
}

function send(prompt, typed) {
  const body = JSON.stringify(typed);
  const url = new URL(`stepscope/api/drafts/${encodeURIComponent(prompt)}`, document.baseURI);
  // What is kept alive outlives its page, and may hold 64 kB.
  return fetch(url, { method: "POST", body, keepalive: new Blob([body]).size < 60_000 });
}

// A page that goes away can't wait for an answer. Not `sendBeacon`: browsers send that last, after F5 has asked for
// the new page, which then doesn't show what was typed.
addEventListener("pagehide", () => {
  for (const [prompt, { typed }] of waiting) send(prompt, typed).catch(() => {});
  waiting.clear();
});
