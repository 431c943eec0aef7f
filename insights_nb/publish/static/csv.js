// The rows as insights_nb.to_csv writes them.

// The guard is where a spreadsheet would begin to read a formula.
function cell(value, guard) {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = guard.reduce((made, start) => made.replace(new RegExp(start, "g"), "'"), value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf(frame, { measures, kinds, guard }) {
  const lines = [["period", "repository", ...measures, "source"].join(",")];
  frame.periods.forEach(({ day }, t) =>
    frame.names.forEach((name, i) => {
      const kind = frame.source[i][t];
      const values = [day, name, ...measures.map((measure) => frame[measure][i][t])];
      lines.push([...values, kind === null ? null : kinds[kind][0]].map((one) => cell(one, guard)).join(","));
    }),
  );
  return `${lines.join("\r\n")}\r\n`;
}
