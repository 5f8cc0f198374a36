// Keys of the desk: each does what a link, button or form on the page does, so without this file nothing is missing but the keys.
(() => {
  const help = document.getElementById("keys-help");
  if (!help) return;

  const found = (key) => document.querySelector(`[data-key="${key}"]`);
  const isTyping = (target) => target.closest("input:not([type=radio], [type=checkbox], [type=submit], [type=button]), textarea, select, [contenteditable]");

  const use = (element) => {
    const menu = element.closest("summary")?.parentElement;
    if (menu) menu.open = true;
    const within = menu ?? element;
    const first = within.querySelector("input[type=radio]:checked:enabled") ?? within.querySelector("input:not([type=hidden]):enabled, textarea:enabled");
    if (first) first.focus();
    else element.click();
  };

  // Only what is on this page stands in the list.
  const list = () => {
    const keys = help.querySelector("dl");
    for (const old of keys.querySelectorAll("[data-listed]")) old.remove();
    for (const element of document.querySelectorAll("[data-key]")) {
      const key = document.createElement("dt");
      const says = document.createElement("dd");
      key.append(Object.assign(document.createElement("kbd"), { textContent: element.dataset.key }));
      says.textContent = element.dataset.says;
      key.dataset.listed = says.dataset.listed = "";
      keys.append(key, says);
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey && event.target.form) return event.target.form.requestSubmit();
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target) || document.querySelector("dialog[open]")) return undefined;
    if (event.key === "?") {
      list();
      help.showModal();
    } else if (/^[a-z]$/.test(event.key) && found(event.key)) {
      event.preventDefault();
      use(found(event.key));
    }
    return undefined;
  });

  const button = document.querySelector("[data-shows-keys]");
  button.hidden = false;
  button.addEventListener("click", () => {
    list();
    help.showModal();
  });
  help.querySelector("[data-closes]").addEventListener("click", () => help.close());
})();
