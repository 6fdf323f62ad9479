// The queue of praise: choosing all on the page at once. Without it each is chosen by itself.
const form = document.querySelector("[data-praise-many]");
if (form) {
  const all = form.querySelector("[data-pick-all]");
  const box = all.querySelector("input");
  const button = form.querySelector("button");
  const picks = [...document.querySelectorAll("[data-pick]")];
  const tell = () => {
    const chosen = picks.filter((pick) => pick.checked).length;
    box.checked = chosen === picks.length;
    box.indeterminate = chosen > 0 && chosen < picks.length;
    button.disabled = chosen === 0;
  };
  all.hidden = false;
  box.addEventListener("change", () => {
    for (const pick of picks) pick.checked = box.checked;
    tell();
  });
  for (const pick of picks) pick.addEventListener("change", tell);
  addEventListener("pageshow", tell);
  tell();
}
