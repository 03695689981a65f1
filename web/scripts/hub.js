// Live pages. The server sends names; each live region asks again for what this worker may see.
(() => {
  "use strict";

  // An EventSource that rests while nobody looks at the page and asks for everything when somebody does again.
  // Browsers allow six connections to one server over HTTP/1.1: seven forgotten tabs would otherwise stop the eighth.
  class PatientSource extends EventTarget {
    constructor(url) {
      super();
      this.url = url;
      this.names = new Set();
      this.ended = false;
      this.source = null;
      this.missed = false;
      this.onVisibility = () => (document.hidden ? this.rest() : this.resume());
      document.addEventListener("visibilitychange", this.onVisibility);
      if (!document.hidden) this.resume();
      else this.missed = true;
    }

    get readyState() {
      return this.ended ? EventSource.CLOSED : this.source ? this.source.readyState : EventSource.CONNECTING;
    }

    resume() {
      if (this.ended || this.source) return;
      this.source = new EventSource(this.missed ? this.url : withAge(this.url));
      this.source.onopen = (event) => {
        show("live");
        if (this.missed) this.dispatchEvent(new MessageEvent("refresh"));
        this.missed = true; // what comes while we are away is missed
        if (this.onopen) this.onopen(event);
      };
      this.source.onerror = () => {
        if (this.source && this.source.readyState === EventSource.CLOSED) {
          // Refused: signed out, or the server is away. Try again slowly; a page asked for will say which.
          this.rest();
          setTimeout(() => document.hidden || this.resume(), 5000);
        }
        show("paused");
      };
      this.source.addEventListener("signed-out", () => {
        this.close();
        if (unsaved.size) signedOut();
        else location.reload();
      });
      for (const name of this.names) this.forward(name);
    }

    rest() {
      if (this.source) this.source.close();
      this.source = null;
      this.missed = true;
    }

    forward(name) {
      this.source.addEventListener(name, (event) => this.dispatchEvent(new MessageEvent(name, { data: event.data })));
    }

    addEventListener(name, listener, options) {
      super.addEventListener(name, listener, options);
      if (this.names.has(name)) return;
      this.names.add(name);
      if (this.source) this.forward(name);
    }

    close() {
      this.ended = true;
      this.rest();
      document.removeEventListener("visibilitychange", this.onVisibility);
    }
  }

  // What happened between the asking for the page and its first call is told then. The age of the page, and not the hour
  // of its making: pages that tell the same stay the same to the byte.
  function withAge(url) {
    return url + (url.includes("?") ? "&" : "?") + "age=" + Math.ceil(performance.now());
  }

  htmx.createEventSource = (url) => new PatientSource(url);

  // Drafts: a form with [data-draft] saves itself on the server; nothing of a case is kept in the browser. What is in
  // `unsaved` was typed since its last save; it is saved on leaving, and again and again when that could not be done.
  const RETRY_MS = 5000;
  const unsaved = new Map();
  const keeper = (form) => (form ? form.querySelector("[data-draft]") : null);
  const signedOut = () => {
    const box = document.getElementById("signed-out");
    if (box) box.hidden = false;
  };
  document.addEventListener("input", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (keeper(form)) unsaved.set(form, (unsaved.get(form) || 0) + 1);
  });
  document.addEventListener("submit", (event) => unsaved.delete(event.target));
  document.addEventListener("htmx:beforeRequest", (event) => {
    const place = event.target;
    if (place.matches("[data-draft]")) place.dataset.typed = unsaved.get(place.closest("form")) || 0;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const place = event.target;
    if (!(place instanceof Element) || !place.matches("[data-draft]")) return;
    const form = place.closest("form");
    if (event.detail.successful) {
      if (String(unsaved.get(form) || 0) === place.dataset.typed) unsaved.delete(form);
      if (!document.getElementById("signed-out").hidden && !unsaved.size) location.reload();
      return;
    }
    place.textContent = "The draft is not saved yet. Trying again.";
    if (event.detail.xhr && event.detail.xhr.status === 401) signedOut();
    setTimeout(() => unsaved.has(form) && htmx.trigger(place, "keep"), RETRY_MS);
  });
  // What refreshes by itself would lead to the sign-in page, and take with it what is not saved yet.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 401 || !unsaved.size) return;
    event.preventDefault();
    signedOut();
  });
  // A form that is sent in the background: what is refused is sent again as a page, which says why; what cannot be sent
  // stays where it was typed.
  document.addEventListener("htmx:responseError", (event) => {
    const form = event.target;
    if (form.matches("form")) setTimeout(() => form.submit()); // once its fields are no longer disabled
  });
  for (const failed of ["htmx:sendError", "htmx:timeout"])
    document.addEventListener(failed, (event) => {
      const form = event.target;
      if (!form.matches("form")) return;
      unsaved.set(form, 1);
      form.querySelector("[data-unsent]").hidden = false;
      setTimeout(() => htmx.trigger(keeper(form), "keep"), RETRY_MS);
    });
  const leave = () => {
    for (const form of unsaved.keys()) navigator.sendBeacon(keeper(form).dataset.draft, new URLSearchParams(new FormData(form)));
  };
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
    else for (const form of unsaved.keys()) htmx.trigger(keeper(form), "keep");
  });

  const show = (state) => {
    const dot = document.getElementById("live-state");
    if (!dot) return;
    dot.dataset.state = state;
    dot.textContent = state === "live" ? "Live" : "Live updates paused";
  };

  // A right that was taken away bites on the open page: what asks again and is refused leaves the page, words and all.
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr, requestConfig } = event.detail;
    const cause = requestConfig.triggeringEvent;
    if (cause && cause.type.startsWith("sse:") && [401, 403, 404].includes(xhr.status)) location.reload();
  });

  // What refreshes by itself must not keep a forgotten session alive.
  document.addEventListener("htmx:configRequest", (event) => {
    const cause = event.detail.triggeringEvent;
    if (cause && cause.type.startsWith("sse:")) event.detail.headers["Hub-Background"] = "1";
  });

  // Morphing keeps what is open, what is chosen and what is typed: a field that somebody has touched is theirs until it is
  // sent, also while the cursor stands in another.
  const chosen = (select) => [...select.options].find((one) => one.defaultSelected) || select.options[0];
  const touched = (node) => {
    if (node instanceof HTMLOptionElement) {
      const select = node.closest("select");
      return Boolean(select) && !select.multiple && select.options[select.selectedIndex] !== chosen(select);
    }
    if (node instanceof HTMLInputElement && ["radio", "checkbox"].includes(node.type)) {
      const same = node.form && node.name ? [...node.form.elements].filter((one) => one.name === node.name) : [node];
      return same.some((one) => one.checked !== one.defaultChecked);
    }
    return (node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement) && node.value !== node.defaultValue;
  };
  Idiomorph.defaults.ignoreActiveValue = true;
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => {
    if (name === "open") return node.tagName !== "DETAILS";
    return !(["value", "checked", "selected"].includes(name) && touched(node));
  };

  // A part of a page that is folded away opens when a link leads to it or into it, and a field is ready to type in.
  // [data-keep] parts that were opened or closed stay so when the page is loaded again; only their names are kept.
  const kept = () => JSON.parse(sessionStorage.getItem(`folds ${location.pathname}`) || "{}");
  document.addEventListener(
    "toggle",
    (event) => {
      if (!(event.target instanceof Element) || !event.target.matches("details[data-keep]")) return;
      sessionStorage.setItem(`folds ${location.pathname}`, JSON.stringify({ ...kept(), [event.target.id]: event.target.open }));
    },
    true,
  );
  const reveal = (hash) => {
    const place = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
    if (!place) return;
    for (let one = place.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    place.scrollIntoView();
    if (place.matches("input, textarea, select")) place.focus({ preventScroll: true });
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const [id, open] of Object.entries(kept())) {
      const fold = document.getElementById(id);
      if (fold && fold.matches("details[data-keep]") && !fold.querySelector(".govuk-error-message")) fold.open = open;
    }
    reveal(location.hash);
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href^='#']") : null;
    if (link) setTimeout(() => reveal(link.getAttribute("href")));
  });

  // The minutes that are left of something go on counting between two updates.
  const many = (count) => `${count} minute${count === 1 ? "" : "s"}`;
  const tick = () => {
    for (const place of document.querySelectorAll("[data-until]")) {
      const left = Math.ceil((Date.parse(place.dataset.until) - Date.now()) / 60_000);
      const whole = place.dataset.of;
      if (left < 0) place.textContent = `${many(-left)} over${whole ? ` the ${whole} that were planned` : ""}`;
      else place.textContent = whole ? `${left} of ${whole} minutes are left` : `${many(left)} left`;
    }
  };
  if (document.querySelector("[data-until]")) setInterval(tick, 15_000);

  // A live region says what it holds in data-summary; a change of that is announced once, quietly.
  const summaries = new Map();
  const note = (region, announce) => {
    const holder = region.matches("[data-summary]") ? region : region.querySelector("[data-summary]");
    const name = region.id || region.getAttribute("hx-get");
    if (!holder || !name) return;
    const before = summaries.get(name);
    const now = holder.dataset.summary;
    summaries.set(name, now);
    const status = document.getElementById("live-news");
    if (announce && status && before !== undefined && before !== now) status.textContent = `Updated: ${now}`;
  };
  document.addEventListener("DOMContentLoaded", () =>
    document.querySelectorAll("[hx-trigger*='sse:']").forEach((region) => note(region, false)),
  );
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target instanceof Element) note(event.target, true);
  });

  // A button with data-copy copies its text; one with data-print prints the page.
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-print]") : null;
    if (button) window.print();
  });

  // A select that filters sends its form at once; without scripts the form has a button.
  document.addEventListener("change", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form[data-submit-on-change]") : null;
    if (form) form.requestSubmit();
  });

  // Board columns: a card can be dragged to the stage it goes to next; the same form has a button for everybody.
  let carried = null;
  document.addEventListener("dragstart", (event) => {
    carried = event.target instanceof Element ? event.target.closest("[data-move]") : null;
  });
  const target = (event) => {
    const column = event.target instanceof Element ? event.target.closest("[data-stage]") : null;
    if (!carried || !column) return null;
    return carried.dataset.may.split(" ").includes(column.dataset.stage) ? column : null;
  };
  document.addEventListener("dragover", (event) => target(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    const column = target(event);
    if (column) location.assign(`${carried.dataset.move}?stage=${column.dataset.stage}`);
    carried = null;
  });

  // Warn before the session ends by itself: twenty idle minutes (the server decides; this only warns).
  const IDLE_MS = 20 * 60 * 1000;
  const WARN_MS = 2 * 60 * 1000;
  let idle = 0;
  const warn = () => {
    const box = document.getElementById("session-warning");
    if (box) box.hidden = false;
  };
  const restart = () => {
    clearTimeout(idle);
    idle = setTimeout(warn, IDLE_MS - WARN_MS);
  };
  if (document.querySelector("meta[name='signed-in']")) restart();
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.requestConfig.headers["Hub-Background"]) restart();
  });
})();
