// Choosing among many units: what is chosen stands above them as chips that can be taken off, each place
// says how many are chosen in it, and a field finds units by name. Without it the places are details, and
// the chips lead to their boxes.
const fold = (text) => text.toLocaleLowerCase("nb").normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ø", "o").replaceAll("æ", "ae");
const SVG = "http://www.w3.org/2000/svg";

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

class Reach {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.list = root.querySelector("[data-chosen]");
    this.nothing = root.querySelector("[data-nothing]");
    this.told = root.querySelector("[data-told]");
    this.boxes = [...root.querySelectorAll("input[name=audience]")];
    this.places = [...root.querySelectorAll("[data-place]")];
    this.filter = root.querySelector("[data-filter]");
    this.boxes.forEach((box) => box.addEventListener("change", () => this.draw()));
    if (this.filter) this.prepareFilter();
    // Coming back to the page the browser sets the boxes as they were.
    addEventListener("pageshow", () => this.draw());
    this.draw();
  }

  draw() {
    const chosen = this.boxes.filter((box) => box.checked);
    this.list.replaceChildren(...chosen.map((box) => this.chip(box)));
    this.nothing.hidden = chosen.length > 0;
    for (const place of this.places) {
      const number = place.querySelectorAll("input[name=audience]:checked").length;
      const told = place.querySelector("[data-number]");
      told.hidden = number === 0;
      told.textContent = this.words.textChosen.replace("{n}", number);
    }
  }

  chip(box) {
    const item = document.createElement("li");
    item.className = "token";
    const name = document.createElement("bdi");
    name.textContent = box.dataset.name;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.setAttribute("aria-label", this.words.textRemove.replace("{name}", box.dataset.name));
    remove.append(cross());
    remove.addEventListener("click", () => this.drop(box, item));
    item.append(name, remove);
    return item;
  }

  drop(box, item) {
    const place = [...this.list.children].indexOf(item);
    box.checked = false;
    this.draw();
    this.told.textContent = this.words.textRemoved.replace("{name}", box.dataset.name);
    // The next chip, or the one before, or where one finds others.
    const chips = this.list.querySelectorAll("button");
    (chips[place] ?? chips[place - 1] ?? this.filter?.querySelector("input") ?? this.root.querySelector("summary, input"))?.focus();
  }

  prepareFilter() {
    const input = this.filter.querySelector("input");
    this.found = this.filter.querySelector("[data-found]");
    this.filter.hidden = false;
    input.addEventListener("input", () => this.find(fold(input.value.trim())));
    // Enter looks for units; it does not send the form.
    input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    addEventListener("pageshow", () => this.find(fold(input.value.trim())));
  }

  find(query) {
    // As they stood before anything was looked for, to be put back.
    if (query && !this.wasOpen) this.wasOpen = this.places.map((place) => place.open);
    const rows = [...this.root.querySelectorAll("[data-choice]")];
    const fits = (row) => ` ${fold(row.dataset.choice)}`.includes(` ${query}`);
    let number = 0;
    for (const row of rows) {
      const isHit = !query || fits(row);
      number += isHit ? 1 : 0;
      row.hidden = !isHit && ![...row.querySelectorAll("[data-choice]")].some(fits);
    }
    this.places.forEach((place, index) => {
      place.hidden = !place.querySelector("[data-choice]:not([hidden])");
      if (query) place.open = !place.hidden;
      else if (this.wasOpen) place.open = this.wasOpen[index];
    });
    if (!query) this.wasOpen = null;
    for (const group of this.root.querySelectorAll("[data-employer]")) {
      group.hidden = !group.querySelector("[data-choice]:not([hidden])");
    }
    const told = number ? this.words.textFound.replace("{n}", number) : this.words.textNone;
    this.found.textContent = query ? told : "";
  }
}

document.querySelectorAll("[data-reach]").forEach((root) => new Reach(root));
