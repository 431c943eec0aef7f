// Draws a Vega-Lite chart once, then only exchanges its rows and signals.

const VEGA = Symbol.for("insights_nb.vega");
const WAIT = 30_000;
const SMALLEST_EXPORT = 720;
const AHEAD = 200; // pixels beyond the window that count as seen
const LATEST = 1_000; // milliseconds until a chart that is not seen is drawn all the same
const SLACK = 3; // pixels, less than the padding
// A parameter of this name is given the chart's whole width, in pixels.
const ROOM = "room";
// A chart with marks has them as these rows, and lines below its title by this parameter.
const MARKS = "events";
const NOTES = "notes";
const MOST_NOTES = 12;

function baseUrl() {
  const config = document.getElementById("jupyter-config-data");
  const base = config ? JSON.parse(config.textContent).baseUrl : "/";
  return new URL(base ?? "/", location.href);
}

function askPython(model) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(reject, new Error("no answer from the kernel")), WAIT);
    const done = (settle, value) => {
      clearTimeout(timer);
      model.off("msg:custom", answer);
      settle(value);
    };
    const answer = (content, buffers) => {
      if (content?.type !== "vega") return;
      const url = URL.createObjectURL(new Blob([buffers[0]], { type: "text/javascript" }));
      done(resolve, import(url).finally(() => URL.revokeObjectURL(url)));
    };
    model.on("msg:custom", answer);
    model.send({ type: "vega" });
  });
}

async function fetchVega(model) {
  const path = model.get("vega_url");
  if (path && document.body.dataset.voila === "voila") {
    const url = new URL(path, baseUrl());
    try {
      if (url.origin === location.origin) return await import(url.href);
    } catch {
      // An older server's template lacks the file; the kernel has it.
    }
  }
  return askPython(model);
}

// One for the page: every chart waits for the first one's.
async function loadVega(model) {
  while (true) {
    const others = globalThis[VEGA];
    const loading = others ?? (globalThis[VEGA] = fetchVega(model));
    try {
      return await loading;
    } catch (error) {
      if (globalThis[VEGA] === loading) delete globalThis[VEGA];
      // Somebody else's kernel may have gone; ask our own.
      if (!others) throw error;
    }
  }
}

function toRows(columns) {
  const names = Object.keys(columns);
  const read = names.map((name) => {
    const column = columns[name];
    return Array.isArray(column) ? (i) => column[i] : (i) => column.categories[column.codes[i]];
  });
  const first = columns[names[0]] ?? [];
  const count = (Array.isArray(first) ? first : first.codes).length;
  const rows = new Array(count);
  for (let i = 0; i < count; i++) {
    const row = (rows[i] = {});
    for (let j = 0; j < names.length; j++) row[names[j]] = read[j](i);
  }
  return rows;
}

function keyOf(model) {
  const marks = toRows(model.get("datasets")[MARKS] ?? {}).map(({ text }) => text);
  const left = marks.length - MOST_NOTES;
  return left > 0 ? [...marks.slice(0, MOST_NOTES), `And ${left} more marks.`] : marks;
}

function filled(model, width, { paper = false } = {}) {
  let text = JSON.stringify(model.get("spec"));
  // Paper is white, and outside the page there are no variables.
  if (paper) text = text.replace(/var\(--[\w-]+,\s*([^()]+)\)/g, "$1");
  const spec = JSON.parse(text);
  const signals = { ...model.get("signals"), [ROOM]: width };
  // A picture goes without the list that says what its numbers stand for.
  if (paper) signals[NOTES] = [...(signals[NOTES] ?? []), ...keyOf(model)];
  spec.params = spec.params?.map((param) =>
    param.name in signals ? { ...param, value: signals[param.name] } : param,
  );
  spec.datasets = { ...spec.datasets };
  for (const [name, columns] of Object.entries(model.get("datasets")))
    spec.datasets[name] = toRows(columns);
  spec.width = width;
  if (paper) Object.assign(spec, { background: "#ffffff", padding: 16 });
  return spec;
}

const ERRORS_ONLY = 1;
const OPTIONS = {
  actions: false,
  ast: true, // needs no unsafe-eval of the page
  defaultStyle: false,
  logLevel: ERRORS_ONLY,
  renderer: "svg",
};

// Other people's text shows here: textContent only.
function makeTooltip(root, model) {
  const box = document.createElement("div");
  box.className = "inb-chart__tooltip";
  box.setAttribute("aria-hidden", "true");
  box.hidden = true;
  root.append(box);
  return (value, x, y) => {
    box.hidden = value == null || value === "";
    if (box.hidden) return;
    // What a row is called can change with what is shown.
    const titles = model.get("signals").titles ?? {};
    const entries = typeof value === "object" ? Object.entries(value) : [["", value]];
    box.replaceChildren(
      ...entries.map(([name, content]) => {
        const line = document.createElement("div");
        const [key, data] = [document.createElement("span"), document.createElement("strong")];
        key.textContent = titles[name] ?? name;
        data.textContent = String(content);
        line.append(...(name ? [key] : []), data);
        return line;
      }),
    );
    const { width, height } = box.getBoundingClientRect();
    const left = x + 14 + width < innerWidth ? x + 14 : x - 14 - width;
    const top = y + 14 + height < innerHeight ? y + 14 : y - 14 - height;
    box.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  };
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function exportChart(model, format, width) {
  const { vegaEmbed } = await loadVega(model);
  const spec = filled(model, Math.max(SMALLEST_EXPORT, width), { paper: true });
  const { view } = await vegaEmbed(document.createElement("div"), spec, OPTIONS);
  try {
    const blob =
      format === "svg"
        ? new Blob([await view.toSVG()], { type: "image/svg+xml" })
        : await view.toCanvas(2).then((c) => new Promise((ok) => c.toBlob(ok, "image/png")));
    if (!blob) throw new Error("the picture is too large for this browser");
    const stem = model.get("filename").replace(/[^\p{L}\p{N}._ -]+/gu, "_") || "chart";
    save(blob, `${stem}.${format}`);
  } finally {
    view.finalize();
  }
}

function render({ model, el }) {
  const gone = new AbortController();
  const root = document.createElement("div");
  const plot = document.createElement("div");
  const notice = document.createElement("div");
  const title = document.createElement("p");
  const sentence = document.createElement("p");
  const spoken = document.createElement("div");
  root.className = "inb-chart";
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-roledescription", "chart");
  root.dataset.chart = model.get("chart_id");
  root.dataset.redraws = "0";
  plot.className = "inb-chart__plot";
  notice.className = "inb-chart__notice";
  notice.append(title, sentence);
  title.className = "inb-chart__title";
  spoken.className = "inb-chart__spoken";
  spoken.setAttribute("aria-live", "polite");
  root.append(plot, notice, spoken);
  el.append(root);
  const tooltip = makeTooltip(root, model);

  let view;
  let width = 0;
  let busy = false;
  let redraws = 0;
  let laidOut = [];
  const changed = new Set();

  // What it would be about stays: a sentence alone says nothing of which chart is missing.
  function say(text) {
    title.textContent = model.get("signals").heading ?? "";
    title.hidden = !title.textContent;
    sentence.textContent = text;
    notice.hidden = !text;
    root.classList.toggle("inb-chart--empty", Boolean(text));
  }

  function drawn() {
    const columns = Object.values(model.get("datasets"));
    const empty = columns.length > 0 && columns.every((one) => toRows(one).length === 0);
    say(empty ? model.get("empty") : "");
    root.setAttribute("aria-label", model.get("description"));
    view.description(model.get("description"));
    root.dataset.redraws = String(++redraws);
    document.dispatchEvent(
      new CustomEvent("insights-nb:drawn", { detail: { chart: model.get("chart_id"), redraws } }),
    );
  }

  async function embed() {
    const { vegaEmbed } = await loadVega(model);
    if (gone.signal.aborted) return;
    changed.clear();
    view?.finalize();
    const result = await vegaEmbed(plot, filled(model, width), {
      ...OPTIONS,
      tooltip: (_, event, __, value) => tooltip(value, event?.clientX, event?.clientY),
    });
    view = result.view;
    laidOut = extent();
    if (gone.signal.aborted) view.finalize();
  }

  async function update() {
    const names = new Set(changed);
    changed.clear();
    if (names.has("signals") || names.has("width")) {
      const signals = { ...model.get("signals"), [ROOM]: width };
      for (const { name } of model.get("spec").params ?? [])
        if (name in signals) view.signal(name, signals[name]);
    }
    if (names.has("datasets"))
      for (const [name, columns] of Object.entries(model.get("datasets")))
        view.data(name, toRows(columns));
    if (names.has("width")) view.width(width);
    await view.runAsync();
    // A longer legend, title or label needs other margins; Vega measures again only when told to.
    const now = extent();
    if (!now.some((edge, i) => Math.abs(edge - laidOut[i]) > SLACK)) return;
    view.resize();
    await view.runAsync();
    laidOut = extent();
  }

  function extent() {
    const { x1, y1, x2, y2 } = view.scenegraph().root.items[0].bounds;
    return [x1, y1, x2, y2];
  }

  // A chart that nobody sees yet leaves the way to those that somebody waits for.
  async function turn() {
    const { top, bottom } = root.getBoundingClientRect();
    if (bottom > -AHEAD && top < innerHeight + AHEAD) return;
    const idle = globalThis.requestIdleCallback ?? ((go) => setTimeout(go, 50));
    await new Promise((go) => idle(go, { timeout: LATEST }));
  }

  // What changes in one message, or while a run is on, is drawn in one run.
  async function flush() {
    if (busy) return;
    busy = true;
    try {
      while (changed.size && width && !model.get("pending") && !gone.signal.aborted) {
        await turn();
        if (gone.signal.aborted) break;
        await (view && !changed.has("spec") ? update() : embed());
        // What has changed meanwhile is not drawn yet: the words would run ahead of the marks.
        if (!changed.size && !gone.signal.aborted) drawn();
      }
    } catch (error) {
      console.error(error);
      say(`The chart cannot be drawn: ${error.message}.`);
    } finally {
      busy = false;
    }
  }

  function note(name) {
    changed.add(name);
    leave();
    queueMicrotask(flush);
  }

  const listeners = ["spec", "datasets", "signals", "description", "empty", "pending"].map((name) => {
    const listener = () => note(name);
    model.on(`change:${name}`, listener);
    return [`change:${name}`, listener];
  });

  // Also tells when the chart is first laid out: before, it has no width to draw at.
  const sizes = new ResizeObserver(() => {
    const now = Math.floor(plot.clientWidth);
    if (!now || now === width) return;
    width = now;
    note("width");
  });
  sizes.observe(plot);

  let at = -1;
  let mark;

  function leave() {
    tooltip(null);
    mark?.classList.remove("inb-chart__at");
    mark = undefined;
  }

  root.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") leave();
    if (!step || event.target !== root) return;
    // In the order of the rows. What lies behind points, as a gap does, is in the description.
    const points = plot.querySelectorAll(".mark-symbol.role-mark [aria-label]");
    const marks = points.length ? points : plot.querySelectorAll(".role-mark [aria-label]");
    if (!marks.length) return;
    event.preventDefault();
    at = (at + step + marks.length) % marks.length;
    leave();
    mark = marks[at];
    mark.classList.add("inb-chart__at");
    const text = mark.getAttribute("aria-label");
    const { left, right, top, bottom } = mark.getBoundingClientRect();
    if (points.length) tooltip(text, right - 10, bottom - 10);
    else tooltip(text, (left + right) / 2, (top + bottom) / 2);
    spoken.textContent = text;
  });
  root.addEventListener("blur", leave);

  async function onExport({ detail }) {
    const { chart, format } = detail ?? {};
    if (chart !== model.get("chart_id") || detail.taken) return;
    detail.taken = true; // A model can have several views; one file is enough.
    const answer = { chart, format };
    try {
      await exportChart(model, format, width);
    } catch (error) {
      console.error(error);
      answer.error = `The ${format.toUpperCase()} cannot be made: ${error.message}.`;
    }
    document.dispatchEvent(new CustomEvent("insights-nb:exported", { detail: answer }));
  }
  document.addEventListener("insights-nb:export", /** @type {any} */ (onExport), { signal: gone.signal });

  note("spec");
  return () => {
    gone.abort();
    sizes.disconnect();
    for (const [name, listener] of listeners) model.off(name, listener);
    view?.finalize();
    root.remove();
  };
}

export default { render };
