// Signing in leads away and back to the app's first page: from there on to where the person was, with the request's link.
const KEPT = "stepscope-signing-in-at";

document.addEventListener(
  "click",
  (event) => {
    if (event.target.closest?.("[class*=st-key-sign-in] button")) sessionStorage.setItem(KEPT, location.href);
  },
  { capture: true },
);

const before = sessionStorage.getItem(KEPT);
if (before !== null && new URL(".", document.baseURI).href === new URL(location.href.split(/[?#]/)[0]).href) {
  sessionStorage.removeItem(KEPT);
  location.replace(before);
}
