// What the pull chart draws, as insights_nb.charts.pulls makes it of a frame.

import { fill, span } from "./texts.js";
import { at, calledIn } from "./frames.js";
import { markEvents, toldEvents } from "./events.js";

const MANY_POINTS = 30;
const LETTER_WIDTH = 7;
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const thousands = (value) => grouped.format(value);

// Halves go to the even neighbour, as they do in Python.
export function toEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

function changeOf(value, before, say) {
  if (value === null || before === null || (!before && !value)) return say.unknown_change;
  if (!before) return say.new;
  const percent = toEven(100 * (value / before - 1) * 10) / 10;
  if (!percent) return "0.0 %";
  return `${percent < 0 ? "−" : "+"}${decimal.format(Math.abs(percent))} %`;
}

// The runs of periods of which nothing is known, each of one kind.
/** @returns {[any, string[]]} the bands by column, and the notes */
function gapsOf(periods, unknown, available, say) {
  const runs = [];
  unknown.forEach((gone, t) => {
    if (!gone) return;
    const last = runs.at(-1);
    if (last && last[1] === t - 1 && available[t - 1] === available[t]) last[1] = t;
    else runs.push([t, t]);
  });
  const ends = runs.map((run) => run.map((t) => periods[t]));
  const bands = {
    start: ends.map(([first]) => first.band[0]),
    end: ends.map(([, last]) => last.band[1]),
    text: ends.map((run, i) => fill(available[runs[i][0]] ? say.uncounted : say.no_count, { span: span(...run) })),
  };
  if (runs.length <= 1) return [bands, [...bands.text]];
  return [bands, [fill(say.shaded, { unknown: unknown.filter(Boolean).length })]];
}

// The events are those that are marked.
/** @returns {[any, any]} datasets and signals */
export function pullLines(frame, measure, given, say, shown) {
  const [datasets, blank] = given.nothing;
  const bySlot = [...blank.names];
  const { unit, periods } = frame;
  const starts = periods.map(({ start }) => start);
  const names = frame.names.map((name) => calledIn(given.labels, name));
  const grid = frame[measure];
  const known = grid.flat().filter((value) => value !== null);
  if (!known.length) return [datasets, { ...blank, heading: say.heading }];
  const folded = new RegExp(`^(?:${given.other.is})$`);
  const grey = names.map((name) => folded.test(name));
  let [colour, other] = [0, 0];
  const slotOf = grey.map((each) => (each ? given.neutral[other++] : colour++));
  const order = names.map((_, i) => i).sort((a, b) => slotOf[a] - slotOf[b]);
  names.forEach((name, i) => (bySlot[slotOf[i]] = name));
  const unknown = starts.map((_, t) => at(grid, t).every((value) => value === null));
  const available = starts.map((_, t) => at(frame.source, t).some((kind) => kind !== null));
  const [gaps, notes] = gapsOf(periods, unknown, available, say);
  const [events, eventRows] = markEvents(shown, starts, given.marks, say);
  const signals = {
    ...blank,
    names: bySlot,
    shown: order.map((i) => slotOf[i]),
    heading: say.heading,
    notes: [...notes, ...names.filter((_, i) => grey[i]).map((name) => fill(say.smallest, { name }))],
    periods: starts,
    monthly: unit === "month",
    point_size: starts.length > MANY_POINTS ? 18 : blank.point_size,
    column_width: blank.column_width + LETTER_WIDTH * Math.max(...names.map((name) => [...name].length)),
    ceiling: Math.max(...known) > 0 ? null : 1,
    event_rows: eventRows,
  };
  const [one, many] = given.units[measure];
  const each = (make) => order.flatMap((i, line) => starts.map((_, t) => make(i, t, line)));
  const rows = {
    period: each((_, t) => starts[t]),
    name: { categories: order.map((i) => names[i]), codes: each((_, __, line) => line) },
    dates: { categories: periods.map(({ dates }) => dates), codes: each((_, t) => t) },
    slot: each((i) => slotOf[i]),
    value: each((i, t) => grid[i][t]),
    count: each((i, t) => {
      const value = grid[i][t];
      return value === null ? null : `${thousands(value)} ${value === 1 ? one : many}`;
    }),
    change: each((i, t) => changeOf(grid[i][t], t ? grid[i][t - 1] : null, say)),
  };
  return [{ rows, gaps, events }, signals];
}

export function describe({ rows, events }, signals, say) {
  if (!rows.value.length) return fill(say.nothing, signals);
  const length = signals.periods.length;
  const lines = rows.name.categories.map((name, line) => {
    const its = rows.count.slice(line * length, (line + 1) * length);
    const last = its.findLastIndex((count) => count !== null);
    const newest = { count: its[last], dates: rows.dates.categories[last] };
    return `${name}: ${last < 0 ? say.unknown : fill(say.last, newest)}.`;
  });
  return [`${signals.heading}.`, ...signals.notes, ...lines, ...toldEvents(events)].join(" ");
}
