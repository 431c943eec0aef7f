// What is said of the numbers: which sentence a choice has, and what fills it in.

import { counted, fill, form } from "./texts.js";
import { at, calledIn, definitionsOf, sumAll, totals } from "./frames.js";
import { thousands, toEven } from "./lines.js";

export function some(names, { many, labels, more }) {
  const first = names.slice(0, many).map((name) => calledIn(labels, name)).join(", ");
  return names.length <= many ? first : fill(more, { names: first, more: names.length - many });
}

function totalOf(row, earlier, say, several) {
  const item = { label: several ? fill(say.total_of, row) : say.total, value: row.total };
  const same = earlier.find(({ definition }) => definition === row.definition);
  if (row.missing) item.note = fill(say.at_least, { missing: counted(say, row.missing) });
  else if (!same || same.total === null) item.note = say.no_comparison;
  else if (same.missing) item.note = say.partly_before;
  else {
    item.note = fill(say.before, { total: thousands(same.total) });
    if (same.total && row.total !== null) item.change = row.total / same.total - 1;
  }
  return item;
}

function latestOf(sums, say) {
  const [before, value] = [sums.at(-2), sums.at(-1)];
  const item = { label: say.latest, value };
  if (sums.length > 1 && value !== null) {
    item.note = before === null ? say.latest_alone : fill(say.latest_before, { total: thousands(before) });
    if (before) item.change = value / before - 1;
  }
  return item;
}

export function figures(frame, before, measure, kinds, say) {
  const [sums, earlier] = [totals(frame, measure, kinds), totals(before, measure, kinds)];
  const items = sums.map((row) => totalOf(row, earlier, say, sums.length > 1));
  if (sums.length !== 1) return items;
  const byPeriod = frame.periods.map((_, t) => sumAll(at(frame[measure], t)));
  const known = byPeriod.filter((value) => value !== null);
  // Before it was there for the first time nobody could have pulled it.
  const start = known.findIndex((value) => value > 0);
  const begun = known.slice(Math.max(start, 0));
  const value = begun.length ? toEven(begun.reduce((sum, one) => sum + one, 0) / begun.length) : null;
  const first = frame.periods[byPeriod.findIndex((one) => one > 0)]?.dates;
  const note = fill(start > 0 ? say.average_since : say.average_over, { known: counted(say, begun.length), first });
  return [...items, latestOf(byPeriod, say), { label: say.average, value, note }];
}

// What is missing from the interval: a sentence, and details.
export function coverage(frame, otherwise, { many, definitions }, say) {
  const spans = frame.periods.filter((_, t) => at(frame.source, t).includes(null)).map(({ dates }) => dates);
  if (!spans.length) return [say.begins, []];
  const filling = (number) => ({ missing: counted(say, number), are: form(say.are, number) });
  const named = spans.length <= many ? `: ${spans.join(", ")}` : "";
  const missing = fill(say.missing, { ...filling(spans.length), named });
  const apart = [...otherwise].map(([name, number]) =>
    fill(say.left_out, { ...filling(number), periods: frame.periods.length, definition: definitions[name] }),
  );
  const covered = [...otherwise].reduce((sum, [, number]) => sum + number, 0) >= spans.length;
  const lacks = apart.length && covered;
  const text = [say.begins, ...apart, lacks ? "" : missing].filter(Boolean).join(" ");
  return [text, named && !lacks ? [] : spans];
}

// Where repositories are counted in different ways, or not counted at all.
export function differences(frame, measure, given, say) {
  const found = definitionsOf(frame, given.kinds);
  const used = [...new Set(found)];
  const named = (names) => some(names, { ...given, more: say.more });
  const apart = used.map((definition) => {
    const names = named(frame.names.filter((_, i) => found[i] === definition));
    return fill(say.counted_as, { names, definition: given.definitions[definition] });
  });
  const known = (column) => column.some((value) => value !== null);
  const without = frame.names.filter((_, i) => !known(frame[measure][i]) && known(frame.source[i]));
  return [
    ...(used.length > 1 ? [say.different, ...apart] : []),
    ...(without.length ? [fill(say.no_such_count, { names: named(without) })] : []),
  ];
}
