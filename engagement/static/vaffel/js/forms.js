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
