// The form of a new mailing saves itself as a draft a moment after each change. What came of it is the server's word.
"use strict";

(() => {
  const part = document.getElementById("draft");
  const form = document.getElementById("compose");
  const [away, login] = ["draft-away", "draft-login"].map((id) => document.getElementById(id));
  const state = document.getElementById("draft-state");
  const turn = form.elements.draft_turn;
  // Milliseconds from the first change to its save, and from a failed save to the next try.
  const soon = 2000, again = 10000;
  // What stands beside the mailing is no part of the draft.
  const beside = new Set(["tags_search", "codes_search", "own_phone", "test_client", "template", "template_name", "sample", "attribute"]);
  let changed = false, due = null, failing = false, leaving = false;

  const isBlocked = () => part.querySelector("[data-blocked]") !== null;

  function saveIn(milliseconds) {
    if (isBlocked() || leaving || (due && !failing)) return;
    clearTimeout(due);
    due = setTimeout(save, milliseconds);
  }

  function save() {
    clearTimeout(due);
    due = null;
    if (isBlocked() || leaving) return;
    changed = false;
    turn.value = Number(turn.value) + 1;
    htmx.trigger(part, "draft:save");
  }

  function change({ target }) {
    if (beside.has(target.name)) return;
    changed = true;
    saveIn(soon);
  }
  for (const name of ["input", "change", "compose:restored"]) form.addEventListener(name, change);

  // Without an answer, what was typed stays and is said not to be saved; nothing is loaded anew.
  function fail(event, words) {
    event.stopPropagation();
    failing = changed = true;
    away.hidden = words !== away;
    login.hidden = words !== login;
    // Before the old word goes, a reader would hear both.
    state.hidden = true;
    saveIn(again);
  }
  for (const name of ["htmx:sendError", "htmx:timeout"]) part.addEventListener(name, (event) => fail(event, away));
  part.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const hasEnded = xhr.status === 403 || xhr.responseURL.includes("/login/");
    if (!hasEnded && xhr.status < 400) {
      failing = false;
      away.hidden = login.hidden = true;
      state.hidden = false;
      return;
    }
    event.detail.shouldSwap = false;
    fail(event, hasEnded ? login : away);
  });

  // From its first save on the page is the draft's: reloading it, and going back to it, opens what was saved.
  function settle() {
    const saved = part.querySelector("[data-saved]");
    changed ||= part.querySelector("[data-blocked], [data-refused]") !== null;
    if (saved && location.pathname !== saved.dataset.saved) history.replaceState(history.state, "", saved.dataset.saved);
  }
  settle();
  part.addEventListener("htmx:afterSettle", (event) => {
    if (part.querySelector("[data-saved]")) form.dispatchEvent(new Event("compose:saved"));
    settle();
    // The button of a choice is gone.
    if (event.detail.requestConfig?.elt !== part) state.focus();
  });

  document.getElementById("draft-login-again").addEventListener("click", () => {
    leaving = true;
    form.dispatchEvent(new Event("compose:keep"));
    location.reload();
  });

  form.addEventListener("submit", () => {
    clearTimeout(due);
    due = null;
    leaving = true;
    turn.value = Number(turn.value) + 1;
    // Unless the page is left after all, it goes on saving.
    setTimeout(() => { leaving = false; }, 3 * again);
  });
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("online", () => { if (failing) save(); });

  // Who leaves within the two seconds loses nothing either. Only what cannot be saved is asked about.
  window.addEventListener("pagehide", () => {
    if (!changed || failing || leaving || isBlocked()) return;
    turn.value = Number(turn.value) + 1;
    navigator.sendBeacon(part.getAttribute("hx-post"), new FormData(form));
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && changed && (failing || isBlocked())) event.preventDefault();
  });
})();
