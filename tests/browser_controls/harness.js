// What anywidget gives a widget of its model, without a kernel behind it.
class Model {
  constructor(state) {
    this.state = state;
    this.changed = {};
    this.listeners = [];
    this.saved = [];
    this.sent = [];
    this.widget_manager = { kernel: window.kernel };
  }
  get(name) {
    return this.state[name];
  }
  set(name, value) {
    this.state[name] = value;
    this.changed[name] = value;
  }
  save_changes() {
    this.saved.push(structuredClone(this.changed));
    const names = Object.keys(this.changed);
    this.changed = {};
    for (const name of names) this.fire(`change:${name}`);
  }
  send(content) {
    this.sent.push(content);
  }
  on(name, callback) {
    this.listeners.push([name, callback]);
  }
  off(name, callback) {
    this.listeners = this.listeners.filter(([n, c]) => n !== name || c !== callback);
  }
  fire(name, ...values) {
    for (const [n, callback] of [...this.listeners]) if (n === name) callback(...values);
  }
  // As the widget manager does: the whole message first, then the events.
  receive(state) {
    Object.assign(this.state, structuredClone(state));
    for (const name of Object.keys(state)) this.fire(`change:${name}`);
  }
}

window.models = {};
window.mount = async (name, module, state, into) => {
  const widget = (await import(`./static/${module}.js`)).default;
  const model = (window.models[name] = new Model(state));
  const controller = new AbortController();
  model.remove = () => controller.abort();
  await widget.initialize?.({ model, signal: controller.signal });
  if (!widget.render) return;
  const el = document.createElement("div");
  el.className = "jupyter-widgets";
  document.querySelector(into).append(el);
  await widget.render({ model, el, signal: controller.signal });
};
window.boxes = (into, ...names) => {
  for (const name of names) {
    const box = document.createElement("div");
    box.className = `jupyter-widgets widget-box inb-box inb-${name}`;
    document.querySelector(into).append(box);
  }
};
window.ready = true;
