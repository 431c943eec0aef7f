const NARROW = 800;
const count = new Intl.NumberFormat("en-US");
function h(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function button(text, act) {
  const node = h("button", "inb-button", text);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

function drawing({ color = "", dash = [], shape = "" }) {
  const svg = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const root = svg("svg", { viewBox: "0 0 28 12", width: 28, height: 12, "aria-hidden": "true" });
  const line = svg("path", { d: "M1 6H27", fill: "none", "stroke-width": 2, "stroke-dasharray": dash.join(" ") });
  // Vega's shapes are drawn from -1 to 1.
  const mark = svg("path", { d: shape, transform: "translate(14 6) scale(4.2)" });
  line.style.stroke = mark.style.fill = color;
  root.append(line, mark);
  return root;
}

function render({ model, el, signal }) {
  el.classList.add("inb", "inb-picker");
  el.dataset.lmSuppressShortcuts = "true"; // In JupyterLab arrows, Enter and Space are the notebook's.
  const id = `inb-picker-${Math.random().toString(36).slice(2)}`;
  const search = h("input", "inb-search");
  search.type = "search";
  search.placeholder = "Search";
  search.autocomplete = "off";
  search.spellcheck = false;
  const list = h("div", "inb-list");
  const empty = h("p", "inb-empty");
  const status = h("p", "inb-count");
  status.setAttribute("role", "status");
  const note = h("p", "inb-note");
  const hint = h("p", "inb-unseen", "Arrow keys move through the list.");
  hint.id = id;
  const legend = h("legend", "");
  const summary = h("summary", "");
  const top = button("", () => choose(model.get("top")));
  const shown = button("Select all matches", () => choose([...chosen, ...visible().map((row) => row.name)]));
  const clear = button("Clear", () => choose([]));
  const buttons = h("div", "inb-buttons", top, shown, clear);
  const group = h("fieldset", "", legend, hint, search, buttons, list, empty, status, note);
  group.setAttribute("aria-describedby", id);
  const fold = h("details", "", summary, group);
  el.append(fold);

  let rows = new Map();
  let chosen = new Set();
  let stop = null; // The one row that Tab reaches; the arrow keys move it.

  const all = () => [...list.children].map((node) => rows.get(node.dataset.name));
  const visible = () => all().filter((row) => !row.node.hidden);

  function choose(names) {
    chosen = new Set(names);
    check();
    model.set("value", [...chosen]);
    model.save_changes();
  }

  function check() {
    for (const [name, row] of rows) row.box.checked = chosen.has(name);
    tell();
  }

  function tell() {
    const found = search.value ? ` · ${count.format(visible().length)} shown` : "";
    status.textContent = `${count.format(chosen.size)} of ${count.format(rows.size)} selected${found}`;
    summary.textContent = `${model.get("label")}: ${count.format(chosen.size)} selected`;
  }

  function rove(row) {
    if (stop) stop.box.tabIndex = -1;
    stop = row ?? null;
    if (stop) stop.box.tabIndex = 0;
  }

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let any = false;
    for (const row of rows.values()) {
      const match = words.every((word) => row.lower.includes(word));
      if (row.node.hidden === match) row.node.hidden = !match;
      any ||= match;
    }
    empty.hidden = any;
    empty.textContent = rows.size
      ? `No repository matches “${search.value.trim()}”. Escape clears the search.`
      : "There are no repositories to choose from.";
    list.scrollTop = 0;
    if (!stop || stop.node.hidden) rove(visible()[0]);
    tell();
  }

  // The chosen ones first, but never under somebody's hand.
  function arrange() {
    if (list.contains(document.activeElement)) return;
    const first = [...chosen].filter((name) => rows.has(name));
    const rest = model.get("options").filter((name) => rows.has(name) && !chosen.has(name));
    list.append(...[...first, ...rest].map((name) => rows.get(name).node));
    list.scrollTop = 0;
    rove(visible()[0]);
  }

  function build() {
    const labels = model.get("labels");
    rows = new Map();
    for (const name of model.get("options")) {
      const node = h("label", "inb-row");
      const box = document.createElement("input");
      const mark = h("span", "inb-swatch");
      const text = h("span", "inb-name", Object.hasOwn(labels, name) ? labels[name] : name);
      box.type = "checkbox";
      box.tabIndex = -1;
      node.dataset.name = name;
      node.append(box, text, mark);
      rows.set(name, { name, lower: name.toLowerCase(), node, box, mark });
    }
    list.replaceChildren();
    stop = null;
    adopt();
    arrange();
    paint();
    filter();
  }

  function adopt() {
    chosen = new Set(model.get("value"));
    check();
  }

  function paint() {
    const swatches = model.get("swatches");
    for (const [name, { mark }] of rows) {
      const swatch = Object.hasOwn(swatches, name) ? swatches[name] : null;
      const key = swatch ? JSON.stringify(swatch) : "";
      if ((mark.dataset.key ?? "") === key) continue;
      mark.dataset.key = key;
      mark.replaceChildren(...(swatch ? [drawing(swatch)] : []));
    }
  }

  function dress() {
    const number = model.get("top").length;
    legend.textContent = model.get("label");
    search.setAttribute("aria-label", `Search ${model.get("label").toLowerCase()}`);
    top.textContent = `Top ${number}`;
    top.hidden = !number;
    note.textContent = model.get("limit_note");
    note.hidden = !note.textContent;
    tell();
  }

  list.addEventListener("change", ({ target }) => {
    const name = target.closest(".inb-row").dataset.name;
    if (target.checked) chosen.add(name);
    else chosen.delete(name);
    tell();
    model.set("value", [...chosen]);
    model.save_changes();
  });
  list.addEventListener("focusin", ({ target }) => {
    const row = rows.get(target.closest(".inb-row")?.dataset.name);
    if (row) rove(row);
  });
  group.addEventListener("keydown", (event) => {
    const within = list.contains(event.target);
    const lines = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (event.key === "Escape" && (within || event.target === search) && search.value) {
      search.value = "";
      filter();
      search.focus();
    } else if (event.target === search && event.key === "ArrowDown") {
      visible()[0]?.box.focus();
    } else if (within && event.key in lines) {
      const found = visible();
      const at = found.indexOf(stop) + lines[event.key];
      if (at < 0 && event.key === "ArrowUp") search.focus();
      else found[Math.max(0, Math.min(found.length - 1, at))]?.box.focus();
    } else return;
    event.preventDefault();
    // JupyterLab would take Escape and the arrows as its own.
    event.stopPropagation();
  });
  search.addEventListener("input", filter);

  dress();
  build();
  model.on("change:options", build);
  model.on("change:swatches", paint);
  model.on("change:value", () => {
    const names = model.get("value");
    if (names.length === chosen.size && names.every((name) => chosen.has(name))) return;
    adopt();
    arrange();
  });
  for (const name of ["top", "label", "limit_note"]) model.on(`change:${name}`, dress);

  // One column: the list folds away, so that the chart is not a screen below.
  let narrow = null;
  function fit(width) {
    if (width === 0 || narrow === width < NARROW) return;
    narrow = width < NARROW;
    el.classList.toggle("inb-narrow", narrow);
    fold.open = !narrow;
  }
  fold.addEventListener("toggle", () => {
    if (!narrow) fold.open = true;
    else if (fold.open) arrange();
  });
  const watch = new ResizeObserver(([entry]) => fit(entry.contentRect.width));
  const frame = requestAnimationFrame(() => {
    const around = el.closest(".inb-explorer") ?? document.documentElement;
    fit(around.clientWidth);
    watch.observe(around);
  });
  fit(document.documentElement.clientWidth);
  signal?.addEventListener("abort", () => {
    cancelAnimationFrame(frame);
    watch.disconnect();
  });
}

export default { render };
