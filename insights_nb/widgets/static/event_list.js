const WEB = /^https?:\/\//i;

function h(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

// Other people's text: textContent only, and no address but a web page's.
function what({ text, url }) {
  if (typeof url !== "string" || !WEB.test(url)) return h("span", "inb-what", String(text));
  const link = h("a", "inb-what", String(text));
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function render({ model, el }) {
  el.classList.add("inb", "inb-events");
  el.dataset.lmSuppressShortcuts = "true"; // In JupyterLab arrows, Enter and Space are the notebook's.
  const box = h("input", "");
  box.type = "checkbox";
  const list = h("ul", "");
  list.tabIndex = 0; // A long one scrolls, by keyboard too.
  list.setAttribute("aria-label", "Events");
  el.append(h("label", "", box, "Events"), list);

  box.addEventListener("change", () => {
    model.set("shown", box.checked);
    model.save_changes();
  });

  function draw() {
    const items = model.get("items");
    box.checked = model.get("shown");
    list.hidden = !box.checked;
    el.classList.toggle("inb-none", !items.length);
    list.replaceChildren(
      ...items.map((item) =>
        h("li", "", h("b", "", String(item.number)), h("span", "inb-when", String(item.dates)), what(item)),
      ),
    );
    list.scrollTop = 0;
  }
  draw();
  model.on("change:items", draw);
  model.on("change:shown", draw);
}

export default { render };
