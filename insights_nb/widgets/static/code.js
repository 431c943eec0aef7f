function render({ model, el }) {
  el.classList.add("inb", "inb-code");
  el.dataset.lmSuppressShortcuts = "true"; // In JupyterLab arrows, Enter and Space are the notebook's.
  const fold = document.createElement("details");
  const summary = document.createElement("summary");
  const box = document.createElement("div");
  const pre = document.createElement("pre");
  const code = document.createElement("code");
  const copy = document.createElement("button");
  const status = document.createElement("span");
  summary.textContent = "Show code";
  box.className = "inb-cell-code";
  pre.tabIndex = 0; // A long line scrolls, by keyboard too.
  pre.setAttribute("aria-label", "Python code that gives the same numbers");
  copy.type = "button";
  copy.className = "inb-button";
  copy.textContent = "Copy";
  status.className = "inb-count";
  status.setAttribute("role", "status");
  pre.append(code);
  box.append(pre, copy, status);
  fold.append(summary, box);
  el.append(fold);

  copy.addEventListener("click", async () => {
    status.textContent = "";
    try {
      await navigator.clipboard.writeText(model.get("code"));
      status.textContent = "Code copied";
    } catch {
      // There is no clipboard on plain http, nor where the browser forbids it.
      getSelection().selectAllChildren(code);
      status.textContent = "This page may not use the clipboard. The code is selected: copy it by hand.";
    }
  });
  function draw() {
    code.textContent = model.get("code");
    status.textContent = "";
    el.classList.toggle("inb-none", !code.textContent);
  }
  draw();
  model.on("change:code", draw);
}

export default { render };
