const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function h(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

function amount(value) {
  if (typeof value === "number") return [number.format(value)];
  if (typeof value === "string") return [value];
  const dash = h("span", "", "–");
  dash.setAttribute("aria-hidden", "true");
  return [dash, h("span", "inb-unseen", "not held")];
}

function change(ratio) {
  const size = percent.format(Math.abs(ratio) * 100);
  // What rounds to nothing is shown as nothing, without a direction.
  const direction = size === "0.0" ? 0 : Math.sign(ratio);
  const arrow = h("span", "inb-arrow", direction > 0 ? "▲" : direction < 0 ? "▼" : "▬");
  arrow.setAttribute("aria-hidden", "true");
  const line = h("dd", "inb-change", arrow, `${["−", "", "+"][direction + 1]}${size}\u202f%`);
  line.dataset.direction = ["down", "same", "up"][direction + 1];
  return line;
}

function render({ model, el }) {
  el.classList.add("inb", "inb-figures");
  const list = h("dl", "");
  el.append(list);
  function draw() {
    list.replaceChildren(
      ...model.get("items").map((item) => {
        const tile = h("div", "inb-tile", h("dt", "", String(item.label ?? "")));
        tile.append(h("dd", "inb-value", ...amount(item.value)));
        if (typeof item.change === "number") tile.append(change(item.change));
        if (item.note) tile.append(h("dd", "inb-note", String(item.note)));
        return tile;
      }),
    );
    el.classList.toggle("inb-none", !model.get("items").length);
  }
  draw();
  model.on("change:items", draw);
}

export default { render };
