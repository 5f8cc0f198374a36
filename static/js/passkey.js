// Starts allauth's passkey scripts from data attributes, and says on the page when a passkey was refused or cancelled.

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelector("[data-passkey-problem]").hidden = false;
});

document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("[data-passkey]");
  if (!button) return;
  // Browsers know passkeys by the name of the site, and an address of numbers has none.
  if (/^[\d.:[\]]+$/.test(location.hostname)) {
    document.querySelector("[data-passkey-needs-name]").hidden = false;
    button.disabled = true;
    return;
  }
  const { passkey: start, credential, passwordless } = button.dataset;
  const forms = window.allauth.webauthn.forms;
  forms[start]({ ids: { add: button.id, authenticate: button.id, login: button.id, credential, passwordless, data: "passkey-options" } });
});
