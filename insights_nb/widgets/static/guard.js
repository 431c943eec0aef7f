const TRIES = 3;
const LINK = "your selections are in the link.";
const TEXTS = {
  gone: ["Session expired.", `Reload to continue; ${LINK}`],
  signIn: ["Sign in again.", `Your sign-in has ended. Reload to sign in; ${LINK}`],
  offline: ["Connection lost.", `The server does not answer. Reload to try again; ${LINK}`],
};

function kernelUrl() {
  try {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    // A page that starts its kernel itself learns the name later, and writes it on its body.
    const id = document.body.dataset.kernel || config.kernelId;
    return id ? `${config.baseUrl.replace(/\/?$/, "/")}api/kernels/${encodeURIComponent(id)}` : null;
  } catch {
    return null;
  }
}

function banner(why) {
  const root = document.createElement("div");
  const title = document.createElement("strong");
  const text = document.createElement("span");
  const words = document.createElement("p");
  const reload = document.createElement("button");
  root.className = "inb inb-guard";
  root.dataset.why = why;
  root.setAttribute("role", "alertdialog");
  title.id = "inb-guard-title";
  text.id = "inb-guard-text";
  root.setAttribute("aria-labelledby", title.id);
  root.setAttribute("aria-describedby", text.id);
  [title.textContent, text.textContent] = TEXTS[why];
  reload.type = "button";
  reload.className = "inb-button inb-primary";
  reload.textContent = "Reload";
  reload.addEventListener("click", () => location.reload());
  words.append(title, " ", text);
  root.append(words, reload);
  document.body.append(root);
  reload.focus();
  return root;
}

function initialize({ model, signal }) {
  const url = document.body.dataset.voila === "voila" ? kernelUrl() : null;
  if (!url) return;
  let timer;
  let asking = false;
  let failures = 0;
  let shown = null;

  function show(why) {
    if (shown?.dataset.why === why) return;
    shown?.remove();
    shown = why && banner(why);
  }

  async function ask() {
    if (asking || signal.aborted) return;
    asking = true;
    clearTimeout(timer);
    let status = 0;
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
      status = (await fetch(url, { cache: "no-store", credentials: "same-origin", signal: limit })).status;
    } catch {
      // No answer: a status of zero.
    }
    asking = false;
    if (signal.aborted) return;
    // A proxy that lost its server answers in its place.
    failures = status === 0 || status >= 500 ? failures + 1 : 0;
    if (status === 404) return show("gone"); // No kernel comes back: there is nothing more to ask.
    if (status === 401 || status === 403) show("signIn");
    else if (failures >= TRIES) show("offline");
    else if (!failures) show(null);
    // After a failure sooner: a single one says little.
    timer = setTimeout(ask, model.get("every") * 1000 * (failures && failures < TRIES ? 0.2 : 1));
  }

  const look = () => document.visibilityState === "visible" && ask();
  document.addEventListener("visibilitychange", look, { signal });
  window.addEventListener("focus", look, { signal });
  window.addEventListener("online", look, { signal });
  // Where the page knows its kernel's connection, a change of it is reason to ask at once.
  const kernel = model.widget_manager?.kernel;
  const changes = [kernel?.statusChanged, kernel?.connectionStatusChanged, kernel?.disposed];
  const changed = (_, status) => {
    if (!["busy", "idle", "connected"].includes(status)) ask();
  };
  for (const change of changes) change?.connect?.(changed);
  timer = setTimeout(ask, model.get("every") * 1000);

  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    for (const change of changes) change?.disconnect?.(changed);
    show(null);
  });
}

export default { initialize };
