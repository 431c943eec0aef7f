// The page: its widgets, and what becomes of a choice.

import { fill } from "./texts.js";
import { calledIn, foldOther, leftOut, openTable, pulls, pullsBefore, topNames } from "./frames.js";
import { eventItems, shownEvents } from "./events.js";
import { describe, pullLines } from "./lines.js";
import { coverage, differences, figures, some } from "./words.js";
import { csvOf, tableOf } from "./rows.js";
import { readQuery, toParameters } from "./selection.js";
import { sourcesOf } from "./sources.js";
import { Model } from "./model.js";

const CHART = "pulls";
// The link's parameter of that name says whether events are marked.
const EVENTS = "events";
const pieces = globalThis.insights_nb_pieces;
globalThis[Symbol.for("insights_nb.vega")] = Promise.resolve(pieces.vega);

const given = JSON.parse(document.getElementById("given").textContent);
const { page, measures, kinds } = given;
const [MARKED, UNMARKED] = given.offered[EVENTS][0];
const tables = {};
const tableFor = (unit) => (tables[unit] ??= openTable(unit, given));

const [granularity, months, measure] = ["granularity", "months", "measure"].map(
  (name) => new Model({ label: page.labels[name], options: given.options[name], value: given.first[name] }),
);
const picker = new Model({
  label: page.labels.repositories, options: [], value: [], top: [], swatches: {}, labels: given.labels,
  limit_note: page.limit,
});
const notice = new Model({ kind: "info", text: "", details: [] });
const samples = new Model({ kind: "info", text: given.samples ? page.samples : "", details: [] });
const gaps = new Model({ kind: "warning", text: "", details: [] });
const totalsShown = new Model({ items: [] });
const chart = new Model({
  spec: given.spec, datasets: {}, signals: {}, description: "", filename: "pulls", chart_id: CHART,
  vega_url: "", empty: page.nothing,
});
const marks = new Model({ items: [], shown: true });
const data = new Model({ columns: [], caption: "", opened: false, _shown: null });
const link = new Model(
  { buttons: ["link"], parameters: {}, whitelist: given.parameters, chart: "", code: "", query: "" },
  ({ type }, model) => type === "hello" && model.fire("msg:custom", { type: "ready" }),
);
const downloads = new Model(
  { buttons: ["csv", "sources", "png", "svg"], parameters: {}, whitelist: [], chart: CHART, code: "", query: "" },
  async ({ type }, model) => {
    const name = `${chart.get("filename")}.csv`;
    const csv = csvOf(shown.frame, given);
    if (type === "csv") model.fire("msg:custom", { type, text: csv, filename: name });
    if (type !== "sources") return;
    const text = await sourcesOf(shown.frame, link.get("parameters"), name, csv, given);
    model.fire("msg:custom", { type, text, filename: `${name}${given.ending}` });
  },
);

let shown = {};
let quiet = false;

function quietly(change) {
  const before = quiet;
  quiet = true;
  change();
  quiet = before;
}

const selection = () => ({
  granularity: granularity.get("value"),
  months: months.get("value"),
  repositories: picker.get("value"),
  measure: measure.get("value"),
});

const say = (text, details = [], kind = "info") => notice.put({ kind, text, details });
const sentencesOf = (now) => given.say[now.granularity][now.months][now.measure];
const named = (names) => some(names, { ...given, more: sentencesOf(selection()).more });

// --- choosing --------------------------------------------------------------------------------

// Lists what the granularity's reports name; returns the chosen ones that it does not.
function offer() {
  const { names } = tableFor(granularity.get("value"));
  const offered = new Set(names);
  const chosen = picker.get("value");
  if (names !== picker.get("options"))
    picker.put({ options: names, value: chosen.filter((name) => offered.has(name)) });
  rank();
  return chosen.filter((name) => !offered.has(name));
}

function rank() {
  const now = selection();
  const table = tableFor(now.granularity);
  const every = pulls(table, now.months, table.names, [now.measure]);
  picker.put({ top: topNames(every, given.top, now.measure, table.place) });
}

function choose(wanted) {
  quietly(() => {
    granularity.set("value", wanted.granularity);
    months.set("value", wanted.months);
    measure.set("value", wanted.measure);
    offer();
    const offered = new Set(picker.get("options"));
    const names = wanted.repositories?.filter((name) => offered.has(name)) ?? picker.get("top");
    picker.set("value", names);
  });
}

function restore(query) {
  const [wanted, refused] = readQuery(query, { ...selection(), [EVENTS]: MARKED }, given.offered);
  if (!(wanted.granularity in given.series)) {
    say(fill(page.not_on_page, wanted), [], "error");
    return draw();
  }
  choose(wanted);
  quietly(() => marks.set("shown", wanted[EVENTS] === MARKED));
  const known = new Set(picker.get("options"));
  const gone = wanted.repositories.filter((name) => !known.has(name));
  if (gone.length) {
    refused.push(fill(page.unnamed, { names: named(gone) }));
    if (!picker.get("value").length) quietly(() => picker.set("value", picker.get("top")));
  }
  say(refused.length ? page.not_here : "", refused);
  draw();
}

// --- drawing ---------------------------------------------------------------------------------

function draw() {
  const now = selection();
  const hidden = marks.get("shown") ? {} : { [EVENTS]: UNMARKED };
  link.put({ parameters: { ...toParameters(now), ...hidden } });
  const blank = !now.repositories.length;
  main.classList.toggle("inb-blank", blank);
  if (blank) {
    say(page.nothing_chosen);
    rank();
    return picker.put({ swatches: {} });
  }
  if (notice.get("text") === page.nothing_chosen) say("");
  const table = tableFor(now.granularity);
  const frame = pulls(table, now.months, now.repositories, measures);
  const lines = foldOther(frame, now.measure, { ...given, place: table.place });
  const events = shownEvents(frame, table.events);
  const sentences = sentencesOf(now);
  const marked = marks.get("shown") ? events : [];
  const [datasets, signals] = pullLines(lines, now.measure, given, sentences, marked);
  marks.put({ items: eventItems(events) });
  const ends = [frame.periods[0], frame.periods.at(-1)].map(({ day }) => day).join("-");
  const filename = `${now.measure.replaceAll("_", "-")}-by-${now.granularity}-${ends}`;
  chart.put({ datasets, signals, description: describe(datasets, signals, sentences), filename });
  shown = { frame, lines, measure: now.measure, sentences };
  const before = pullsBefore(table, now.months, now.repositories, measures);
  totalsShown.put({ items: figures(frame, before, now.measure, kinds, sentences) });
  const otherwise = leftOut(table, now.months, now.repositories);
  const [text, details] = coverage(frame, otherwise, given, sentences);
  const others = differences(frame, now.measure, given, sentences);
  gaps.put({
    text: [text, ...others.slice(0, 1)].filter(Boolean).join(" "),
    details: [...details, ...others.slice(1)],
  });
  rank();
  const slots = new Map(signals.names.map((name, slot) => [name, slot]));
  const drawn = now.repositories
    .map((name) => [name, given.swatches[slots.get(calledIn(given.labels, name))]])
    .filter(([, swatch]) => swatch);
  picker.put({ swatches: Object.fromEntries(drawn) });
  tabulate();
}

function tabulate() {
  if (!data.get("opened") || !shown.lines) return;
  const { columns, rows, caption } = tableOf(shown.lines, shown.measure, shown.sentences);
  data.put({ columns, caption, _shown: rows });
}

// --- the page --------------------------------------------------------------------------------

function box(names, ...children) {
  const node = document.createElement("div");
  node.className = `inb-box ${names}`;
  node.append(...children);
  return node;
}

function place(name, model) {
  const el = document.createElement("div");
  el.className = "jupyter-widgets";
  // Once it is on the page: a chart's and a list's sizes decide how they look.
  mounts.push(() => pieces[name].render({ model, el }));
  return el;
}

const mounts = [];
const fields = [granularity, months, measure].map((one) => box("inb-field", place("segmented", one)));
const panel = box(
  "inb-panel",
  box("inb-plot", place("chart_view", chart)),
  box("inb-marks", place("event_list", marks)),
  box("inb-foot", place("table", data), place("actions", downloads)),
);
const main = box("inb-page inb-shown", place("figures", totalsShown), place("notice", gaps), panel);
document.getElementById("main").replaceChildren(
  box(
    "inb-explorer",
    box("inb-aside", place("picker", picker)),
    box(
      "inb-main",
      box("inb-controls", ...fields, place("actions", link)),
      place("notice", notice),
      main,
      place("notice", samples),
    ),
  ),
);
choose(given.first);
link.on("change:query", () => {
  const query = link.get("query");
  if (!query) return;
  link.set("query", ""); // So that the same link is heeded when it comes again.
  restore(query);
});
for (const control of [granularity, months, measure, picker])
  control.on("change:value", () => {
    if (quiet) return;
    say("");
    if (control === granularity) {
      let gone;
      quietly(() => (gone = offer()));
      const reports = granularity.get("options").find(([name]) => name === granularity.get("value"))[1].toLowerCase();
      if (gone.length) say(fill(page.unnamed_by, { reports, names: named(gone) }));
    }
    draw();
  });
marks.on("change:shown", () => quiet || draw());
data.on("change:opened", tabulate);
draw();
pieces.actions.initialize({ model: link });
for (const mount of mounts) mount();
