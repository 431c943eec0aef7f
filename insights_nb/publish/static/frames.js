// Pulls as insights_nb.metrics.pulls counts them. A frame has unit, periods (with the edges of their
// bands), names, and by name an array per measure, and source: the place of its report in kinds.
// Unknown is null.

import { fill, form } from "./texts.js";

const NOT_HELD = "-";

// Unpacks the matrices when they are first asked for.
export function openTable(unit, given) {
  const packed = given.series[unit];
  const periods = packed.periods.map((one, place) => ({
    ...one,
    start: Date.parse(one.day),
    band: packed.edges.slice(place, place + 2),
  }));
  const events = given.events[unit].map((one) => ({ ...one, period: periods[one.place] }));
  const counts = Object.entries(packed.counts).map(([definition, texts]) => ({
    definition,
    source: texts.source.map((text) => [...text].map((sign) => (sign === NOT_HELD ? null : Number(sign)))),
    texts,
    numbers: {},
  }));
  const names = packed.repositories;
  const place = new Map(names.map((name, column) => [name, column]));
  return { unit, periods, intervals: packed.intervals, names, place, counts, events };
}

function numbersOf(counts, measure, column, length) {
  const made = (counts.numbers[measure] ??= []);
  if (!made[column]) {
    const text = counts.texts[measure][column];
    made[column] = text
      ? text.split(",").map((cell) => (cell ? parseInt(cell, 36) : null))
      : Array(length).fill(null);
  }
  return made[column];
}

/** @returns {[number, number]} from which row on, and up to which */
function rowsOf(table, months) {
  const length = table.periods.length;
  return [Math.max(0, length - table.intervals[months]), length];
}

// The first definition with a count in these rows: two of them never share a series.
function countsOf(table, column, [from, to]) {
  const counted = ({ source }) => source[column].slice(from, to).some((kind) => kind !== null);
  return table.counts.find(counted) ?? table.counts[0];
}

function frameOf(table, names, rows, chosenBy, measures) {
  const length = table.periods.length;
  const columns = names.map((name) => table.place.get(name));
  const used = columns.map((column) => countsOf(table, column, chosenBy));
  const frame = { unit: table.unit, periods: table.periods.slice(...rows), names };
  for (const measure of measures)
    frame[measure] = columns.map((column, i) => numbersOf(used[i], measure, column, length).slice(...rows));
  frame.source = columns.map((column, i) => used[i].source[column].slice(...rows));
  return frame;
}

export function pulls(table, months, names, measures) {
  const rows = rowsOf(table, months);
  return frameOf(table, names, rows, rows, measures);
}

export function pullsBefore(table, months, names, measures) {
  const [from, to] = rowsOf(table, months);
  const start = to - 2 * table.intervals[months];
  // Without rows where the page does not reach back that far.
  const rows = start < 0 ? [0, 0] : [start, start + table.intervals[months]];
  return frameOf(table, names, rows, [from, to], measures);
}

// Definition → periods that it counts and the chosen repositories' own series do not.
export function leftOut(table, months, names) {
  const rows = rowsOf(table, months);
  const columns = names.map((name) => table.place.get(name));
  const used = columns.map((column) => countsOf(table, column, rows));
  const found = new Map();
  for (const counts of table.counts) {
    let periods = 0;
    for (let t = rows[0]; t < rows[1]; t++)
      periods += columns.some(
        (column, i) => used[i] !== counts && counts.source[column][t] !== null && used[i].source[column][t] === null,
      );
    if (periods) found.set(counts.definition, periods);
  }
  return found;
}

// A sum over what is known; null where nothing is.
export const sumKnown = (values) => values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null);

// A sum that lacks one of its members is unknown, not smaller.
export const sumAll = (values) => (values.includes(null) ? null : values.reduce((sum, value) => sum + value, 0));

export const at = (columns, period) => columns.map((column) => column[period]);

// The names with the most, most first; equal ones, and those without any, by name.
export function topNames(frame, count, measure, place) {
  const sums = new Map(frame.names.map((name, i) => [name, sumKnown(frame[measure][i]) ?? -1]));
  return frame.names
    .toSorted((a, b) => sums.get(b) - sums.get(a) || place.get(a) - place.get(b))
    .slice(0, count);
}

// What to call a repository that is not shown as it is.
export const calledIn = (labels, name) => (Object.hasOwn(labels, name) ? labels[name] : name);

// What each name's series calls a pull. A series that is missing throughout could be any.
export function definitionsOf(frame, kinds) {
  const found = new Map();
  for (let t = 0; t < frame.periods.length; t++)
    frame.source.forEach((its, i) => {
      if (its[t] !== null && !found.has(i)) found.set(i, kinds[its[t]][1]);
    });
  const usual = found.size ? found.values().next().value : kinds[0][1];
  return frame.periods.length ? frame.names.map((_, i) => found.get(i) ?? usual) : [];
}

function folded(frame, members, measures) {
  const periods = frame.periods.map((_, t) => t);
  const kinds = periods.map((t) => new Set(members.map((i) => frame.source[i][t]).filter((kind) => kind !== null)));
  return {
    ...Object.fromEntries(
      measures.map((measure) => [measure, periods.map((t) => sumAll(members.map((i) => frame[measure][i][t])))]),
    ),
    source: kinds.map((some) => (some.size === 1 ? [...some][0] : null)),
  };
}

// Folds the smallest into Other; those of different definitions apart, since they must not be added.
export function foldOther(frame, measure, { most, kinds, measures, other, place }) {
  if (frame.names.length <= most) return frame;
  const definitions = definitionsOf(frame, kinds);
  const keep = new Set(topNames(frame, most - Math.max(1, new Set(definitions).size), measure, place));
  const places = frame.names.map((_, i) => i);
  const kept = places.filter((i) => keep.has(frame.names[i]));
  const rest = places.filter((i) => !keep.has(frame.names[i]));
  const several = new Set(rest.map((i) => definitions[i]));
  const result = { ...frame, names: kept.map((i) => frame.names[i]) };
  for (const name of [...measures, "source"]) result[name] = kept.map((i) => frame[name][i]);
  for (const definition of several) {
    const members = rest.filter((i) => definitions[i] === definition);
    const aside = several.size > 1 && other.asides[definition];
    const called = `${members.length} ${form(other.members, members.length)}`;
    result.names.push(fill(other.name, { members: called, aside: aside ? `, ${aside}` : "" }));
    const sums = folded(frame, members, measures);
    for (const name of [...measures, "source"]) result[name].push(sums[name]);
  }
  return result;
}

// A row per definition, over the periods that are known.
export function totals(frame, measure, kinds) {
  const definitions = definitionsOf(frame, kinds);
  return [...new Set(definitions)].map((definition) => {
    const mine = frame[measure].filter((_, i) => definitions[i] === definition);
    return {
      definition,
      total: sumKnown(mine.flat()),
      missing: frame.periods.filter((_, t) => at(mine, t).includes(null)).length,
    };
  });
}
