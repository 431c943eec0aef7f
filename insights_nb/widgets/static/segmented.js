function render({ model, el }) {
  el.classList.add("inb", "inb-segmented");
  el.dataset.lmSuppressShortcuts = "true"; // In JupyterLab arrows, Enter and Space are the notebook's.
  const group = document.createElement("fieldset");
  const legend = document.createElement("legend");
  const bar = document.createElement("div");
  group.setAttribute("role", "radiogroup");
  bar.className = "inb-segments";
  group.append(legend, bar);
  el.append(group);
  // Drawn by lot: each control loads this module anew, so that a counter would start again.
  const name = `inb-segmented-${Math.random().toString(36).slice(2)}`;
  let radios = [];

  function build() {
    legend.textContent = model.get("label");
    group.setAttribute("aria-label", model.get("label"));
    radios = model.get("options").map(([value, text]) => {
      const label = document.createElement("label");
      const radio = document.createElement("input");
      const face = document.createElement("span");
      radio.type = "radio";
      radio.name = name;
      face.textContent = text;
      // The value stays here: as an attribute, a number would come back as text.
      radio.addEventListener("change", () => {
        model.set("value", value);
        model.save_changes();
      });
      label.append(radio, face);
      return { value, label, radio };
    });
    bar.replaceChildren(...radios.map(({ label }) => label));
    check();
  }

  function check() {
    for (const { value, radio } of radios) radio.checked = value === model.get("value");
  }

  build();
  model.on("change:options", build);
  model.on("change:label", build);
  model.on("change:value", check);
}

export default { render };
