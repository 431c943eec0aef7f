// What a widget's module expects of its model, without a kernel behind it.

export class Model {
  #state;
  #listeners = new Map();
  #answer;

  // The answer gets what the widget sends, and may fire messages back.
  /** @param {any} state @param {(message: any, model: Model) => unknown} answer */
  constructor(state, answer = () => {}) {
    this.#state = state;
    this.#answer = answer;
  }

  get(name) {
    return this.#state[name];
  }

  set(name, value) {
    this.put({ [name]: value });
  }

  // The whole message first, then the events.
  put(state) {
    const changed = Object.keys(state).filter((name) => state[name] !== this.#state[name]);
    Object.assign(this.#state, state);
    for (const name of changed) this.fire(`change:${name}`);
  }

  save_changes() {}

  send(content) {
    this.#answer(content, this);
  }

  on(name, callback) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), callback]);
  }

  off(name, callback) {
    this.#listeners.set(name, (this.#listeners.get(name) ?? []).filter((one) => one !== callback));
  }

  fire(name, ...values) {
    for (const callback of this.#listeners.get(name) ?? []) callback(...values);
  }
}
