// Many people at once: what is pasted is looked up before the form is sent. Those found become chips of
// the type-ahead above; the lines that nobody is found by stay, each with why. Without it the server says
// so when the form is sent.
//
// <div data-picker data-url="…" data-most="60"><div data-combobox>…</div><details>…<textarea>…
//   <div data-wrong><ul></ul></div><button data-look-up hidden><p data-told></details></div>
// POST data-url list=… answers {options, wrong: [text, …], left, left_wrong: [text, …], told}.
const SEVERAL = /[\r\n\t;]|@.*,.*@/;

class Picker {
  constructor(root) {
    this.root = root;
    this.combobox = root.querySelector("[data-combobox]");
    this.details = root.querySelector("details");
    this.area = root.querySelector("textarea");
    this.button = root.querySelector("[data-look-up]");
    this.told = root.querySelector("[data-told]");
    this.wrong = root.querySelector("[data-wrong]");
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.lookUp());
    this.area.addEventListener("paste", () => setTimeout(() => this.lookUp()));
    // A field of one line would glue the lines of a list together.
    this.combobox.querySelector("input[type=text]").addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!SEVERAL.test(text.trim())) return;
      event.preventDefault();
      this.details.open = true;
      this.area.value = [this.area.value.trimEnd(), text].filter(Boolean).join("\n");
      this.area.focus();
      this.lookUp();
    });
  }

  async lookUp() {
    const text = this.area.value;
    if (!text.trim()) return;
    this.button.setAttribute("aria-busy", "true");
    const form = this.root.closest("form");
    const body = new URLSearchParams({ list: text, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    try {
      const answer = await fetch(this.root.dataset.url, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      // Somebody went on typing: theirs stands, and can be looked up again.
      if (this.area.value === text) this.take(found);
    } catch {
      this.told.textContent = this.root.dataset.textFailed;
    } finally {
      this.button.removeAttribute("aria-busy");
    }
  }

  take(found) {
    const chosen = new Set([...this.combobox.querySelectorAll("input[type=hidden]")].map((one) => one.value));
    found.options.forEach((option) => chosen.add(option.id));
    const fits = chosen.size <= Number(this.root.dataset.most);
    if (fits) {
      this.combobox.dispatchEvent(new CustomEvent("vaffel:choose", { detail: found.options }));
      this.area.value = found.left;
    }
    const wrong = fits ? found.left_wrong : found.wrong;
    this.wrong.hidden = wrong.length === 0;
    this.wrong.querySelector("ul").replaceChildren(...wrong.map((text) => {
      const item = document.createElement("li");
      item.dir = "auto";
      item.textContent = text;
      return item;
    }));
    if (wrong.length) this.area.setAttribute("aria-invalid", "true");
    else this.area.removeAttribute("aria-invalid");
    this.told.textContent = fits ? found.told : `${found.told} ${this.root.dataset.textMany}`;
  }
}

document.querySelectorAll("[data-picker]").forEach((root) => new Picker(root));
