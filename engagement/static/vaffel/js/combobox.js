// A type-ahead after the ARIA 1.2 combobox pattern, choosing one or several people, units or others.
//
// <div class="combobox" data-combobox data-url="/people/options/" data-name="to" data-multiple
//      data-max="20" data-recent='[{"id": "p1", "name": "…", …}]' data-chosen='[…]'>
//   <input type="text" name="to_text" id="…">
// </div>
//
// GET data-url?q=… answers {"options": [option, …]} or [option, …] with
// option = {id, name, detail, initials, hue, kind}. What is chosen is sent as hidden inputs called
// data-name. Text left in the field is sent under the field's own name, for the server to resolve:
// that is also how it works without script. Words come from data attributes (see combobox.html).
const DEBOUNCE_MS = 120;
const SVG = "http://www.w3.org/2000/svg";
let serial = 0;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function face(option) {
  const kind = option.kind && option.kind !== "person" ? " is-unit" : "";
  return make("span", { class: `face hue-${Number(option.hue) % 12 || 0}${kind}`, "aria-hidden": "true" }, option.initials ?? "");
}

function cross() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M6 6l12 12M18 6L6 18");
  svg.append(path);
  return svg;
}

// The part of the name that was typed, marked. Accents and case as typed or not.
const fold = (text) => text.toLocaleLowerCase("nb").normalize("NFD").replace(/\p{M}/gu, "");
function marked(name, query) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const parts = name.split(/(\s+)/);
  return parts.map((part) => {
    const word = words.find((w) => fold(part).startsWith(w));
    if (!word) return part;
    let end = 0;
    while (end < part.length && fold(part.slice(0, end)).length < word.length) end += 1;
    const hit = make("mark", {}, part.slice(0, end));
    const span = document.createDocumentFragment();
    span.append(hit, part.slice(end));
    return span;
  });
}

function parse(json) {
  try {
    const value = JSON.parse(json || "[]");
    return Array.isArray(value) ? value : value.options ?? [];
  } catch {
    return [];
  }
}

class Combobox {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("input[type=text]");
    this.isMultiple = root.hasAttribute("data-multiple");
    this.max = this.isMultiple ? Number(root.dataset.max) || 20 : 1;
    this.recent = parse(root.dataset.recent);
    this.chosen = new Map();
    this.options = [];
    this.active = -1;
    this.known = new Map(); // answers of this page, so that going back a letter is at once
    this.words = root.dataset;
    this.build();
    parse(root.dataset.chosen).forEach((option) => this.choose(option, { quietly: true }));
  }

  build() {
    const id = this.input.id || `combobox-${(serial += 1)}`;
    this.input.id = id;
    this.list = make("ul", { role: "listbox", id: `${id}-list`, "aria-label": this.input.labels?.[0]?.textContent.trim() ?? this.input.getAttribute("aria-label") ?? "" });
    // The note stands beside the list: a listbox holds options and nothing else.
    this.note = make("p", { class: "listbox-note" });
    this.panel = make("div", { class: "listbox" }, this.note, this.list);
    this.panel.hidden = true;
    this.status = make("div", { class: "visually-hidden", role: "status" });
    this.box = make("div", { class: "combobox-box" });
    this.input.before(this.box);
    this.box.append(this.input);
    this.root.append(this.panel, this.status);
    // What is chosen without script stands there as boxes; chips take their place.
    this.root.querySelector("[data-plain]")?.remove();
    const wiring = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off", autocapitalize: "words", spellcheck: "false" };
    for (const [name, value] of Object.entries(wiring)) this.input.setAttribute(name, value);
    this.isRequired = this.input.required;
    this.placeholder = this.input.placeholder;

    this.input.addEventListener("input", () => this.ask());
    this.input.addEventListener("focus", () => this.ask());
    this.input.addEventListener("click", () => this.panel.hidden && this.ask());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("pointerdown", (event) => {
      if (event.target === this.box) {
        event.preventDefault();
        this.input.focus();
      }
    });
    // Pointer down, not click: the field keeps its focus and the phone its keyboard.
    this.panel.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.choose(this.options[Number(item.dataset.index)]);
    });
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.close();
    });
    // Other scripts of a page choose for somebody: detail is a list of options. What is being typed stays.
    this.root.addEventListener("vaffel:choose", (event) => {
      const typed = this.input.value;
      event.detail.forEach((option) => this.choose(option, { quietly: true }));
      this.input.value = typed;
    });
    this.input.form?.addEventListener("reset", () => {
      [...this.chosen.keys()].forEach((key) => this.drop(key, { quietly: true }));
    });
  }

  ask() {
    clearTimeout(this.timer);
    this.isChoosing = false;
    const query = this.input.value.trim();
    if (this.chosen.size >= this.max && this.isMultiple) return this.full(query);
    if (!query) {
      this.stop();
      return this.recent.length ? this.show(this.recent, "", this.words.textRecent) : this.close();
    }
    if (this.known.has(query)) return this.show(this.known.get(query), query);
    this.timer = setTimeout(() => this.fetch(query), DEBOUNCE_MS);
    return undefined;
  }

  full(query) {
    this.options = [];
    if (!query || !this.words.textFull) return this.close();
    this.stop();
    this.open([], this.words.textFull);
    this.status.textContent = this.words.textFull;
    return undefined;
  }

  stop() {
    this.request?.abort();
    this.request = null;
  }

  async fetch(query) {
    this.stop();
    const request = new AbortController();
    this.request = request;
    const url = new URL(this.root.dataset.url, location.href);
    url.searchParams.set("q", query);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: request.signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const body = await answer.json();
      const options = Array.isArray(body) ? body : body.options;
      this.known.set(query, options);
      if (request === this.request && this.input.value.trim() === query) this.show(options, query);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.options = [];
      this.open([], this.words.textFailed ?? "");
      this.status.textContent = this.words.textFailed ?? "";
    }
  }

  show(options, query, heading = "") {
    this.options = options.filter((option) => !this.chosen.has(option.id));
    const items = this.options.map((option, index) => make(
      "li",
      { role: "option", id: `${this.list.id}-${index}`, "data-index": index, "aria-selected": "false", "data-testid": "combobox-option" },
      face(option),
      make("span", { class: "option-text" }, make("b", {}, ...marked(option.name, query)), make("small", {}, option.detail ?? "")),
    ));
    if (!items.length && !query) return this.close();
    this.open(items, items.length ? heading : this.words.textNone ?? "");
    // With something typed the first answer is ready under Enter; nothing typed, nothing chosen by accident.
    this.activate(query && this.options.length ? 0 : -1);
    const count = this.options.length;
    this.status.textContent = count ? (this.words.textCount ?? "{n}").replace("{n}", count) : this.words.textNone ?? "";
    // Enter was pressed before the answer came: the first one was meant.
    if (this.isChoosing && this.active === 0) this.choose(this.options[0]);
    return undefined;
  }

  open(items, note) {
    this.list.replaceChildren(...items);
    this.list.hidden = items.length === 0;
    this.note.textContent = note;
    this.note.hidden = !note;
    this.panel.hidden = false;
    this.input.setAttribute("aria-expanded", String(items.length > 0));
    this.panel.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.stop();
    clearTimeout(this.timer);
    this.panel.hidden = true;
    this.isChoosing = false;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  activate(index) {
    this.active = index;
    this.list.querySelectorAll("[role=option]").forEach((item) => {
      const isActive = Number(item.dataset.index) === index;
      item.classList.toggle("is-active", isActive);
      item.setAttribute("aria-selected", String(isActive));
      if (isActive) {
        this.input.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      }
    });
    if (index < 0) this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const isOpen = !this.panel.hidden;
    const last = this.options.length - 1;
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return this.ask();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = this.active + step;
      return this.activate(next > last ? 0 : next < 0 ? last : next);
    }
    if (event.key === "Enter") {
      if (isOpen && this.active >= 0) {
        event.preventDefault();
        return this.choose(this.options[this.active]);
      }
      // Enter while the answer is on its way must not send half a form: it chooses when it comes.
      if (this.input.value.trim()) {
        event.preventDefault();
        this.isChoosing = true;
      }
    } else if (event.key === "Tab" && !event.shiftKey && isOpen && this.active >= 0 && this.input.value.trim()) {
      this.choose(this.options[this.active]);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Backspace" && !this.input.value && this.chosen.size) {
      this.drop([...this.chosen.keys()].at(-1));
    }
    return undefined;
  }

  choose(option, { quietly = false } = {}) {
    if (!option || this.chosen.has(option.id)) return;
    if (!this.isMultiple) [...this.chosen.keys()].forEach((key) => this.drop(key, { quietly: true }));
    if (this.chosen.size >= this.max) return;
    const remove = make("button", { type: "button", "aria-label": (this.words.textRemove ?? "{name}").replace("{name}", option.name) }, cross());
    remove.addEventListener("click", () => {
      this.drop(option.id);
      this.input.focus();
    });
    const token = make(
      "span",
      { class: "token", "data-id": option.id },
      face(option),
      make("span", {}, option.name),
      remove,
      make("input", { type: "hidden", name: this.root.dataset.name, value: option.id }),
    );
    this.chosen.set(option.id, token);
    this.box.insertBefore(token, this.input);
    this.input.value = "";
    this.settle();
    this.close();
    if (!quietly) {
      this.status.textContent = (this.words.textAdded ?? "{name}").replace("{name}", option.name);
      this.root.dispatchEvent(new CustomEvent("vaffel:chosen", { bubbles: true, detail: option }));
    }
  }

  drop(id, { quietly = false } = {}) {
    const token = this.chosen.get(id);
    if (!token) return;
    const name = token.querySelector("span:nth-child(2)").textContent;
    token.remove();
    this.chosen.delete(id);
    this.settle();
    if (!quietly) {
      this.status.textContent = (this.words.textRemoved ?? "{name}").replace("{name}", name);
      this.root.dispatchEvent(new CustomEvent("vaffel:dropped", { bubbles: true, detail: { id } }));
    }
  }

  // The browser's own "fill this in" is met by what is chosen, not by text.
  settle() {
    this.input.required = this.isRequired && this.chosen.size === 0;
    this.input.placeholder = this.chosen.size ? "" : this.placeholder;
    if (this.chosen.size) {
      this.input.removeAttribute("aria-invalid");
    }
  }
}

const upgraded = new WeakMap();
function upgrade(scope) {
  for (const root of scope.querySelectorAll?.("[data-combobox]") ?? []) {
    if (!upgraded.has(root)) upgraded.set(root, new Combobox(root));
  }
}
upgrade(document);
document.addEventListener("htmx:load", (event) => upgrade(event.detail.elt.parentElement ?? document));
