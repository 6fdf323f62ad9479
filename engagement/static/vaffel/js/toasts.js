// Short messages at the foot of the page. The server renders them; this file lets them leave again,
// runs the calm line of an Undo, and tells of requests that failed.
const REST_MS = 6000;
const box = document.getElementById("toasts");
const blank = document.getElementById("toast-template");

function leave(toast) {
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 220);
}

function start(toast) {
  if (toast.dataset.started) return;
  toast.dataset.started = "1";
  const close = toast.querySelector("[data-toast-close]");
  if (close) {
    close.hidden = false;
    close.addEventListener("click", () => leave(toast));
  }
  if (toast.hasAttribute("data-undo")) {
    // Undo ends when the server's hold ends, so its time does not stop for a pointer.
    const seconds = Math.min(Math.max(Number(toast.dataset.seconds) || 8, 1), 120);
    toast.style.setProperty("--seconds", `${seconds}s`);
    setTimeout(() => leave(toast), seconds * 1000);
    toast.querySelector("form")?.addEventListener("htmx:afterRequest", () => leave(toast));
    return;
  }
  if (toast.classList.contains("is-error")) return; // an error stays until it is read
  let timer = setTimeout(() => leave(toast), REST_MS);
  const wait = () => clearTimeout(timer);
  const go = () => { timer = setTimeout(() => leave(toast), REST_MS / 2); };
  toast.addEventListener("pointerenter", wait);
  toast.addEventListener("pointerleave", go);
  toast.addEventListener("focusin", wait);
  toast.addEventListener("focusout", go);
}

export function say(text, level = "error") {
  if (!box || !blank || [...box.querySelectorAll("p")].some((p) => p.textContent === text)) return;
  const toast = blank.content.firstElementChild.cloneNode(true);
  toast.classList.remove("is-error");
  toast.classList.add(`is-${level}`);
  toast.querySelector("p").textContent = text;
  box.append(toast);
}

if (box) {
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches("[data-toast]")) start(node);
        node.querySelectorAll("[data-toast]").forEach(start);
      }
    }
  }).observe(box, { childList: true, subtree: true });
  // A live region only speaks of what comes after it: take out what came with the page and put it back.
  const first = [...box.querySelectorAll("[data-toast]")];
  first.forEach((toast) => toast.remove());
  requestAnimationFrame(() => setTimeout(() => box.append(...first), 60));

  const words = box.dataset;
  const byStatus = { 403: words.refused, 404: words.gone, 410: words.gone, 429: words.hurry };
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    const isStale = xhr.status === 403 && xhr.getResponseHeader("X-Problem") === "csrf";
    say(isStale ? words.stale : byStatus[xhr.status] ?? words.failed);
  });
  document.addEventListener("htmx:sendError", () => say(words.lost));
  document.addEventListener("htmx:timeout", () => say(words.lost));
  // A form that failed its checks comes back as 422 with the form in it: show it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  // Other scripts of ours: document.dispatchEvent(new CustomEvent("vaffel:say", {detail: {text, level}}))
  document.addEventListener("vaffel:say", (event) => say(event.detail.text, event.detail.level));
}
