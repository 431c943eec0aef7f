// Sentences come from Python with places to fill in: one of a number's forms, and the values.

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const form = (forms, number) => forms[Number(number !== 1)];

export const counted = (say, number) => fill(form(say.counted, number), { number });

// Periods as a range: what both of its days have in common stands once.
export function span(first, last) {
  if (first === last) return first.dates;
  const [start, end] = [first.ends[0].split(" "), last.ends[1]];
  for (const part of end.split(" ").reverse()) {
    if (start.at(-1) !== part) break;
    start.pop();
  }
  return `${start.join(" ")} – ${end}`;
}
