const PATIENCE = 20_000;
const inDashboard = () => document.body.dataset.voila === "voila";
// A page that is a file keeps the selections behind the "#": nothing that may stand before it is its own.
const inFragment = () => document.body.dataset.link === "fragment";

function toQuery(parameters, whitelist) {
  const parts = [];
  for (const name of whitelist) {
    if (name === "token" || !Object.hasOwn(parameters, name)) continue;
    const value = encodeURIComponent(parameters[name]).replaceAll("%2F", "/").replaceAll("%2C", ",");
    parts.push(`${encodeURIComponent(name)}=${value}`);
  }
  return parts.join("&");
}

const shownQuery = (model) => toQuery(model.get("parameters"), model.get("whitelist"));

function initialize({ model }) {
  // Only what has the link reads and writes the address; a page has that once.
  if (!model.get("buttons").includes("link")) return;
  // The address is not written before Python has read it: until then it says what is wanted.
  let ready = false;
  // A link that somebody has just opened, and that is still to be read, is not written over.
  let known = location.hash;
  function address() {
    if (!ready || !inDashboard() || (inFragment() && location.hash !== known)) return;
    const query = shownQuery(model);
    const there = inFragment()
      ? location.pathname + location.search + (query && `#${query}`)
      : location.pathname + (query && `?${query}`) + location.hash;
    if (there !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", there);
    known = location.hash;
  }
  // Once the viewer pauses: browsers reload the icon at each change, and Safari limits their number.
  let pause;
  model.on("change:parameters", () => {
    clearTimeout(pause);
    pause = setTimeout(address, 250);
  });
  addEventListener("pagehide", address);
  model.on("msg:custom", (message) => {
    if (message?.type !== "ready") return;
    ready = true;
    address();
  });
  function read() {
    known = location.hash;
    const given = Object.fromEntries(new URLSearchParams(inFragment() ? location.hash.slice(1) : location.search));
    model.set("query", toQuery(given, model.get("whitelist")));
    model.save_changes();
  }
  if (inDashboard()) read();
  // A link that is pasted over the address of an open file does not load it again.
  if (inFragment()) addEventListener("hashchange", read);
  // Also after an empty query: Python learns that a browser is there.
  model.send({ type: "hello" });
}

function save(blob, filename) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = filename.replace(/[^\w.-]+/g, "_");
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function render({ model, el, signal }) {
  el.classList.add("inb", "inb-actions");
  el.dataset.lmSuppressShortcuts = "true"; // In JupyterLab arrows, Enter and Space are the notebook's.
  const row = document.createElement("div");
  const status = document.createElement("p");
  const by_hand = document.createElement("label");
  const sentence = document.createElement("span");
  row.className = "inb-buttons";
  status.className = "inb-count";
  status.setAttribute("role", "status");
  by_hand.className = "inb-by-hand";
  by_hand.hidden = true;
  by_hand.append(sentence);
  el.append(row, status, by_hand);

  let quiet;
  function say(text) {
    clearTimeout(quiet);
    // Cleared first: the same sentence twice is announced twice.
    status.textContent = "";
    requestAnimationFrame(() => (status.textContent = text));
    quiet = setTimeout(() => (status.textContent = ""), 8000);
  }

  function button(text, act) {
    const node = document.createElement("button");
    node.type = "button";
    node.className = "inb-button";
    node.textContent = text;
    node.addEventListener("click", () => node.getAttribute("aria-busy") || act(node));
    row.append(node);
    return node;
  }

  function busy(node, on, late) {
    clearTimeout(node.timer);
    if (!on) return node.removeAttribute("aria-busy");
    node.setAttribute("aria-busy", "true");
    node.timer = setTimeout(() => {
      busy(node, false);
      say(late);
    }, PATIENCE);
  }

  async function copy(text, what) {
    by_hand.hidden = true;
    try {
      await navigator.clipboard.writeText(text);
      say(`${what} copied`);
    } catch {
      // There is no clipboard on plain http, nor where the browser forbids it.
      const field = document.createElement(text.includes("\n") ? "textarea" : "input");
      field.readOnly = true;
      field.value = text;
      by_hand.replaceChildren(sentence, field);
      sentence.textContent = `This page may not use the clipboard. Copy the ${what.toLowerCase()} from here:`;
      by_hand.hidden = false;
      field.focus();
      field.select();
    }
  }

  function link() {
    const query = shownQuery(model);
    if (inFragment()) return location.href.split("#")[0] + (query && `#${query}`);
    return location.origin + location.pathname + (query && `?${query}`);
  }

  const wanted = new Set(model.get("buttons"));
  if (wanted.has("link")) {
    if (inDashboard()) button("Copy link", () => copy(link(), "Link"));
    else button("Copy code", () => copy(model.get("code"), "Code"));
  }
  const files = {};
  for (const [type, text, what] of [
    ["csv", "CSV", "The CSV"],
    ["sources", "Sources", "The list of sources"],
  ])
    if (wanted.has(type))
      files[type] = button(text, (node) => {
        busy(node, true, `${what} did not come. Try again, or reload the page.`);
        model.send({ type });
      });
  const pictures = ["png", "svg"]
    .filter((format) => wanted.has(format))
    .map((format) =>
      button(format.toUpperCase(), (node) => {
        busy(node, true, `The ${format.toUpperCase()} did not come. Try again, or reload the page.`);
        const detail = { chart: model.get("chart"), format };
        document.dispatchEvent(new CustomEvent("insights-nb:export", { detail }));
      }),
    );
  const names = { "Copy link": "Copy a link to what is shown", "Copy code": "Copy the Python code for what is shown", CSV: "Save the rows shown as a CSV file", Sources: "Save what the CSV’s columns mean, and which report files the numbers come from", PNG: "Save the chart as a PNG picture", SVG: "Save the chart as an SVG drawing" };
  function enable() {
    // A page that is a file does not say.
    const disabled = model.get("disabled") ?? [];
    for (const node of row.querySelectorAll("button")) {
      node.disabled = disabled.includes(node.textContent.toLowerCase());
      node.title = node.disabled ? "There is nothing to save" : names[node.textContent];
    }
  }
  enable();
  model.on("change:disabled", enable);

  document.addEventListener(
    "insights-nb:exported",
    (/** @type {CustomEvent} */ { detail }) => {
      if (detail?.chart !== undefined && detail.chart !== model.get("chart")) return;
      for (const node of pictures) {
        const format = node.textContent;
        if (!node.getAttribute("aria-busy") || (detail?.format && detail.format.toUpperCase() !== format)) continue;
        busy(node, false);
        say(detail?.error || `${format} saved`);
      }
    },
    { signal },
  );
  model.on("msg:custom", (message) => {
    const awaited = Object.values(files).filter((node) => node.getAttribute("aria-busy"));
    if (message?.type === "failed" && awaited.length) {
      for (const node of awaited) busy(node, false);
      return say(message.text);
    }
    const node = files[message?.type];
    // Another view of the same controls may have asked.
    if (!node?.getAttribute("aria-busy")) return;
    busy(node, false);
    if (node === files.csv) save(new Blob(["\ufeff", message.text], { type: "text/csv;charset=utf-8" }), message.filename);
    else save(new Blob([message.text], { type: "application/json" }), message.filename);
    say(`${node.textContent} saved`);
  });
  signal?.addEventListener("abort", () => {
    clearTimeout(quiet);
    for (const node of row.children) clearTimeout(/** @type {any} */ (node).timer);
  });
}

export default { initialize, render };
