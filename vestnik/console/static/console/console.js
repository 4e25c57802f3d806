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
