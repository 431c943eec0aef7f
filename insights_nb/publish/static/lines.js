// What the pull chart draws, as insights_nb.charts.pulls makes it of a frame.

import { datesOf, halfWay, shift, span } from "./periods.js";
import { at, calledIn } from "./frames.js";
import { markEvents, toldEvents } from "./events.js";

const OTHER = /^Other \(\d+ repositor(?:y|ies)(?:, [\p{L}\p{N}_]+)?\)$/u;
const MANY_POINTS = 30;
const KEY_WIDTH = 48;
const LETTER_WIDTH = 7;
const UNKNOWN_CHANGE = "–";
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const thousands = (value) => grouped.format(value);

// Halves go to the even neighbour, as they do in Python.
export function toEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

function changeOf(value, before) {
  if (value === null || before === null || (!before && !value)) return UNKNOWN_CHANGE;
  if (!before) return "new";
  const percent = toEven(100 * (value / before - 1) * 10) / 10;
  if (!percent) return "0.0 %";
  return `${percent < 0 ? "−" : "+"}${decimal.format(Math.abs(percent))} %`;
}

// The runs of periods of which nothing is known, each of one kind.
/** @returns {[any, string[]]} the bands by column, and the notes */
function gapsOf(unit, starts, unknown, held) {
  const runs = [];
  unknown.forEach((gone, t) => {
    if (!gone) return;
    const last = runs.at(-1);
    if (last && last[1] === t - 1 && held[t - 1] === held[t]) last[1] = t;
    else runs.push([t, t]);
  });
  const bands = { start: [], end: [], text: [] };
  for (const [first, last] of runs) {
    const said = held[first] ? "Not counted in the reports of" : "No count held for";
    bands.start.push(halfWay(shift(unit, starts[first], -1), starts[first]));
    bands.end.push(halfWay(starts[last], shift(unit, starts[last], 1)));
    bands.text.push(`${said} ${span(unit, starts[first], starts[last])}.`);
  }
  const notes = [...bands.text];
  if (notes.length <= 1) return [bands, notes];
  return [bands, [`${unknown.filter(Boolean).length} ${unit}s are unknown (shaded).`]];
}

/** @returns {[any, any]} datasets and signals of a frame without counts */
function nothing(heading, titles, names) {
  const [events, rows] = markEvents([], []);
  const signals = {
    heading, notes: [], names, shown: [], periods: [], monthly: false,
    percent: false, point_size: 44, column_width: KEY_WIDTH, ceiling: 1, titles, event_rows: rows,
  };
  return [{ rows: { period: [], value: [] }, gaps: { start: [], end: [], text: [] }, events }, signals];
}

// The events are those that are marked.
/** @returns {[any, any]} datasets and signals */
export function pullLines(frame, measure, given, shown = []) {
  const titles = { Series: "Repository", Count: "Count" };
  const [coloured, ...neutral] = given.slots;
  const bySlot = Array(coloured + neutral.length).fill("");
  const { unit, starts } = frame;
  const names = frame.names.map((name) => calledIn(given.labels, name));
  const grid = frame[measure];
  if (!starts.length) return nothing(given.titles[measure], titles, bySlot);
  const heading = `${given.titles[measure]} per ${unit}, ${span(unit, starts[0], starts.at(-1))}`;
  const known = grid.flat().filter((value) => value !== null);
  if (!known.length) return nothing(heading, titles, bySlot);
  const grey = names.map((name) => OTHER.test(name));
  let [colour, other] = [0, 0];
  const slotOf = grey.map((each) => (each ? neutral[other++] : colour++));
  const order = names.map((_, i) => i).sort((a, b) => slotOf[a] - slotOf[b]);
  names.forEach((name, i) => (bySlot[slotOf[i]] = name));
  const unknown = starts.map((_, t) => at(grid, t).every((value) => value === null));
  const held = starts.map((_, t) => at(frame.source, t).some((kind) => kind !== null));
  const [gaps, notes] = gapsOf(unit, starts, unknown, held);
  const [events, eventRows] = markEvents(shown, starts);
  const signals = {
    names: bySlot,
    shown: order.map((i) => slotOf[i]),
    heading,
    notes: [...notes, ...names.filter((_, i) => grey[i]).map((name) => `${name}: the smallest, added up.`)],
    periods: starts,
    monthly: unit === "month",
    percent: false,
    point_size: starts.length > MANY_POINTS ? 18 : 44,
    column_width: KEY_WIDTH + LETTER_WIDTH * Math.max(...names.map((name) => [...name].length)),
    ceiling: Math.max(...known) > 0 ? null : 1,
    titles,
    event_rows: eventRows,
  };
  const [one, many] = given.units[measure];
  const each = (make) => order.flatMap((i, line) => starts.map((_, t) => make(i, t, line)));
  const rows = {
    period: each((_, t) => starts[t]),
    name: { categories: order.map((i) => names[i]), codes: each((_, __, line) => line) },
    dates: { categories: starts.map((start) => datesOf(unit, start)), codes: each((_, t) => t) },
    slot: each((i) => slotOf[i]),
    value: each((i, t) => grid[i][t]),
    count: each((i, t) => {
      const value = grid[i][t];
      return value === null ? null : `${thousands(value)} ${value === 1 ? one : many}`;
    }),
    change: each((i, t) => changeOf(grid[i][t], t ? grid[i][t - 1] : null)),
  };
  return [{ rows, gaps, events }, signals];
}

export function describe({ rows, events }, signals) {
  if (!rows.value.length) return `${signals.heading}: nothing to show.`;
  const length = signals.periods.length;
  const lines = rows.name.categories.map((name, line) => {
    const its = rows.count.slice(line * length, (line + 1) * length);
    const last = its.findLastIndex((count) => count !== null);
    return `${name}: ${last < 0 ? "unknown" : `${its[last]} in ${rows.dates.categories[last]}`}.`;
  });
  return [`${signals.heading}.`, ...signals.notes, ...lines, ...toldEvents(events)].join(" ");
}
