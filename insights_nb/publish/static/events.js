// Which events a chart marks, and where, as insights_nb.charts.events decides it.

import { dayInWords, shift } from "./periods.js";

const PLOTS = [230, 440, 680]; // the narrowest, by the chart's width
const NUMBER = 18;
const MOST_ROWS = 3;
const NO_NUMBER = -1;

// The events of a frame, oldest first, each with its mark's number and its period's start.
export function shownEvents({ unit, starts, names }, events) {
  if (!starts.length) return [];
  const own = new Set(names);
  const [first, end] = [starts[0], shift(unit, starts.at(-1), 1)];
  const inside = events
    .map((event) => ({ ...event, time: Date.parse(`${event.day}T00:00:00Z`) }))
    .filter(({ time }) => first <= time && time < end)
    .filter(({ repository }) => repository === null || own.has(repository));
  let [number, before] = [0, null];
  return inside.map(({ time, text, url }) => {
    const start = starts.findLast((one) => one <= time);
    if (start !== before) number++;
    before = start;
    return { number, start, dates: dayInWords(time), text, url };
  });
}

// In which row each number stands, so that none covers another of its row.
function stacked(places) {
  const ends = Array(MOST_ROWS).fill(-Infinity);
  return places.map((place) => {
    const row = ends.findIndex((end) => place - end >= NUMBER);
    if (row !== NO_NUMBER) ends[row] = place;
    return row;
  });
}

// Events of one day share a tooltip's row.
function tip(its) {
  const days = new Map();
  for (const { dates, text } of its) days.set(dates, [...(days.get(dates) ?? []), text]);
  return Object.fromEntries([...days].map(([dates, texts]) => [dates, texts.join("; ")]));
}

/** @returns {[any, any]} the marks by column, and their rows by width */
export function markEvents(shown, starts) {
  const marks = { at: [], number: [], row: [], tip: [], text: [] };
  if (!shown.length) return [marks, PLOTS.map(() => 0)];
  const of = Map.groupBy(shown, ({ number }) => number);
  const [first, length] = [starts[0], Math.max(1, starts.at(-1) - starts[0])];
  marks.at = [...of.values()].map(([{ start }]) => start);
  const parts = marks.at.map((time) => (time - first) / length);
  const rows = PLOTS.map((plot) => stacked(parts.map((part) => part * plot)));
  marks.number = [...of.keys()].map(String);
  marks.row = marks.at.map((_, i) => rows.map((one) => one[i]));
  marks.tip = [...of.values()].map(tip);
  marks.text = [...of].map(
    ([number, its]) => `Event ${number}, ${its.map(({ dates, text }) => `${dates}: ${text}`).join("; ")}`,
  );
  return [marks, rows.map((one) => Math.max(...one) + 1)];
}

export const toldEvents = ({ text }) => text.map((one) => `${one.replace(/\.$/, "")}.`);

// What the list below the chart shows.
export const eventItems = (shown) =>
  shown.map(({ number, dates, text, url }) => ({ number, dates, text, ...(url ? { url } : {}) }));
