// Beyond this many rows a page gets slow; the rest is one button (and the CSV) away.
const AT_ONCE = 2000;
const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });
const share = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const words = new Intl.Collator("en", { numeric: true });

function h(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function missing() {
  const dash = h("span", "", "–");
  dash.setAttribute("aria-hidden", "true");
  return [dash, h("span", "inb-unseen", "not known")];
}

function show(value, format) {
  if (typeof value !== "number") return String(value);
  if (format === "share") return `${share.format(value * 100)}\u202f%`;
  if (format !== "percent") return number.format(value);
  return `${percent.format(value * 100).replace("-", "−")}\u202f%`;
}

function compare(one, other) {
  return typeof one === "number" && typeof other === "number"
    ? one - other
    : words.compare(String(one), String(other));
}

function render({ model, el }) {
  el.classList.add("inb", "inb-data");
  el.dataset.lmSuppressShortcuts = "true"; // In JupyterLab arrows, Enter and Space are the notebook's.
  const region = h("div", "inb-scroll");
  region.tabIndex = 0;
  region.setAttribute("role", "region");
  const more = h("button", "inb-button");
  more.type = "button";
  const fold = h("details", "", h("summary", "", "Show the data"), region, more);
  el.append(fold);
  let sorted = { key: null, ascending: true };
  let all = false;
  let lines = new Map(); // Sorting moves the rows that are there already.

  function order(columns, rows, length) {
    const index = Array.from({ length }, (_, i) => i);
    const values = rows[sorted.key];
    if (!values) return index;
    const sign = sorted.ascending ? 1 : -1;
    // What is not known is neither small nor large: last either way.
    return index.sort((a, b) => {
      if (values[a] === null || values[b] === null) return Number(values[a] === null) - Number(values[b] === null);
      return sign * compare(values[a], values[b]);
    });
  }

  function head(column) {
    const cell = h("th", column.align === "right" ? "inb-right" : "");
    const mine = sorted.key === column.key;
    const button = h("button", "", column.label);
    cell.scope = "col";
    if (mine) cell.setAttribute("aria-sort", sorted.ascending ? "ascending" : "descending");
    button.type = "button";
    button.addEventListener("click", () => {
      sorted = { key: column.key, ascending: !mine || !sorted.ascending };
      draw();
      region.querySelector(`thead th[aria-sort] button`)?.focus();
    });
    cell.append(button);
    return cell;
  }

  function line(columns, rows, i) {
    const node = document.createElement("tr");
    columns.forEach((column, at) => {
      const cell = document.createElement(at ? "td" : "th");
      const value = rows[column.key][i];
      if (!at) cell.scope = "row";
      if (column.align === "right") cell.className = "inb-right";
      if (value === null || value === undefined) cell.append(...missing());
      else cell.textContent = show(value, column.format);
      node.append(cell);
    });
    return node;
  }

  function draw() {
    const rows = model.get("_shown");
    if (!fold.open) return region.replaceChildren();
    if (!rows) return region.replaceChildren(h("p", "inb-empty", "Loading the rows …"));
    const columns = model.get("columns").filter(({ key }) => key in rows);
    const length = columns.length ? rows[columns[0].key].length : 0;
    const caption = model.get("caption");
    region.setAttribute("aria-label", caption || "Data");
    const body = h("tbody");
    for (const i of order(columns, rows, length).slice(0, all ? length : AT_ONCE)) {
      if (!lines.has(i)) lines.set(i, line(columns, rows, i));
      body.append(lines.get(i));
    }
    const table = h("table", "", h("caption", "", caption), h("thead", "", h("tr", "", ...columns.map(head))), body);
    const { scrollLeft } = region;
    region.replaceChildren(...(length ? [table] : [h("p", "inb-empty", "There are no rows.")]));
    region.scrollLeft = scrollLeft;
    more.hidden = all || length <= AT_ONCE;
    more.textContent = `Show all ${number.format(length)} rows`;
  }

  more.hidden = true;
  more.addEventListener("click", () => {
    all = true;
    draw();
    region.focus();
  });
  fold.addEventListener("toggle", () => {
    if (model.get("opened") !== fold.open) {
      model.set("opened", fold.open);
      model.save_changes();
    }
    draw();
  });
  fold.open = model.get("opened");
  draw();
  // One message changes several traits; it is drawn once.
  let due = false;
  function soon() {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      lines = new Map();
      draw();
    });
  }
  for (const name of ["_shown", "columns", "caption"]) model.on(`change:${name}`, soon);
}

export default { render };
