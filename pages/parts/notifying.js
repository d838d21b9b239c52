// Whether this browser is to say when one more request waits, and saying it.
import { goTo } from "./dom.js";

const KEPT = "stepscope-notify";

export const mayNotify = () => "Notification" in window && Notification.permission === "granted";

export function wantsNotify() {
  try {
    return localStorage.getItem(KEPT) === "yes";
  } catch {
    return false; // a browser that keeps nothing
  }
}

export function setNotify(on) {
  try {
    if (on) localStorage.setItem(KEPT, "yes");
    else localStorage.removeItem(KEPT);
  } catch {
    // It then lasts as long as this page.
  }
}

/** Say that more wait than before. One note stands for all of them, also where several tabs are open. */
export function notify(number) {
  if (!wantsNotify() || !mayNotify() || document.hasFocus()) return;
  const note = new Notification(number === 1 ? "A request waits for you" : `${number} requests wait for you`, { tag: "stepscope-review" });
  note.onclick = () => {
    focus();
    goTo(new URL("review", document.baseURI).href);
    note.close();
  };
}
