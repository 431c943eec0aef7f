const SEARCH_FROM = 12;
const PAUSE = 150; // Milliseconds without typing, before Python is asked.
const MOST_LETTERS = 200; // As in facet.py.
const [LONG, END] = [24, 12]; // In letters: which labels can lose their middle, and what stays behind it.
const count = new Intl.NumberFormat("en-US");
const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1, minimumFractionDigits: 1 });

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

function render({ model, el, signal }) {
  el.classList.add("inb", "inb-facet");
  el.dataset.lmSuppressShortcuts = "true"; // In JupyterLab arrows, Enter and Space are the notebook's.
  const name = `inb-facet-${Math.random().toString(36).slice(2)}`;
  const legend = h("legend", "");
  const search = h("input", "inb-search");
  search.type = "search";
  search.autocomplete = "off";
  search.spellcheck = false;
  search.maxLength = MOST_LETTERS;
  search.value = model.get("query");
  const list = h("div", "inb-list");
  const empty = h("p", "inb-empty");
  const rest = h("p", "inb-note");
  const more = button("", () => {
    all = !all;
    filter();
    if (!all) group.scrollIntoView({ block: "nearest" });
  });
  const clear = button("Clear", () => choose([]));
  const status = h("p", "inb-unseen");
  status.setAttribute("role", "status");
  const group = h("fieldset", "", legend, search, list, empty, rest, h("div", "inb-buttons", more, clear), status);
  el.append(group);
  let rows = [];
  let all = false;
  let stop = null; // The row that Tab reaches: one of a long list.
  let pause = 0;

  const same = (one, other) => one.length === other.length && one.every((value, i) => value === other[i]);

  function choose(values) {
    model.set("value", values);
    model.save_changes();
    check();
  }

  function amount(item) {
    if (item.note) return [item.note, item.note];
    if (typeof item.count !== "number") return ["–", "unknown"];
    const share = typeof item.share === "number" ? `${percent.format(item.share * 100)}\u202f%` : "";
    const exact = `${count.format(item.count)} ${model.get("unit")}${share && `, ${share}`}`;
    return [share || short.format(item.count), exact];
  }

  // Where there is no room for all, the middle goes: names most often differ at the end.
  function called(label) {
    const letters = [...label];
    const parts = letters.length > LONG ? [letters.slice(0, -END), letters.slice(-END)] : [letters];
    return parts.map((part) => h("span", "", part.join("")));
  }

  // A share of the largest would make small lists look alike: bars are of the whole.
  function fit(bar, item) {
    const part = Math.max(0, Math.min(1, item.share ?? 0));
    bar.style.setProperty("--part", String(part));
    bar.hidden = !part;
  }

  function row(item) {
    const box = document.createElement("input");
    const [said, exact] = amount(item);
    const bar = h("span", "inb-bar-fill");
    const text = h("span", "inb-name", ...called(item.label));
    const number = h("span", "inb-amount", said);
    const node = h("label", "inb-row", box, bar, text, number);
    box.type = model.get("single") ? "radio" : "checkbox";
    box.name = name;
    box.setAttribute("aria-label", `${item.label}, ${exact}`);
    node.title = `${item.label}: ${exact}`;
    fit(bar, item);
    box.addEventListener("change", () => {
      if (model.get("single")) {
        // Chromium tells of a change when a click lets it go, too; see below.
        if (box.checked) choose([item.value]);
        return;
      }
      const now = model.get("value").filter((one) => one !== item.value);
      choose(box.checked ? [...now, item.value] : now);
    });
    // A radio button that is on cannot be turned off by pressing it; here it can.
    box.addEventListener("click", () => {
      if (model.get("single") && same(model.get("value"), [item.value])) choose([]);
    });
    return { item, node, box, bar, text, number, lower: item.label.toLowerCase() };
  }

  // Rows that stay are changed and not made anew: a focus, a pressed button, survives.
  function build() {
    const before = new Map(rows.map((one) => [one.item.value, one]));
    rows = model.get("items").map((item) => {
      const old = before.get(item.value);
      if (!old) return row(item);
      const [said, exact] = amount(item);
      old.item = item;
      if (old.text.textContent !== item.label) old.text.replaceChildren(...called(item.label));
      old.number.textContent = said;
      old.box.setAttribute("aria-label", `${item.label}, ${exact}`);
      old.node.title = `${item.label}: ${exact}`;
      fit(old.bar, item);
      old.lower = item.label.toLowerCase();
      return old;
    });
    const nodes = rows.map(({ node }) => node);
    if (nodes.length !== list.children.length || nodes.some((node, i) => node !== list.children[i])) {
      const focused = document.activeElement;
      const inside = focused instanceof HTMLElement && list.contains(focused);
      list.replaceChildren(...nodes);
      if (inside) focused.focus();
    }
    check();
    filter();
  }

  function check() {
    const chosen = new Set(model.get("value"));
    for (const { item, box, node } of rows) {
      box.checked = chosen.has(item.value);
      node.classList.toggle("inb-chosen", box.checked);
    }
    clear.hidden = !chosen.size;
    el.classList.toggle("inb-filtering", chosen.size > 0);
    status.textContent = chosen.size ? `${model.get("label")}: ${chosen.size} chosen` : "";
  }

  const visible = () => rows.filter(({ node }) => !node.hidden);

  function rove(row) {
    stop = row ?? null;
    // Radio buttons are one stop already.
    if (!model.get("single")) for (const one of rows) one.box.tabIndex = one === stop ? 0 : -1;
  }

  // At once among what is listed; the rest comes with Python's answer.
  function filter() {
    const asked = search.value.trim();
    // Labels have no "<": see charts/texts.py.
    const words = asked.replaceAll("<", "‹").toLowerCase().split(/\s+/).filter(Boolean);
    const limit = all || words.length ? Infinity : model.get("shown");
    let found = 0;
    let left = 0;
    for (const { node, lower, box } of rows) {
      const match = words.every((word) => lower.includes(word));
      if (match) found += 1;
      node.hidden = !match || (found > limit && !box.checked);
      if (match && node.hidden) left += 1;
    }
    rove(stop && !stop.node.hidden && rows.includes(stop) ? stop : visible()[0]);
    const asks = model.get("asks");
    const answered = !asks || model.get("_answered") === asked;
    const total = asks ? model.get("_total") : rows.length;
    empty.hidden = found > 0;
    if (!answered) empty.textContent = "Searching …";
    else if (asked) empty.textContent = `Nothing matches “${asked}”. Escape clears the search.`;
    else empty.textContent = model.get("empty");
    const listed = `${count.format(found)} of ${count.format(total)}`;
    rest.hidden = !answered || total <= found || !found || left > 0;
    rest.textContent = `The first ${listed} are listed: search for the others.`;
    more.hidden = words.length > 0 || (!left && !(all && rows.length > model.get("shown")));
    if (all) more.textContent = "Show fewer";
    else more.textContent = total > rows.length ? `Show ${listed}` : `Show all ${count.format(rows.length)}`;
    // One that asks filters more than its list, and stays however short that is.
    search.hidden = !asks && !asked && rows.length <= SEARCH_FROM;
  }

  function ask() {
    filter();
    if (!model.get("asks")) return;
    clearTimeout(pause);
    pause = setTimeout(() => {
      model.set("query", search.value.trim());
      model.save_changes();
    }, PAUSE);
  }
  signal?.addEventListener("abort", () => clearTimeout(pause));

  function dress() {
    legend.textContent = model.get("label");
    search.placeholder = "Search";
    search.setAttribute("aria-label", `Search ${model.get("label").toLowerCase()}`);
    clear.setAttribute("aria-label", `Clear ${model.get("label").toLowerCase()}`);
    filter();
  }

  search.addEventListener("input", ask);
  list.addEventListener("focusin", ({ target }) => {
    const row = rows.find(({ box }) => box === target);
    if (row) rove(row);
  });
  group.addEventListener("keydown", (event) => {
    const within = list.contains(event.target);
    const lines = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (event.key === "Escape" && (within || event.target === search) && search.value) {
      search.value = "";
      ask();
      search.focus();
    } else if (event.target === search && event.key === "ArrowDown") visible()[0]?.box.focus();
    // To Space a radio button that is on is deaf.
    else if (within && event.key === " " && model.get("single") && event.target.checked) choose([]);
    else if (within && event.key in lines && !model.get("single")) {
      const found = visible();
      const at = found.indexOf(stop) + lines[event.key];
      if (at < 0 && event.key === "ArrowUp" && !search.hidden) search.focus();
      else found[Math.max(0, Math.min(found.length - 1, at))]?.box.focus();
    } else return;
    event.preventDefault();
    // JupyterLab would take Escape and the arrows as its own.
    event.stopPropagation();
  });

  dress();
  build();
  // One message changes several traits; it is drawn once.
  let due = false;
  function soon() {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      build();
    });
  }
  for (const trait of ["items", "_answered", "_total"]) model.on(`change:${trait}`, soon);
  model.on("change:query", () => {
    // From a link; what is being typed is the viewer's.
    if (document.activeElement !== search && search.value.trim() !== model.get("query")) search.value = model.get("query");
    filter();
  });
  model.on("change:value", () => {
    check();
    filter();
  });
  for (const trait of ["label", "shown", "unit", "empty"]) model.on(`change:${trait}`, () => (dress(), soon()));
}

export default { render };
