// Forms with a file: one that is too large is told at once, and a button that was pressed says that it works.
"use strict";

// Unfold writes a file's name into a field of its own widget, which ours have not: it passes by what it has looked at.
for (const input of document.querySelectorAll("input[type=file]")) input.hasChangeListener = true;

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("input[type=file][data-most]")) return;
  const told = document.getElementById(`${input.id}_too_large`);
  const large = input.files.length > 0 && input.files[0].size > Number(input.dataset.most);
  told.hidden = !large;
  if (large) input.value = "";
  const shown = input.parentElement.querySelector("[data-file-name]");
  if (shown && input.files.length > 0) shown.textContent = input.files[0].name;
});

document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button[data-busy]");
  if (!button) return;
  button.dataset.idle = button.textContent;
  button.textContent = button.dataset.busy;
  button.disabled = true;
});

// Somebody who comes back finds the button as it was.
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-idle]")) {
    button.textContent = button.dataset.idle;
    button.disabled = false;
  }
});
