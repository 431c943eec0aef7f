// Which files the rows come from: a sidecar by insights_nb.exports.sidecar, with what a choice tells.

// The kinds that the rows name; all that there are where a count does not say whose it is.
function kindsOf(frame, kinds) {
  const found = new Set();
  for (let i = 0; i < frame.names.length; i++)
    for (let t = 0; t < frame.periods.length; t++) {
      const kind = frame.source[i][t];
      if (kind !== null) found.add(kinds[kind][0]);
      else if (frame.pulls[i][t] !== null) return new Set(kinds.map(([name]) => name));
    }
  return found.size ? found : new Set(kinds.map(([name]) => name));
}

// Like Python's urlencode with safe="/,".
const encoded = (parameters) =>
  new URLSearchParams(parameters)
    .toString()
    .replaceAll("*", "%2A")
    .replaceAll("%7E", "~")
    .replaceAll("%2F", "/")
    .replaceAll("%2C", ",");

// Only where the browser has it, which a page over plain http has not.
async function hashOf(text) {
  if (!globalThis.crypto?.subtle) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function sourcesOf(frame, parameters, name, csv, { sidecars, kinds }) {
  const periods = new Set(frame.periods.map(({ label }) => label));
  const used = kindsOf(frame, kinds);
  const sidecar = sidecars[frame.unit];
  const made = {
    ...sidecar,
    url: name,
    "schema:query": encoded(parameters),
    "schema:sha256": await hashOf(`\ufeff${csv}`),
    "prov:wasDerivedFrom": sidecar["prov:wasDerivedFrom"].filter(
      (file) => used.has(file["dc:type"]) && file["dc:temporal"].some((label) => periods.has(label)),
    ),
  };
  const ascii = JSON.stringify(made, null, 1).replace(
    /[\u007f-\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${ascii}\n`;
}
