// Helps in the fields that people thank and comment in: beginnings to grow from, names after an @, and
// one tap less on a phone.
//
// <div class="field" data-mentions="/kudos/options/"><textarea …></textarea></div>
// What is chosen stands in the text as "@Name" and is sent as a hidden input called "mention".
const DEBOUNCE_MS = 120;
const TYPED = /(^|\s)@([\p{L}\p{M}.' -]{1,40})$/u;
let serial = 0;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

class Mentions {
  constructor(root) {
    this.root = root;
    this.area = root.querySelector("textarea");
    this.options = [];
    this.active = -1;
    const id = `mentions-${(serial += 1)}`;
    this.list = make("ul", { role: "listbox", id, "aria-label": "@" });
    this.panel = make("div", { class: "listbox" }, this.list);
    this.panel.hidden = true;
    this.status = make("div", { class: "visually-hidden", role: "status" });
    root.classList.add("has-mentions");
    this.area.after(this.panel, this.status);
    this.area.setAttribute("aria-autocomplete", "list");
    this.area.setAttribute("aria-controls", id);
    this.area.addEventListener("input", () => this.ask());
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("blur", () => this.close());
    // Pointer down, not click: the field keeps its focus and the phone its keyboard.
    this.panel.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const item = event.target.closest("[role=option]");
      if (item) this.choose(Number(item.dataset.index));
    });
  }

  // What stands after the last @ before the caret, if somebody may still be typing a name.
  typed() {
    const before = this.area.value.slice(0, this.area.selectionStart);
    const found = TYPED.exec(before);
    return found && !found[2].startsWith(" ") ? found[2] : "";
  }

  ask() {
    clearTimeout(this.timer);
    const query = this.typed().trim();
    if (!query || query.split(/\s+/).length > 3) return this.close();
    this.timer = setTimeout(() => this.fetch(query), DEBOUNCE_MS);
    return undefined;
  }

  async fetch(query) {
    this.request?.abort();
    this.request = new AbortController();
    const url = new URL(this.root.dataset.mentions, location.href);
    url.searchParams.set("q", query);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: this.request.signal, credentials: "same-origin" });
      if (!answer.ok) return this.close();
      const { options } = await answer.json();
      if (this.typed().trim() === query) this.show(options.filter((option) => option.kind === "person"));
    } catch (error) {
      // Without an answer it is a text like any other.
      if (error.name !== "AbortError") this.close();
    }
    return undefined;
  }

  show(options) {
    this.options = options;
    if (!options.length) return this.close();
    this.list.replaceChildren(...options.map((option, index) => make(
      "li",
      { role: "option", id: `${this.list.id}-${index}`, "data-index": index, "aria-selected": "false", "data-testid": "mention-option" },
      make("span", { class: `face hue-${Number(option.hue) % 12 || 0}`, "aria-hidden": "true" }, option.initials),
      make("span", { class: "option-text" }, make("b", {}, option.name), make("small", {}, option.detail)),
    )));
    this.panel.hidden = false;
    this.status.textContent = this.root.dataset.textCount.replace("{n}", options.length);
    this.activate(0);
    return undefined;
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.panel.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }

  activate(index) {
    this.active = index;
    [...this.list.children].forEach((item, place) => {
      item.classList.toggle("is-active", place === index);
      item.setAttribute("aria-selected", String(place === index));
      if (place === index) item.scrollIntoView({ block: "nearest" });
    });
    this.area.setAttribute("aria-activedescendant", `${this.list.id}-${index}`);
  }

  key(event) {
    if (this.panel.hidden || event.isComposing) return;
    const last = this.options.length - 1;
    if (event.key === "ArrowDown") this.activate(this.active < last ? this.active + 1 : 0);
    else if (event.key === "ArrowUp") this.activate(this.active > 0 ? this.active - 1 : last);
    else if (event.key === "Enter" || event.key === "Tab") this.choose(this.active);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(index) {
    const option = this.options[index];
    if (!option) return;
    const caret = this.area.selectionStart;
    const start = caret - this.typed().length;
    this.area.setRangeText(`${option.name} `, start, caret, "end");
    if (![...this.root.querySelectorAll("[name=mention]")].some((one) => one.value === option.id)) {
      this.root.append(make("input", { type: "hidden", name: "mention", value: option.id }));
    }
    this.close();
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.close();
  }
}

for (const root of document.querySelectorAll("[data-mentions]:not(.has-mentions)")) new Mentions(root);

// Beginnings: shown while nothing is written, gone with the first letter.
for (const box of document.querySelectorAll(".starters")) {
  const area = box.closest(".field").querySelector("textarea");
  const settle = () => { box.hidden = area.value.trim() !== ""; };
  box.addEventListener("click", (event) => {
    const starter = event.target.closest("[data-starts]");
    if (!starter) return;
    area.value = `${starter.dataset.starts} `;
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  area.addEventListener("input", settle);
  settle();
}

// Whoever taps the first name wants to write next. With the keyboard the focus stays where it is.
for (const form of document.querySelectorAll("form.give")) {
  let isTapped = false;
  form.addEventListener("pointerdown", () => { isTapped = true; }, true);
  form.addEventListener("keydown", () => { isTapped = false; }, true);
  form.addEventListener("vaffel:chosen", () => {
    const area = form.querySelector("textarea");
    if (isTapped && !area.value && form.querySelectorAll(".token").length === 1) area.focus();
  });
}
