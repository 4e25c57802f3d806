// The quick start of the documentation: one button chooses between curl and Python, others copy a step.
document.getElementById("quick-start").addEventListener("click", async ({ target }) => {
  const { kind, copy } = target.dataset;
  if (kind && target.matches("button")) {
    for (const button of document.querySelectorAll("#quick-start button[data-kind]")) {
      button.setAttribute("aria-pressed", String(button === target));
    }
    for (const code of document.querySelectorAll("#quick-start .code")) code.hidden = code.dataset.kind !== kind;
  }
  if (copy) {
    await navigator.clipboard.writeText(document.getElementById(copy).textContent);
    const before = target.textContent;
    target.textContent = "✓";
    setTimeout(() => { target.textContent = before; }, 1500);
  }
});
