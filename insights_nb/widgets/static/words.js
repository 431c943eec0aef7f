function render({ model, el }) {
  el.classList.add("inb", "inb-words");
  const heading = document.createElement("h2");
  const text = document.createElement("p");
  el.append(heading, text);
  function draw() {
    // Other people's names may stand in it: textContent only.
    heading.textContent = model.get("heading");
    text.textContent = model.get("text");
    heading.hidden = !heading.textContent;
    text.hidden = !text.textContent;
    el.classList.toggle("inb-none", heading.hidden && text.hidden);
  }
  draw();
  model.on("change:heading", draw);
  model.on("change:text", draw);
}

export default { render };
