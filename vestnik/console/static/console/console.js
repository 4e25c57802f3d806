// What the pages need besides htmx and Alpine. No inline script is allowed on our pages.
"use strict";

// htmx sends Django's CSRF token, which stands in a <meta>, with every change.
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("meta[name=csrf-token]");
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
});

// A button with data-dialog="ID" opens that <dialog>; one with data-close inside it closes it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
});

// A button with data-copy="ID" puts that element's text on the clipboard, and says so for a moment.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  const before = button.textContent;
  button.textContent = "✓";
  setTimeout(() => { button.textContent = before; }, 1500);
});

// The server has saved an edit and leads to the mailing: what this tab has kept of the edit goes (composing.js).
if (location.hash === "#saved") {
  sessionStorage.removeItem(`vestnik-compose:${location.pathname}/edit`);
  history.replaceState(history.state, "", location.pathname + location.search);
}

// A form with data-selects counts its ticked rows, and one box ticks them all. Then all that the search finds can be
// selected, too: of these, the page has only the number.
(() => {
  const rows = (form) => [...form.querySelectorAll("input[name=ids]")];
  function count(form) {
    const ticked = rows(form).filter((box) => box.checked).length;
    const isWhole = ticked === rows(form).length;
    const found = form.querySelector("[data-found]");
    const all = form.querySelector("input[name=all]");
    if (found) found.hidden = !isWhole;
    if (all && !isWhole) all.checked = false;
    for (const box of form.querySelectorAll("[data-select-all]")) box.checked = isWhole;
    for (const place of form.querySelectorAll("[data-selected]")) place.textContent = all?.checked ? all.dataset.count : ticked;
  }
  document.addEventListener("change", ({ target }) => {
    const form = target.closest("form[data-selects]");
    if (!form) return;
    if (target.matches("[data-select-all]")) for (const box of rows(form)) box.checked = target.checked;
    count(form);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-selects]").forEach(count));
})();

// A button with data-adds="ID" adds an empty row to that list, up to data-most of them, and goes to it.
(() => {
  const list = (button) => document.getElementById(button.dataset.adds);
  const show = (button) => { button.hidden = list(button).childElementCount >= Number(button.dataset.most); };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-adds]").forEach(show));
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-adds]");
    if (!button) return;
    const row = list(button).lastElementChild.cloneNode(true);
    for (const field of row.querySelectorAll("select, input")) {
      if (field.matches("select")) field.selectedIndex = 0;
      else field.value = "";
    }
    list(button).append(row);
    row.querySelector("select, input").focus();
    show(button);
  });
})();

// Live parts: without an answer the page says that it is not fresh, and goes on asking. When the login has ended, or what
// is shown was deleted, the page is loaded anew, which says so.
(() => {
  const show = (lost) => {
    const note = document.getElementById("lost");
    if (note) note.hidden = !lost;
  };
  const gone = (xhr) => [403, 404].includes(xhr.status) || new URL(xhr.responseURL || location.href).pathname.endsWith("/login/");
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => show(true));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (gone(xhr)) {
      event.detail.shouldSwap = false;
      location.reload();
    } else {
      show(xhr.status >= 500);
    }
  });
})();

// What somebody points at or types in stays under the mouse or the caret while an answer changes the page above it: else
// the click hits what has moved there. And a part in which a button is down is swapped once it is up: else the click is lost.
(() => {
  let mouse = null, pressed = null, held = null;
  const late = new Map();

  for (const name of ["pointerdown", "pointermove"]) {
    document.addEventListener(name, (event) => {
      if (event.pointerType === "mouse") point(event);
      if (name === "pointerdown") pressed = event.target;
      else if (!event.buttons) release();
    }, true);
  }
  // A mouse that nobody touches gets events, too, when the page moves under it: whoever types goes on typing.
  let last = null;
  function point({ clientX: x, clientY: y }) {
    if (last?.x !== x || last?.y !== y) mouse = last = { x, y };
  }
  document.addEventListener("keydown", () => {
    mouse = null;
    release();  // The list of a choice swallows the end of the click that opens it.
  }, true);
  document.documentElement.addEventListener("pointerleave", () => { mouse = null; });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, release, true);
  window.addEventListener("blur", release);

  function release() {
    pressed = null;
    // The click comes next, and then what has waited for it.
    if (late.size) setTimeout(() => { for (const swap of late.values()) swap(); late.clear(); });
  }

  function swapNow(detail) {
    const { target, serverResponse, requestConfig: { elt } } = detail;
    htmx.trigger(target, "htmx:beforeSwap", Object.assign(detail, { shouldSwap: true }));
    if (!detail.shouldSwap || !target.isConnected) return;
    const swapStyle = (elt.closest("[hx-swap]")?.getAttribute("hx-swap") ?? "innerHTML").split(" ")[0];
    htmx.swap(target, serverResponse, { swapStyle, swapDelay: 0, settleDelay: 20 }, { contextElement: elt, eventInfo: detail });
  }

  const top = (node) => node.getBoundingClientRect().top;
  const isSeen = (node) => top(node) < innerHeight && node.getBoundingClientRect().bottom > 0;

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.shouldSwap) return;
    const isReplaced = pressed && (detail.target.contains(pressed) || detail.serverResponse.includes("hx-swap-oob"));
    if (isReplaced) {
      detail.shouldSwap = false;
      late.set(detail.target, () => swapNow(detail));
      return;
    }
    const node = pressed ?? (mouse ? document.elementFromPoint(mouse.x, mouse.y) : document.activeElement);
    held = node && !node.contains(detail.target) && !detail.target.contains(node) && isSeen(node) ? { node, top: top(node) } : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!held?.node.isConnected) return;
    const moved = top(held.node) - held.top;
    if (!moved) return;
    window.scrollBy({ top: moved, behavior: "instant" });
    // What does not scroll with the page stays where it is now, and so does the page.
    if (Math.abs(top(held.node) - held.top) >= Math.abs(moved)) window.scrollBy({ top: -moved, behavior: "instant" });
  });
})();

// A field that was refused and is being put right: its error goes. Whether it is right now is for the server to say.
document.addEventListener("input", ({ target }) => {
  const field = target.closest(".v-field");
  if (!field) return;
  for (const marked of field.querySelectorAll("[aria-invalid=true]")) marked.removeAttribute("aria-invalid");
  // Without its text, too: aria-describedby still points at it, and what is hidden is read out.
  for (const error of field.querySelectorAll(".v-error:not([data-own])")) Object.assign(error, { hidden: true, textContent: "" });
  const form = target.closest("form");
  const top = document.getElementById("fields-wrong");
  if (top && form && !form.querySelector(".v-error:not([hidden])")) top.hidden = true;
});

// The browser's own fields of dates and times speak the browser's language: what they say is repeated in the page's.
(() => {
  const language = document.documentElement.lang || "en";
  const parts = { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const format = new Intl.DateTimeFormat(language, { ...parts, timeZone: "UTC" });

  // "29 November 2026, 17:33" and "29 ноября 2026, 17:33", as the server writes them, and the day of the week.
  function inWords(value) {
    const isDay = !value.includes("T");
    const at = new Date(isDay ? `${value}T00:00Z` : `${value}Z`);
    if (!value || Number.isNaN(at.getTime())) return "";
    const said = Object.fromEntries(format.formatToParts(at).map(({ type, value: text }) => [type, text]));
    const time = isDay ? "" : `, ${said.hour}:${said.minute}`;
    return `${said.day} ${said.month} ${said.year}${time} (${said.weekday})`;
  }

  function repeat(input) {
    let echo = document.getElementById(`${input.id}_words`);
    if (!echo) {
      echo = Object.assign(document.createElement("p"), { id: `${input.id}_words`, className: "v-help v-words" });
      input.after(echo);
      const described = input.getAttribute("aria-describedby");
      input.setAttribute("aria-describedby", described ? `${described} ${echo.id}` : echo.id);
    }
    echo.textContent = input.type === "time" ? input.value : inWords(input.value);
  }

  const all = () => document.querySelectorAll("input[type=datetime-local], input[type=date], input[type=time]").forEach(repeat);
  document.addEventListener("input", ({ target }) => { if (target.matches("input[type=datetime-local], input[type=date], input[type=time]")) repeat(target); });
  document.addEventListener("DOMContentLoaded", all);
})();
