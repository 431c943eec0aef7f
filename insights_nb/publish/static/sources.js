// What the rows mean and which files they come from, as insights_nb.exports.sidecar says it.

import { DAY, isoDay } from "./periods.js";

// ISO weeks belong to the year of their Thursday.
function labelOf(unit, start) {
  if (unit === "month") return isoDay(start).slice(0, 7);
  const thursday = new Date(start + 3 * DAY);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY));
  return `${year}-W${String(week).padStart(2, "0")}`;
}

// The kinds that the rows name; all that there are where a count does not say whose it is.
function kindsOf(frame, kinds) {
  const found = new Set();
  for (let i = 0; i < frame.names.length; i++)
    for (let t = 0; t < frame.starts.length; t++) {
      const kind = frame.source[i][t];
      if (kind !== null) found.add(kinds[kind][0]);
      else if (frame.pulls[i][t] !== null) return new Set(kinds.map(([name]) => name));
    }
  return found.size ? found : new Set(kinds.map(([name]) => name));
}

// Like Python's urlencode with safe="/,".
const encoded = (text) =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/")
    .replaceAll("%2C", ",");

// Only where the browser has it, which a page over plain http has not.
async function hashOf(text) {
  if (!globalThis.crypto?.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function sourcesOf(frame, parameters, name, csv, { sidecar, kinds }) {
  const periods = new Set(frame.starts.map((start) => labelOf(frame.unit, start)));
  const used = kindsOf(frame, kinds);
  const [files, made] = [sidecar["prov:wasDerivedFrom"], { ...sidecar, url: name }];
  made["schema:query"] = Object.entries(parameters).map((pair) => pair.map(encoded).join("=")).join("&");
  made["schema:additionalProperty"] = [{ "schema:name": "granularity", "schema:value": frame.unit }];
  // Behind the others, in Python's order.
  delete made["prov:wasDerivedFrom"];
  const hash = await hashOf(`\ufeff${csv}`);
  if (hash) made["schema:sha256"] = hash;
  made["prov:wasDerivedFrom"] = files.filter(
    (file) => used.has(file["dc:type"]) && file["dc:temporal"].some((label) => periods.has(label)),
  );
  const ascii = JSON.stringify(made, null, 1).replace(
    /[\u007f-\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${ascii}\n`;
}
