// The choice of tags and operators in the form of a mailing or a segment: chips of what is chosen, and operators with their codes.
"use strict";

(() => {
  const form = document.getElementById("compose") ?? document.getElementById("segment");
  if (!form) return;

  const boxesIn = (place) => [...place.querySelectorAll("input[type=checkbox][name]")];
  const chosenIn = (place) => boxesIn(place).filter((box) => box.checked);
  const pickerOf = (node) => node.closest?.("[data-picker]");
  //: Operators whose codes were opened by hand: a search that is over closes the others.
  const opened = new Set();

  // One chip for an operator of whom all codes are chosen, else one for each code.
  function chipsOf(picker) {
    const chips = [];
    const one = (box) => ({ text: box.value, boxes: [box] });
    for (const brand of picker.querySelectorAll("[data-brand]")) {
      const chosen = chosenIn(brand);
      const whole = brand.querySelector("[data-whole]");
      whole.checked = chosen.length > 0 && chosen.length === boxesIn(brand).length;
      whole.indeterminate = chosen.length > 0 && !whole.checked;
      chips.push(...(whole.checked ? [{ text: brand.dataset.brand, boxes: chosen }] : chosen.map(one)));
    }
    chips.push(...chosenIn(picker).filter((box) => !box.closest("[data-brand]")).map(one));
    return chips;
  }

  function button(text, hidden, boxes, picker) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "v-chip" });
    made.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (hidden) {
      made.append(Object.assign(document.createElement("span"), { className: "v-hidden", textContent: ` ${hidden}` }));
      const cross = Object.assign(document.createElement("span"), { className: "v-chip-cross", textContent: "×" });
      cross.setAttribute("aria-hidden", "true");
      made.append(cross);
    }
    made.addEventListener("click", () => {
      for (const box of boxes) box.checked = false;
      changed(picker);
    });
    return made;
  }

  // The chips follow the boxes. Whoever removes chips with the keyboard goes on at the next one.
  function draw(picker) {
    const place = picker.querySelector("[data-chips]");
    if (!place) return;
    const chips = chipsOf(picker);
    const at = [...place.children].indexOf(document.activeElement);
    const made = chips.map(({ text, boxes }) => button(text, place.dataset.remove, boxes, picker));
    if (chips.length > 1) made.push(button(place.dataset.removeAll, "", chosenIn(picker), picker));
    place.replaceChildren(...made);
    place.hidden = chips.length === 0;
    if (at >= 0) (made[Math.min(at, chips.length - 1)] ?? picker.querySelector("input[type=search]")).focus();
  }

  const drawAll = () => form.querySelectorAll("[data-picker]").forEach(draw);
  const changed = (picker) => picker.dispatchEvent(new Event("change", { bubbles: true }));

  function open(opener, isOpen) {
    opener.setAttribute("aria-expanded", String(isOpen));
    document.getElementById(opener.getAttribute("aria-controls")).hidden = !isOpen;
  }

  form.addEventListener("change", ({ target }) => {
    const picker = pickerOf(target);
    if (!picker) return;
    if (target.matches("[data-whole]")) {
      for (const box of boxesIn(target.closest("[data-brand]"))) box.checked = target.checked;
    }
    draw(picker);
  });

  form.addEventListener("click", ({ target }) => {
    const opener = target.closest("[data-codes]");
    if (!opener) return;
    const isOpen = opener.getAttribute("aria-expanded") !== "true";
    open(opener, isOpen);
    opened[isOpen ? "add" : "delete"](opener.closest("[data-brand]").dataset.key);
  });

  // What was picked while a search was under way is not in its answer: what stands on the page counts.
  let pickedNow = new Set();
  form.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    if (target.classList.contains("v-picks")) pickedNow = new Set(chosenIn(target).map((box) => box.value));
  });
  form.addEventListener("htmx:afterSwap", ({ detail: { target, requestConfig } }) => {
    if (!target.classList.contains("v-picks")) return;
    const isAll = requestConfig.elt.matches("[data-select-found]");
    for (const box of boxesIn(target)) box.checked = pickedNow.has(box.value) || (isAll && box.checked);
    addMissing(target.id.replace("choices-", ""), pickedNow);
    for (const opener of target.querySelectorAll("[data-codes]")) {
      if (opened.has(opener.closest("[data-brand]").dataset.key)) open(opener, true);
    }
    fill(target);
    const picker = pickerOf(target);
    draw(picker);
    if (isAll) changed(picker);
  });

  // The numbers of clients come after the page, and go beside the choices as they stand: nothing moves, is replaced or
  // loses its tick. The order by number is that of the next page or search.
  const spelled = new Intl.NumberFormat(document.documentElement.lang || "en");
  let sizes = null;
  function say(label, clients) {
    const place = label.querySelector("b");
    if (place && clients !== undefined) place.textContent = spelled.format(clients);
  }
  function fill(place) {
    if (!sizes) return;
    for (const box of boxesIn(place)) say(box.closest("label"), sizes[box.closest("[data-brand]") ? "codes" : "tags"].get(box.value));
    for (const brand of place.querySelectorAll("[data-brand]")) {
      const clients = boxesIn(brand).map((box) => sizes.codes.get(box.value) ?? 0);
      say(brand.querySelector("[data-whole]").closest("label"), clients.reduce((one, other) => one + other, 0));
    }
  }
  form.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    const data = target.id === "sizes" ? document.getElementById("sizes-data") : null;
    if (!data) return;
    const said = JSON.parse(data.textContent);
    sizes = { tags: new Map(said.tags), codes: new Map(said.codes) };
    form.querySelectorAll(".v-picks").forEach(fill);
  });
  // Without an answer there are no numbers, which only help: the page says nothing of it.
  for (const name of ["htmx:beforeSwap", "htmx:sendError", "htmx:timeout"]) {
    form.addEventListener(name, (event) => {
      const { target, xhr } = event.detail;
      const isAnswer = name === "htmx:beforeSwap" && xhr.status < 400 && !xhr.responseURL.includes("/login/");
      if (target.id !== "sizes" || isAnswer) return;
      event.detail.shouldSwap = false;
      event.stopImmediatePropagation();
    });
  }

  // What is chosen and not among the first choices gets a box of its own.
  function addMissing(kind, values) {
    const there = new Set([...form.querySelectorAll(`input[name=${kind}]`)].map((box) => box.value));
    for (const value of values) if (!there.has(value)) addPicked(kind, value);
  }

  function addPicked(kind, value) {
    const label = Object.assign(document.createElement("label"), { className: "v-pick" });
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name: kind, value, checked: true });
    label.append(box, Object.assign(document.createElement("span"), { textContent: value }));
    document.getElementById(`choices-${kind}`)?.prepend(label);
  }

  // Somebody has put values into the form: {tags: [...], codes: [...]} are chosen.
  form.addEventListener("picks:restored", ({ detail }) => {
    for (const [kind, values] of Object.entries(detail)) addMissing(kind, values);
    drawAll();
  });
  window.addEventListener("pageshow", drawAll);
  drawAll();
})();
