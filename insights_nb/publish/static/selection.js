// What to show, as insights_nb.selection reads it from a link and writes it into one.

import { fill } from "./texts.js";

const escapeName = (name) => name.replaceAll("%", "%25").replaceAll(",", "%2C");

// Like Python's unquote: what is no escape stays as it is.
const unquote = (text) =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (pair) => parseInt(pair, 16))),
  );

// Like Python's repr, for the same sentence as everywhere.
function quoted(text) {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  return mark + text.replaceAll("\\", "\\\\").replaceAll(mark, `\\${mark}`) + mark;
}

export function toParameters({ granularity, months, repositories, measure }) {
  return { granularity, months: String(months), repositories: repositories.map(escapeName).join(","), measure };
}

// The selection, and a sentence for each value that is not offered: by name what is, and the sentence.
export function readQuery(query, selection, offered) {
  const given = new Map(new URLSearchParams(query)); // The last one of a name counts, as in Python.
  const result = { ...selection };
  const refused = [];
  for (const [name, [values, refusal]] of Object.entries(offered)) {
    if (!given.has(name)) continue;
    const found = values.find((value) => String(value) === given.get(name));
    if (found !== undefined) result[name] = found;
    else refused.push(fill(refusal, { value: quoted(given.get(name)) }));
  }
  if (given.has("repositories"))
    result.repositories = [...new Set(given.get("repositories").split(",").filter(Boolean).map(unquote))];
  return [result, refused];
}
