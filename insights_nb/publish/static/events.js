// Which events a chart marks, and where, as insights_nb.charts.events decides it.

import { fill } from "./texts.js";

const NO_NUMBER = -1;

// The events of a frame, oldest first, each with its mark's number.
export function shownEvents({ periods, names }, events) {
  const own = new Set(names);
  const shown = events
    .filter(({ period }) => periods.includes(period))
    .filter(({ repository }) => repository === null || own.has(repository));
  const marked = [...new Set(shown.map(({ period }) => period))];
  return shown.map((event) => ({ ...event, number: marked.indexOf(event.period) + 1 }));
}

// In which row each number stands, so that none covers another of its row.
function stacked(places, { number, rows }) {
  const ends = Array(rows).fill(-Infinity);
  return places.map((place) => {
    const row = ends.findIndex((end) => place - end >= number);
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
export function markEvents(shown, starts, room, say) {
  const marks = { at: [], number: [], row: [], tip: [], text: [] };
  if (!shown.length) return [marks, room.plots.map(() => 0)];
  const of = Map.groupBy(shown, ({ number }) => number);
  const [first, length] = [starts[0], Math.max(1, starts.at(-1) - starts[0])];
  marks.at = [...of.values()].map(([{ period }]) => period.start);
  const parts = marks.at.map((time) => (time - first) / length);
  const rows = room.plots.map((plot) => stacked(parts.map((part) => part * plot), room));
  marks.number = [...of.keys()].map(String);
  marks.row = marks.at.map((_, i) => rows.map((one) => one[i]));
  marks.tip = [...of.values()].map(tip);
  marks.text = [...of].map(([number, its]) =>
    fill(say.event, { number, events: its.map(({ dates, text }) => `${dates}: ${text}`).join("; ") }),
  );
  return [marks, rows.map((one) => Math.max(...one) + 1)];
}

export const toldEvents = ({ text }) => text.map((one) => `${one.replace(/\.$/, "")}.`);

// What the list below the chart shows.
export const eventItems = (shown) =>
  shown.map(({ number, dates, text, url }) => ({ number, dates, text, ...(url ? { url } : {}) }));
