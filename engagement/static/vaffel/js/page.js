// What every page has: messages that come and go, menus and dialogs, small helps for forms, and htmx
// for the pages that use it.

// --- htmx, 17 kB, only where something asks for it ---------------------------------------------------
const HTMX = "[hx-get],[hx-post],[hx-put],[hx-patch],[hx-delete]";
const source = document.querySelector("meta[name=htmx-source]")?.content;
const fetchHtmx = () => document.head.append(Object.assign(document.createElement("script"), { src: source }));
if (source && document.querySelector(HTMX)) {
  // htmx starts at once only in a page that is all there.
  if (document.readyState === "complete") fetchHtmx();
  else window.addEventListener("load", fetchHtmx, { once: true });
}

// --- messages ----------------------------------------------------------------------------------------
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

function say(text, level = "error") {
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

// --- menus and dialogs -------------------------------------------------------------------------------
// <details data-menu>: closes on Escape, on a click elsewhere and when focus leaves.
// <dialog id="…">: opened by [data-opens="id"], closed by [data-closes] or a click beside it.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest?.("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  if (event.target.closest?.("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target instanceof HTMLDialogElement && event.target.classList.contains("dialog")) {
    const edge = event.target.getBoundingClientRect();
    const inside = event.clientX >= edge.left && event.clientX <= edge.right
      && event.clientY >= edge.top && event.clientY <= edge.bottom;
    if (!inside) event.target.close();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

// --- forms -------------------------------------------------------------------------------------------
// Small helps for forms; every form works without them.
// - A form is sent once: the button waits until the answer has come.
// - textarea[data-counter="id"]: says how many characters are left when few are.
// - textarea[data-send]: Ctrl or ⌘ with Enter sends.
// - [data-submit-on-change]: a select or radio that sends its form.
// - [data-print]: prints the page.   [data-back]: back where one came from.
// - The first wrong field, or the summary of errors, gets the focus.
const FEW = 40;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post") || form.hasAttribute("hx-get") || form.method === "dialog") return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "1";
  (event.submitter ?? form.querySelector("[type=submit]"))?.setAttribute("aria-busy", "true");
});
// Coming back with the back button: forms can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

function count(area) {
  const output = document.getElementById(area.dataset.counter);
  if (!output || area.maxLength < 0) return;
  // Counted as the server counts: code points, not UTF-16 units.
  const left = area.maxLength - [...area.value].length;
  output.hidden = left > FEW;
  output.textContent = left;
  output.classList.toggle("is-over", left < 0);
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-counter]")) count(event.target);
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submit-on-change]")) event.target.form?.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("[data-send]")) {
    event.preventDefault();
    event.target.form?.requestSubmit();
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) window.print();
  const back = event.target.closest?.("[data-back]");
  if (back && window.history.length > 1) {
    event.preventDefault();
    window.history.back();
  }
});

document.querySelectorAll("[data-counter]").forEach(count);
(document.querySelector(".error-summary") ?? document.querySelector("[aria-invalid=true]"))?.focus();
document.addEventListener("htmx:afterSwap", (event) => {
  event.detail.target.querySelectorAll?.("[data-counter]").forEach(count);
  event.detail.target.querySelector?.(".error-summary, [aria-invalid=true]")?.focus();
});
