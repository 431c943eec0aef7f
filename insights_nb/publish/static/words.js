// What is said of the numbers, as insights_nb.explorers.words says it; the table and the CSV.

import { datesOf, dateRange, DAY, isoDay, lengthOf, shift } from "./periods.js";
import { at, calledIn, definitionsOf, sumAll, totals } from "./frames.js";
import { thousands, toEven } from "./lines.js";

const MANY = 4;
// What a spreadsheet takes for the start of a formula, as insights_nb.exports.guard has it.
const SIGN = "[=+\\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20]";
const SKIPPED =
  "[\\u0000-\\u0020\"'\\u007f-\\u00a0\\u00ad\\u1680\\u180e\\u2000-\\u200f\\u2018-\\u201f\\u2028-\\u202f\\u205f-\\u2064\\u3000\\ufeff\\uff02\\uff07]*";
const START = new RegExp(`^(?=[\\0\\t\\r\\n]|${SKIPPED}${SIGN})`);
const INSIDE = new RegExp(`([,;|\\t\\r\\n])(?=${SKIPPED}${SIGN})`, "g");

const counted = (number, unit) => `${number} ${unit}${number === 1 ? "" : "s"}`;

export function some(names, labels) {
  const first = names.slice(0, MANY).map((name) => calledIn(labels, name)).join(", ");
  return names.length <= MANY ? first : `${first} and ${names.length - MANY} more`;
}

function wholeSpan({ unit, starts }) {
  const [first, last] = [starts[0], starts.at(-1)];
  if (unit === "week") return dateRange(first, shift(unit, last, 1) - DAY);
  return first === last ? datesOf(unit, first) : `${datesOf(unit, first)} – ${datesOf(unit, last)}`;
}

function totalOf(row, earlier, frame, title, several) {
  const { unit, starts } = frame;
  const length = counted(starts.length, unit);
  const item = {
    label: `${title}, ${wholeSpan(frame)}${several ? ` (${row.definition})` : ""}`,
    value: row.total,
  };
  const same = earlier.find(({ definition }) => definition === row.definition);
  if (row.missing) item.note = `at least: ${counted(row.missing, unit)} not held`;
  else if (!same || same.total === null) item.note = `${length}; nothing held to compare with`;
  else if (same.missing) item.note = `the ${length} before are not all held`;
  else {
    item.note = `${thousands(same.total)} in the ${length} before`;
    if (same.total && row.total !== null) item.change = row.total / same.total - 1;
  }
  return item;
}

function latestOf({ unit, starts }, sums) {
  const [before, value] = [sums.at(-2), sums.at(-1)];
  const item = { label: `Latest ${unit}, ${datesOf(unit, starts.at(-1))}`, value };
  if (sums.length > 1 && value !== null) {
    item.note = before === null ? `the ${unit} before is not held` : `${thousands(before)} the ${unit} before`;
    if (before) item.change = value / before - 1;
  }
  return item;
}

export function figures(frame, before, measure, { kinds, titles }) {
  if (!frame.starts.length) return [];
  const [sums, earlier] = [totals(frame, measure, kinds), totals(before, measure, kinds)];
  const items = sums.map((row) => totalOf(row, earlier, frame, titles[measure], sums.length > 1));
  if (sums.length !== 1) return items;
  const byPeriod = frame.starts.map((_, t) => sumAll(at(frame[measure], t)));
  const known = byPeriod.filter((value) => value !== null);
  const average = known.length ? toEven(known.reduce((sum, value) => sum + value, 0) / known.length) : null;
  const note = `over ${counted(known.length, frame.unit)} held`;
  return [...items, latestOf(frame, byPeriod), { label: `Average per ${frame.unit}`, value: average, note }];
}

// What is missing from the interval: a sentence, and details.
export function coverage(frame, months, otherwise, definitions) {
  const { unit, starts } = frame;
  const expected = lengthOf(unit, starts.at(-1), months);
  const sentences = [];
  const details = [];
  if (starts.length < expected)
    sentences.push(
      `The archive begins with ${datesOf(unit, starts[0])}, so only ${counted(starts.length, unit)} of ` +
        `the ${months} months' ${expected} can be shown.`,
    );
  const spans = starts.filter((_, t) => at(frame.source, t).includes(null)).map((start) => datesOf(unit, start));
  if (spans.length) {
    const named = spans.length <= MANY ? `: ${spans.join(", ")}` : "";
    sentences.push(
      `${counted(spans.length, unit)} of ${starts.length} ${spans.length === 1 ? "is" : "are"} not held${named}. ` +
        "The lines are broken there: the counts are unknown, not zero.",
    );
    for (const [name, number] of otherwise)
      details.push(
        `${counted(number, unit)} of them ${number === 1 ? "is" : "are"} held as ${definitions[name]}: ` +
          "left out, since a line has one definition.",
      );
    if (spans.length > MANY) details.push(...spans);
  }
  return [sentences.join(" "), details];
}

// Where repositories are counted in different ways, or not counted at all.
export function differences(frame, measure, { kinds, titles, definitions, labels }) {
  const found = definitionsOf(frame, kinds);
  const used = [...new Set(found)];
  const said = [];
  if (used.length > 1) {
    said.push("The repositories are not all counted in the same way; do not add them up.");
    for (const definition of used) {
      const names = frame.names.filter((_, i) => found[i] === definition);
      said.push(`${some(names, labels)}: ${definitions[definition]}.`);
    }
  }
  const known = (column) => column.some((value) => value !== null);
  const without = frame.names.filter((_, i) => !known(frame[measure][i]) && known(frame.source[i]));
  if (without.length) said.push(`${some(without, labels)}: the reports held do not count ${titles[measure].toLowerCase()}.`);
  return said;
}

// One row per period, newest first, and one column per line.
export function tableOf(frame, measure, titles) {
  const newestFirst = (values) => values.toReversed();
  const rows = { period: newestFirst(frame.starts.map((start) => datesOf(frame.unit, start))) };
  frame.names.forEach((_, i) => (rows[`r${i}`] = newestFirst(frame[measure][i])));
  const columns = frame.names.map((label, i) => ({ key: `r${i}`, label, align: "right" }));
  const first = { key: "period", label: frame.unit === "week" ? "Week" : "Month" };
  return { columns: [first, ...columns], rows, caption: `${titles[measure]} per ${frame.unit}` };
}

function cell(value) {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = value.replace(START, "'").replace(INSIDE, "$1'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf(frame, measures, kinds) {
  const lines = [["period", "repository", ...measures, "source"].join(",")];
  frame.starts.forEach((start, t) =>
    frame.names.forEach((name, i) => {
      const kind = frame.source[i][t];
      const values = [isoDay(start), name, ...measures.map((measure) => frame[measure][i][t])];
      lines.push([...values, kind === null ? null : kinds[kind][0]].map(cell).join(","));
    }),
  );
  return `${lines.join("\r\n")}\r\n`;
}
