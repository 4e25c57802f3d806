// The form of a mailing. What it tells (counter, estimate) is the server's; this keeps what was typed.
"use strict";

(() => {
  const form = document.getElementById("compose");
  const prefix = `vestnik-compose:${location.pathname}`;
  const key = `${prefix}${location.search}`;
  const skipped = new Set(["csrfmiddlewaretoken", "tags_search", "codes_search"]);

  // The server has seen what was sent: only somebody who goes back wants it again.
  function answered() {
    for (const name of Object.keys(sessionStorage).filter((each) => each.startsWith(prefix))) {
      sessionStorage.setItem(name, JSON.stringify({ ...JSON.parse(sessionStorage.getItem(name)), answered: true }));
    }
  }

  // Enter in the search of a picker searches; it does not send the form.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-picker] input[type=search]")) event.preventDefault();
  });

  // A second click on a button that decides sends nothing, until the answer is there.
  const decide = document.getElementById("decide");
  if (decide) {
    answered();
    decide.addEventListener("submit", (event) => {
      if (decide.dataset.sent) event.preventDefault();
      decide.dataset.sent = "yes";
    });
    window.addEventListener("pageshow", () => delete decide.dataset.sent);
  }

  if (!form) return;

  // A server that is away, or a login that has ended: what is typed and shown stays, and it is said that it may be old.
  const away = document.getElementById("away");
  const stay = (event) => {
    away.hidden = false;
    event.stopPropagation();
  };
  for (const trouble of ["htmx:sendError", "htmx:timeout"]) form.addEventListener(trouble, stay);
  form.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const isAnswer = xhr.status < 400 && !xhr.responseURL.includes("/login/");
    event.detail.shouldSwap = isAnswer;
    if (isAnswer) away.hidden = true;
    else stay(event);
    pickedNow = checkedIn(event.detail.target);
  });

  // What was picked while a search was under way is not in its answer: what stands on the page counts.
  let pickedNow = new Set();
  const boxesIn = (place) => [...place.querySelectorAll("input[type=checkbox]")];
  const checkedIn = (place) => new Set(boxesIn(place).filter((box) => box.checked).map((box) => box.value));
  form.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (!target.classList.contains("v-picks")) return;
    for (const box of boxesIn(target)) box.checked = pickedNow.has(box.value);
    addMissing(target.id.replace("choices-", ""), pickedNow);
  });

  // Going back shows what was typed, and so does a login in between: it is kept in this tab from sending to its answer.
  form.addEventListener("submit", () => {
    const typed = [...new FormData(form)].filter(([name]) => !skipped.has(name));
    sessionStorage.setItem(key, JSON.stringify({ typed, answered: false }));
  });
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  const came = performance.getEntriesByType("navigation")[0]?.type;
  const isAnswer = form.querySelector(".v-error:not([hidden])") !== null;
  if (isAnswer) answered();
  else if (kept && (came !== "navigate" || !kept.answered)) restore(kept.typed);
  else sessionStorage.removeItem(key);

  function restore(typed) {
    const values = new Map();
    for (const [name, value] of typed) values.set(name, [...(values.get(name) ?? []), value]);
    for (const field of form.elements) {
      if (!field.name || skipped.has(field.name) || field.type === "submit") continue;
      const said = values.get(field.name) ?? [];
      if (field.type === "radio" || field.type === "checkbox") field.checked = said.includes(field.value);
      else field.value = said[0] ?? "";
    }
    // What was picked after a search is not among the first choices.
    for (const kind of ["tags", "codes"]) addMissing(kind, values.get(kind) ?? []);
    window.addEventListener("load", () => form.dispatchEvent(new Event("compose:restored")));
  }

  function addMissing(kind, picked) {
    const there = new Set([...form.querySelectorAll(`input[name=${kind}]`)].map((box) => box.value));
    for (const value of picked) if (!there.has(value)) addPicked(kind, value);
  }

  function addPicked(kind, value) {
    const label = document.createElement("label");
    label.className = "v-pick";
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name: kind, value, checked: true });
    const words = document.createElement("span");
    words.textContent = value;
    label.append(box, words);
    document.getElementById(`choices-${kind}`)?.prepend(label);
  }
})();
