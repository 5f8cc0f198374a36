// Before a session ends for want of a sign of life, the person is asked; when it has ended, the page is covered and what was typed is handed in to be kept.
// Whoever types or clicks is there, even if nothing is sent: at most once a minute the server is told.

const idle = document.getElementById("idle");
const SEEN = "framme-seen"; // when any page of ours was last heard of by the server: all tabs of one browser share the session
const MINUTE = 60_000;
const limit = Number(idle.dataset.seconds) * 1000;
const warning = Number(idle.dataset.warning) * 1000;
const parts = { soon: idle.querySelector("[data-idle=soon]"), ended: idle.querySelector("[data-idle=ended]") };
let touched; // the form that somebody has typed into
let hasEnded = false;

const seen = () => Number(localStorage.getItem(SEEN));
const heard = () => localStorage.setItem(SEEN, Date.now());

async function stay() {
  heard(); // at once, so that one sign of life asks once
  const token = idle.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(idle.dataset.stay, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" });
  if (answer.status !== 204) end();
}

function show(part) {
  for (const [name, element] of Object.entries(parts)) element.hidden = name !== part;
  idle.setAttribute("aria-labelledby", `idle-${part}`);
  if (!idle.open) idle.showModal();
}

function end() {
  hasEnded = true;
  idle.classList.add("idle--ended");
  show("ended");
}

function look() {
  if (hasEnded) return;
  const left = seen() + limit - Date.now();
  if (left <= 0) end();
  else if (left <= warning) {
    const seconds = Math.ceil(left / 1000);
    idle.querySelector("[data-idle-left]").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    show("soon");
  } else if (idle.open) idle.close();
}

function alive() {
  if (!hasEnded && !idle.open && Date.now() - seen() > MINUTE) stay();
}

// What was typed goes along with where it was going. Files cannot.
parts.ended.addEventListener("submit", () => {
  if (!touched) return;
  parts.ended.elements.unsent_path.value = new URL(touched.action).pathname;
  for (const [name, value] of new FormData(touched)) {
    if (typeof value !== "string" || name === "csrfmiddlewaretoken") continue;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    parts.ended.append(field);
  }
});

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.method === "post") touched = form;
  alive();
});
document.addEventListener("keydown", alive);
document.addEventListener("pointerdown", alive);
idle.addEventListener("cancel", (event) => (hasEnded ? event.preventDefault() : stay())); // Escape
idle.querySelector("[data-idle-stay]").addEventListener("click", () => {
  idle.close();
  stay();
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && !("X-By-Itself" in event.detail.requestConfig.headers)) heard();
});

heard();
setInterval(look, 1000);
