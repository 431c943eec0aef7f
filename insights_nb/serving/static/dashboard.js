// Starts the viewer's kernel while Voilà's scripts load, shows what the notebook shows, and says
// so when something is late or broken.
"use strict";
(() => {
  const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const base = config.baseUrl;
  const realFetch = window.fetch.bind(window);
  const LATE = 20_000;
  const BROKEN =
    "Something went wrong on our side (error N). Reload the page, or tell whoever runs this dashboard the number.";
  const UNREACHED = "The dashboard cannot be reached. Check your connection, then reload the page.";

  const cookie = (name) => (document.cookie.match(`\\b${name}=([^;]*)\\b`) || [])[1] || "";

  const parsed = new Promise((resolve) => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", resolve);
    else resolve(undefined);
  });

  // JupyterLab's own sign for widgets that ask; the system decides, also while the page is open.
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const tellTheme = () => {
    document.body.dataset.jpThemeLight = String(!dark.matches);
  };
  parsed.then(tellTheme);
  dark.addEventListener("change", tellTheme);

  function notice(text, { reload = true } = {}) {
    const box = document.createElement("div");
    box.className = "inb-notice";
    box.setAttribute("role", "alert");
    const sentence = document.createElement("span");
    sentence.textContent = text;
    box.append(sentence);
    if (reload) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Reload";
      button.addEventListener("click", () => window.location.reload());
      box.append(button);
    }
    return box;
  }

  function output(cell) {
    // Voilà's page draws every script element of this type.
    return cell.outputs.map((one) => {
      const place = document.createElement("div");
      place.className = "jp-OutputArea-child";
      const script = document.createElement("script");
      script.type = "application/vnd.voila.cell-output+json";
      // Voilà reads innerHTML, which for a script element is its text as it is.
      script.textContent = JSON.stringify(one);
      place.append(script);
      return place;
    });
  }

  function show(cells) {
    const place = document.getElementById("rendered_cells");
    for (const cell of cells) {
      const box = document.createElement("div");
      box.className = "inb-cell";
      if ("html" in cell) {
        box.classList.add("jp-RenderedHTMLCommon");
        box.innerHTML = cell.html; // the notebook's own text, no data
      } else if ("error" in cell) {
        box.append(notice(BROKEN.replace("N", cell.error)));
      } else {
        box.append(...output(cell));
      }
      place.append(box);
    }
  }

  function waitingIsOver() {
    document.getElementById("inb-waiting")?.remove();
  }

  // Words come at once, widgets some tenths of a second later: the placeholder stays until then.
  function waitForWidgets(cells) {
    const isWidget = (one) => "application/vnd.jupyter.widget-view+json" in one.data;
    if (!cells.some((cell) => (cell.outputs || []).some(isWidget))) {
      waitingIsOver();
      return;
    }
    const watch = new MutationObserver(() => {
      if (document.querySelector("#rendered_cells .jupyter-widgets, #rendered_cells .widget-subarea > *")) {
        watch.disconnect();
        waitingIsOver();
      }
    });
    watch.observe(document.body, { childList: true, subtree: true });
  }

  // Voilà does this on beforeunload, which phones skip, and only once its widgets are there.
  function endWithThePage(id) {
    window.addEventListener("pagehide", () => {
      const form = new FormData();
      form.append("_xsrf", cookie("_xsrf"));
      navigator.sendBeacon(`${base}voila/api/shutdown/${id}`, form);
    });
  }

  const late = setTimeout(() => {
    const text = document.getElementById("inb-waiting-text");
    if (text) text.textContent = "This takes longer than usual. The server may be busy; the page goes on waiting.";
  }, LATE);

  async function start() {
    let answer;
    try {
      answer = await realFetch(`${base}session`, {
        method: "POST",
        headers: { "X-XSRFToken": cookie("_xsrf") },
      });
    } catch {
      throw new Error(UNREACHED);
    }
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.message || UNREACHED);
    await parsed;
    clearTimeout(late);
    show(said.cells);
    waitForWidgets(said.cells);
    // Where the session guard finds it.
    document.body.dataset.kernel = said.kernel.id;
    endWithThePage(said.kernel.id);
    return said.kernel;
  }

  const kernel = start();
  kernel.catch(async (error) => {
    await parsed;
    clearTimeout(late);
    waitingIsOver();
    document.getElementById("inb-main").append(notice(error.message));
  });

  // Voilà's script asks for the page's kernel by the name that the page was given; it gets its
  // answer when the notebook has run and its cells are in place.
  window.fetch = (request, options) => {
    const url = request instanceof Request ? request.url : String(request);
    if (!url.includes("/api/kernels/this-page")) return realFetch(request, options);
    return kernel.then(
      (model) =>
        new Response(JSON.stringify(model), { headers: { "Content-Type": "application/json" } }),
    );
  };
  Object.assign(window, { update_loading_text() {}, voila_heartbeat() {}, voila_finish() {} });
})();
