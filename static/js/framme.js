// Small comforts; every page works without this file.

// A menu closes with Escape, and when something outside it is pressed.
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Empty fields of a filter stay out of the URL.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-lean]")) return;
  for (const [name, value] of [...event.formData.entries()]) {
    if (value === "") event.formData.delete(name);
  }
});

// Where the page is narrow, a filter bar without an error begins closed.
if (window.matchMedia("(max-width: 48rem)").matches) {
  for (const filters of document.querySelectorAll("details[data-closed-when-narrow]")) {
    if (!filters.querySelector("[aria-invalid=true]")) filters.open = false;
  }
}
