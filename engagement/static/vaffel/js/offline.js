// The offline page: as soon as there is network again, the page that was asked for.
window.addEventListener("online", () => window.location.reload());
