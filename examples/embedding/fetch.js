// A form of one's own, posted as JSON. What was shown is what is recorded: the wording and its
// version come from Jawort when the page is opened, and the version goes back with the post.
"use strict";
const url = "https://optin.example.org/forms/newsletter";
const json = { Accept: "application/json" };
const form = document.getElementById("join");
const email = document.getElementById("email");
const box = document.getElementById("consent");
const say = (id, text) => { document.getElementById(id).textContent = text; };

fetch(`${url}?lang=en`, { headers: json }).then((answer) => answer.json()).then((shown) => {
  say("wording", shown.purposes[0].wording);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(url, {
      method: "POST",
      headers: { ...json, "Content-Type": "application/json" },
      body: JSON.stringify({
        email: email.value,
        consent: box.checked ? [shown.purposes[0].id] : [],
        lang: shown.language,
        version: shown.version,
        page: location.origin + location.pathname,
      }),
    });
    const { errors = [] } = answer.status === 422 ? await answer.json() : {};
    const wrong = errors.find(({ field }) => field === "email");
    const other = errors.find(({ field }) => field !== "email");
    say("email-error", wrong ? wrong.message : "");
    email.setAttribute("aria-invalid", Boolean(wrong));
    if (answer.status === 202) say("message", shown.texts.sent_next);
    else say("message", other ? other.message : wrong ? "" : shown.texts.error_page_unavailable);
    if (wrong) email.focus();
  });
});
