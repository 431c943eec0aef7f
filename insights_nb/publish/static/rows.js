// The rows: a table, and a CSV as insights_nb.to_csv writes it.

// One row per period, newest first, and one column per line.
export function tableOf(frame, measure, say) {
  const rows = { period: frame.periods.map(({ dates }) => dates).reverse() };
  frame.names.forEach((_, i) => (rows[`r${i}`] = frame[measure][i].toReversed()));
  const columns = frame.names.map((label, i) => ({ key: `r${i}`, label, align: "right" }));
  return { columns: [{ key: "period", label: say.period }, ...columns], rows, caption: say.caption };
}

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
