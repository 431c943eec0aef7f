const KINDS = { info: ["i", "Note: "], warning: ["!", "Warning: "], error: ["×", "Error: "] };

function h(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

function render({ model, el }) {
  el.classList.add("inb", "inb-notice");
  // Stays while it is empty: a screen reader announces what appears in a region it knows.
  const region = h("div", "inb-notice-region");
  el.append(region);

  function draw() {
    const kind = model.get("kind") in KINDS ? model.get("kind") : "info";
    const text = model.get("text");
    const details = model.get("details");
    region.setAttribute("role", kind === "error" ? "alert" : "status");
    el.dataset.kind = kind;
    el.classList.toggle("inb-none", !text);
    region.replaceChildren();
    if (!text) return;
    const [glyph, word] = KINDS[kind];
    const mark = h("span", "inb-mark", glyph);
    mark.setAttribute("aria-hidden", "true");
    const body = h("div", "inb-says", h("p", "", h("span", "inb-unseen", word), text));
    if (details.length) {
      const items = details.map((line) => h("li", "", line));
      body.append(h("details", "", h("summary", "", `Details (${items.length})`), h("ul", "", ...items)));
    }
    region.append(mark, body);
  }

  draw();
  // One sentence changes several traits; it is drawn, and announced, once.
  let due = false;
  function soon() {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      draw();
    });
  }
  for (const name of ["kind", "text", "details"]) model.on(`change:${name}`, soon);
}

export default { render };
