// The form of a mailing. What it tells (counter, estimate) is the server's; this keeps what was typed.
"use strict";

(() => {
  const form = document.getElementById("compose");
  // The address of a new mailing becomes that of its draft.
  const prefix = () => `vestnik-compose:${location.pathname}`;
  // An edit has no draft: until the server says that it is saved (console.js), its changes are kept in this tab.
  const isEdit = location.pathname.endsWith("/edit");
  const key = () => (isEdit ? prefix() : `${prefix()}${location.search}`);
  const skipped = new Set(["csrfmiddlewaretoken", "tags_search", "codes_search", "own_phone", "template", "template_name", "sample", "attribute"]);

  // The server has seen what was sent: only somebody who goes back wants it again. A new mailing may have become a draft
  // on the way, which has another address: the form is the same.
  function answered() {
    if (isEdit) return;
    const token = document.querySelector("[name=token]")?.value;
    for (const name of Object.keys(sessionStorage).filter((each) => each.startsWith("vestnik-compose:"))) {
      const said = JSON.parse(sessionStorage.getItem(name));
      const isThis = name.split("?")[0] === prefix() || said.typed.some(([field, value]) => field === "token" && value === token);
      if (isThis) sessionStorage.setItem(name, JSON.stringify({ ...said, answered: true }));
    }
  }

  // Enter in the search of a picker searches, and in the own number it tests; it does not send the form.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-picker] input[type=search], #own_phone, #template_name")) event.preventDefault();
    if (event.key === "Enter" && event.target.id === "own_phone") document.getElementById("own-test-send").click();
    if (event.key === "Enter" && event.target.id === "template_name") document.getElementById("template-keep").click();
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

  // Who leaves an edit is asked, unless it goes on: to its review, or back from there.
  if (isEdit) {
    let goesOn = false;
    document.addEventListener("submit", () => { goesOn = true; });
    document.addEventListener("click", ({ target }) => {
      const link = target.closest("a");
      if (link && link.pathname === location.pathname && link.search !== location.search) goesOn = true;
    });
    window.addEventListener("pageshow", () => { goesOn = false; });
    window.addEventListener("beforeunload", (event) => { if (!goesOn && sessionStorage.getItem(key())) event.preventDefault(); });
  }

  if (!form) return;

  // A server that is away, or a login that has ended: what is typed and shown stays, and it is said that it may be old.
  const away = document.getElementById("away");
  const unanswered = new Set();
  const stay = (event) => {
    unanswered.add(event.detail.target.id);
    away.hidden = false;
    event.stopPropagation();
  };
  for (const trouble of ["htmx:sendError", "htmx:timeout"]) form.addEventListener(trouble, stay);
  form.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const isAnswer = xhr.status < 400 && !xhr.responseURL.includes("/login/");
    event.detail.shouldSwap = isAnswer;
    // The answer of one part says nothing of another one.
    if (!isAnswer) stay(event);
    else if (unanswered.delete(event.detail.target.id)) away.hidden = unanswered.size === 0;
  });

  // A template replaces a text only if that is confirmed; where nothing is typed, nothing is asked.
  form.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt.id !== "template-use" || document.getElementById("id_message_text").value.trim()) return;
    event.preventDefault();
    event.detail.issueRequest(true);
  });

  // Only a personal text has a preview.
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id !== "own-text" || form.elements.personal.checked) return;
    event.preventDefault();
    event.detail.elt.replaceChildren();
  });

  // A client's value is put in at the caret. Where every placeholder needs a default, the caret is where it is typed.
  form.addEventListener("click", (event) => {
    if (!event.target.closest("#attribute-put")) return;
    const text = document.getElementById("id_message_text");
    const picked = document.getElementById("attribute").selectedOptions[0];
    const needsDefault = form.elements.on_missing.value === "default" && !["phone_number", "tag"].includes(picked.value);
    const before = `{{${picked.value}${picked.dataset.format}${needsDefault ? "|" : ""}`;
    const start = text.selectionStart;
    text.setRangeText(`${before}}}`, start, text.selectionEnd, "end");
    if (needsDefault) text.setSelectionRange(start + before.length, start + before.length);
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // What mends an error with one click sets its fields, and says so there; the next typed letter takes the sentence away.
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-mend]");
    if (!button) return;
    const done = Object.assign(document.createElement("p"), { className: "v-help v-mended", textContent: `✓ ${button.textContent}` });
    done.setAttribute("role", "status");
    const set = [...new URLSearchParams(button.dataset.mend)].map(([name, value]) => {
      const field = form.elements[name];
      field.value = value;
      return field instanceof RadioNodeList ? [...field].find((each) => each.checked) : field;
    });
    for (const field of set) for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
    set[0].closest(".v-field").append(done);
    set[0].focus();
  });
  form.addEventListener("input", ({ isTrusted, target }) => {
    if (isTrusted) target.closest(".v-field")?.querySelector(".v-mended")?.remove();
  });

  // Going back shows what was typed, and so does a login in between: it is kept in this tab from sending to its answer.
  // What is saved as a draft is the server's: only what it has not answered is taken from here.
  const typedNow = () => [...new FormData(form)].filter(([name]) => !skipped.has(name));
  const keep = () => sessionStorage.setItem(key(), JSON.stringify({ typed: typedNow(), answered: false }));
  if (!isEdit) for (const name of ["submit", "compose:keep"]) form.addEventListener(name, keep);
  form.addEventListener("compose:saved", () => sessionStorage.removeItem(key()));
  const kept = JSON.parse(sessionStorage.getItem(key()) ?? "null");
  const came = performance.getEntriesByType("navigation")[0]?.type;
  const isSaved = Boolean(form.elements.draft?.value);
  const isAnswer = document.querySelector("#compose .v-error:not([hidden]), .v-conflict, [data-blocked]") !== null;
  if (isEdit) edit();
  else if (isAnswer) answered();
  else if (kept && (!kept.answered || (came !== "navigate" && !isSaved))) restore(kept.typed);
  else sessionStorage.removeItem(key());

  // From its first change on. What says the same as the mailing again is no change.
  function edit() {
    const said = () => JSON.stringify(typedNow().filter(([name]) => !["token", "seen"].includes(name)));
    const isOld = !isAnswer && !location.search;
    const before = isOld ? said() : null;
    for (const name of ["input", "change", "submit"]) {
      form.addEventListener(name, ({ target }) => {
        if (skipped.has(target.name)) return;
        if (said() === before) sessionStorage.removeItem(key());
        else keep();
      });
    }
    if (!isOld || !kept) return;
    restore(kept.typed);
    document.getElementById("unsaved").hidden = false;
    document.getElementById("unsaved-discard").addEventListener("click", () => {
      sessionStorage.removeItem(key());
      location.assign(location.pathname);
    });
  }

  function restore(typed) {
    const values = new Map();
    for (const [name, value] of typed) values.set(name, [...(values.get(name) ?? []), value]);
    for (const field of form.elements) {
      if (!field.name || skipped.has(field.name) || field.type === "submit") continue;
      const said = values.get(field.name) ?? [];
      if (field.type === "radio" || field.type === "checkbox") field.checked = said.includes(field.value);
      else field.value = said.shift() ?? "";  // Hidden fields may have a name together.
    }
    form.dispatchEvent(new CustomEvent("picks:restored", { detail: { tags: values.get("tags") ?? [], codes: values.get("codes") ?? [] } }));
    window.addEventListener("load", () => form.dispatchEvent(new Event("compose:restored")));
  }
})();
