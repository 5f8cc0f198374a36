// The upload page without this script is complete: this hides the questions that the chosen format does not ask, and names the files dropped.
(() => {
  const form = document.querySelector("[data-upload]");
  if (!form) return;

  const asked = [...form.querySelectorAll("[data-asked-by]")];
  const showWhatIsAsked = () => {
    const format = form.querySelector("input[name=format]:checked")?.value;
    for (const field of asked) field.hidden = !field.dataset.askedBy.split(" ").includes(format);
  };
  form.addEventListener("change", showWhatIsAsked);
  showWhatIsAsked();

  const input = form.querySelector("input[type=file]"); // a file that is here already is not chosen again
  if (input) {
    const zone = input.closest("[data-drop]");
    const names = form.querySelector("[data-chosen]");
    const size = new Intl.NumberFormat(document.documentElement.lang);
    const nameFiles = () => {
      names.replaceChildren(
        ...[...input.files].map((file) => {
          const item = document.createElement("li");
          const name = document.createElement("bdi");
          name.textContent = file.name;
          item.append(name, ` (${size.format(Math.ceil(file.size / 1024))} kB)`);
          return item;
        }),
      );
    };
    input.addEventListener("change", nameFiles);
    nameFiles(); // a browser may have kept the choice when the page was loaded again

    // The input covers the zone and takes the drop itself; this only shows that it will.
    for (const event of ["dragenter", "dragover"]) zone.addEventListener(event, () => zone.classList.add("is-over"));
    for (const event of ["dragleave", "drop"]) zone.addEventListener(event, () => zone.classList.remove("is-over"));
  }

  form.addEventListener("submit", () => {
    const button = form.querySelector("[type=submit]");
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
  });
})();
