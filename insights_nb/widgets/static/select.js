function render({ model, el }) {
  el.classList.add("inb", "inb-select");
  el.dataset.lmSuppressShortcuts = "true"; // In JupyterLab arrows, Enter and Space are the notebook's.
  const label = document.createElement("label");
  const name = document.createElement("span");
  const list = document.createElement("select");
  label.append(name, list);
  el.append(label);

  function build() {
    name.textContent = model.get("label");
    list.replaceChildren(
      ...model.get("options").map(([, text]) => {
        const option = document.createElement("option");
        option.textContent = text;
        return option;
      }),
    );
    check();
  }

  function check() {
    // By place: as an attribute, a number would come back as text.
    list.selectedIndex = model.get("options").findIndex(([value]) => value === model.get("value"));
  }

  list.addEventListener("change", () => {
    model.set("value", model.get("options")[list.selectedIndex][0]);
    model.save_changes();
  });
  build();
  model.on("change:options", build);
  model.on("change:label", build);
  model.on("change:value", check);
}

export default { render };
