function render({ model, el, signal }) {
  el.classList.add("inb", "inb-tabs");
  el.dataset.lmSuppressShortcuts = "true"; // In JupyterLab arrows, Enter and Space are the notebook's.
  const list = document.createElement("div");
  list.className = "inb-tablist";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Questions");
  el.append(list);
  // Drawn by lot: each control loads this module anew, so that a counter would start again.
  const id = `inb-tabs-${Math.random().toString(36).slice(2)}`;

  const tabs = new Map(
    model.get("options").map(([value, label]) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.textContent = label;
      tab.id = `${id}-${value}`;
      tab.setAttribute("role", "tab");
      tab.addEventListener("click", () => choose(value));
      return [value, tab];
    }),
  );
  list.append(...tabs.values());

  function choose(value) {
    if (model.get("value") === value) return;
    model.set("value", value);
    model.save_changes();
  }

  function check() {
    for (const [value, tab] of tabs) {
      const chosen = value === model.get("value");
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      // Only sideways, within the row: the page itself stays where it is.
      if (chosen && list.scrollWidth > list.clientWidth)
        list.scrollLeft = tab.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2;
    }
  }

  list.addEventListener("keydown", (event) => {
    const names = [...tabs.keys()];
    const at = names.indexOf(document.activeElement?.id?.slice(id.length + 1));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const tab = tabs.get(names[(to + names.length) % names.length]);
    tab.focus();
    // Opening a tab can take a second: Enter or Space opens, the arrows only look.
    for (const one of tabs.values()) one.tabIndex = one === tab ? 0 : -1;
  });

  // The panels are boxes that come later, one by one.
  function name() {
    const around = el.closest(".inb-explorer");
    for (const [value, tab] of tabs) {
      const panel = around?.querySelector(`:scope .inb-page-${value}`);
      if (!panel || panel.getAttribute("role") === "tabpanel") continue;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      panel.id = `${tab.id}-panel`;
      tab.setAttribute("aria-controls", panel.id);
    }
  }
  const watch = new MutationObserver(name);
  const frame = requestAnimationFrame(() => {
    const around = el.closest(".inb-explorer");
    if (around) watch.observe(around, { childList: true, subtree: true });
    name();
    check();
  });
  signal?.addEventListener("abort", () => {
    cancelAnimationFrame(frame);
    watch.disconnect();
  });
  check();
  model.on("change:value", check);
}

export default { render };
