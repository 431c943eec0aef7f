const VALUE_LINES = 2;
const NOTE_LINES = 4;
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
  return [dash, h("span", "inb-unseen", "not known")];
}

// Two thirds of what is left is the end: names most often differ there.
function cut(letters, most) {
  const end = Math.ceil((2 * (most - 1)) / 3);
  return `${letters.slice(0, most - 1 - end).join("")}…${letters.slice(-end).join("")}`;
}

// A name can be hundreds of letters long. What is cut is there for the ears, and under the mouse.
function fit(node, whole, lines) {
  const seen = h("span", "inb-fitted", whole);
  node.replaceChildren(seen);
  node.classList.remove("inb-long");
  node.removeAttribute("title");
  const over = () => seen.getBoundingClientRect().height > (lines + 0.5) * parseFloat(getComputedStyle(seen).lineHeight);
  if (!over()) return;
  node.classList.add("inb-long");
  if (!over()) return;
  const letters = [...whole];
  let [least, most] = [2, letters.length - 1];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    seen.textContent = cut(letters, middle);
    if (over()) most = middle - 1;
    else least = middle;
  }
  seen.textContent = cut(letters, least);
  seen.setAttribute("aria-hidden", "true");
  node.append(h("span", "inb-unseen", whole));
  node.title = whole;
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

function render({ model, el, signal }) {
  el.classList.add("inb", "inb-figures");
  const list = h("dl", "");
  el.append(list);
  let texts = [];
  const fitAll = () => texts.forEach((text) => fit(...text));
  function draw() {
    texts = [];
    list.replaceChildren(
      ...model.get("items").map((item) => {
        const tile = h("div", "inb-tile", h("dt", "", String(item.label ?? "")));
        const value = h("dd", "inb-value", ...amount(item.value));
        if (typeof item.value === "string") texts.push([value, item.value, VALUE_LINES]);
        tile.append(value);
        if (typeof item.change === "number") tile.append(change(item.change));
        if (item.note) {
          const note = h("dd", "inb-note", String(item.note));
          texts.push([note, String(item.note), NOTE_LINES]);
          tile.append(note);
        }
        return tile;
      }),
    );
    el.classList.toggle("inb-none", !model.get("items").length);
    fitAll();
  }
  // How much fits is known once it is on the page, and changes with its width.
  let wide = 0;
  const watch = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === wide) return;
    wide = contentRect.width;
    fitAll();
  });
  watch.observe(el);
  signal?.addEventListener("abort", () => watch.disconnect());
  draw();
  model.on("change:items", draw);
}

export default { render };
