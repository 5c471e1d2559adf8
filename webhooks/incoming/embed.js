// <jawort-form src="https://…/forms/ID" lang="de" page="https://…">: the form in somebody's page, in
// the wording and version of now. Inside stands the plain form, for browsers without scripts and for
// when we cannot be reached. Needs script-src and connect-src of our origin, and no more: no markup
// from strings, no style attributes. And frames with our form become as tall as what is in them.
const home = document.currentScript.src.replace(/\/embed\.js([?#].*)?$/, "");
const inputTypes = { email: "email", phone: "tel", date: "date", boolean: "checkbox" };
const inputModes = { email: "email", phone: "tel", number: "decimal" };
const autocompletes = { email: "email", phone: "tel", country: "country" };
let count = 0;

// In a layer, so that every rule of the page that is in none goes before these.
const looks = `@layer jawort {
  jawort-form { display: block; max-width: 40rem; }
  .jawort-form, .jawort-form fieldset { display: grid; gap: 1rem; min-width: 0; margin: 0; padding: 0; border: 0; }
  .jawort-form p, .jawort-form legend { margin: 0; padding: 0; }
  .jawort-form > p:empty { position: absolute; }
  .jawort-field { display: grid; gap: 0.25rem; min-width: 0; }
  .jawort-field :is(input, select, textarea) { box-sizing: border-box; width: 100%; min-width: 0; min-height: 44px; padding: 0.5rem 0.75rem; font: inherit; }
  .jawort-field textarea { min-height: 8rem; }
  .jawort-box { display: grid; grid-template-columns: 1.5rem 1fr; gap: 0.25rem 0.75rem; }
  .jawort-box input { width: 1.5rem; height: 1.5rem; margin: 0.125rem 0 0; }
  .jawort-box label { min-height: 44px; white-space: pre-line; }
  .jawort-box p { grid-column: 2; }
  .jawort-error, .jawort-message { font-weight: bold; }
  .jawort-form [aria-invalid=true] { border: 2px solid; outline: 1px solid; }
  jawort-form :focus-visible { outline: 3px solid; outline-offset: 2px; }
  .jawort-form button { justify-self: start; min-height: 44px; padding: 0.5rem 1.5rem; font: inherit; }
}`;

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

function makeControl(field, texts) {
  const attributes = {
    name: field.name, required: field.required, maxlength: field.max_length,
    autocomplete: field.autocomplete || autocompletes[field.type],
  };
  if (field.options) {
    return make("select", attributes, make("option", { value: "" }, texts.choose),
      ...field.options.map(({ value, label }) => make("option", { value }, label)));
  }
  if (field.type === "textarea") return make("textarea", { ...attributes, rows: 6 });
  const type = inputTypes[field.type] || "text";
  return make("input", { ...attributes, type, inputmode: inputModes[field.type] });
}

class JawortForm extends HTMLElement {
  #shown = null;
  #form = null;
  #button = null;
  #message = null; // what is wrong, said at once
  #progress = null; // what is going on, said when there is time
  #places = []; // {field, control, error} in the order of the page
  #proof = null;
  #sending = false;

  async connectedCallback() {
    if (this.#shown || this.#sending) return;
    this.#sending = true; // until the form is there
    if (document.readyState === "loading") {
      await new Promise((done) => addEventListener("DOMContentLoaded", done, { once: true }));
    }
    try {
      this.#show(await this.#describe());
    } catch {
      // The plain form stays. It carries the version that it shows.
    }
    this.#sending = false;
  }

  get #source() {
    return this.getAttribute("src") || home;
  }

  async #describe() {
    const around = this.closest("[lang]")?.lang.split("-")[0];
    const language = this.getAttribute("lang") || around || "";
    const answer = await fetch(`${this.#source}?lang=${encodeURIComponent(language)}`, {
      headers: { Accept: "application/json" }, credentials: "omit", cache: "no-store",
    });
    if (!answer.ok) throw new Error(`no form: ${answer.status}`);
    return answer.json();
  }

  // --- the form ---

  // What has been typed so far stays. Ticks do not: the wording may be another one.
  #show(shown) {
    const before = this.querySelector("form");
    const typed = before ? new FormData(before) : new FormData();
    const focused = before?.contains(document.activeElement) ? document.activeElement.name : "";
    this.#shown = shown;
    this.#places = [];
    this.#proof = shown.challenge_url ? new Proof(shown.challenge_url) : null;
    this.#form = this.#makeForm(shown);
    for (const { field, control } of this.#places) {
      const value = typed.get(field);
      if (control.type === "checkbox") control.checked = field !== "consent" && value !== null;
      else if (typeof value === "string") control.value = value;
    }
    this.replaceChildren(this.#form);
    if (focused) this.#places.find(({ field }) => field === focused)?.control.focus();
  }

  #makeForm(shown) {
    const { texts } = shown;
    const prefix = `jawort-${++count}`;
    this.#message = make("p", { class: "jawort-message", role: "alert", tabindex: -1 });
    this.#progress = make("p", { class: "jawort-progress", role: "status" });
    this.#button = make("button", { type: "submit" }, texts.form_submit);
    const email = { name: "email", type: "email", label: texts.email, required: true, max_length: 254 };
    const form = make("form", {
      class: "jawort-form", method: "post", action: shown.action, lang: shown.language,
      "aria-label": shown.title, novalidate: true,
    }, this.#message, ...[email, ...shown.fields].map((field) => this.#makeField(prefix, field)),
    this.#makeTrap(), this.#makeConsents(prefix), this.#makePrivacy(), this.#button, this.#progress);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    form.addEventListener("focusin", () => this.#proof?.solve().catch(() => {}));
    return form;
  }

  #makePlace(field, id, control, kind, label, note) {
    const error = make("p", { class: "jawort-error", id: `${id}-error`, hidden: true });
    control.id = id;
    this.#places.push({ field, control, error });
    const title = make("label", { for: id }, label);
    return kind === "jawort-box" ? make("div", { class: kind }, control, title, note, error)
      : make("div", { class: kind }, title, control, error);
  }

  #makeField(prefix, field) {
    const { texts } = this.#shown;
    const control = makeControl(field, texts);
    const label = field.required ? field.label : `${field.label} (${texts.optional})`;
    const kind = field.type === "boolean" ? "jawort-box" : "jawort-field";
    if (field.type === "boolean") control.value = "true";
    return this.#makePlace(field.name, `${prefix}-${field.name}`, control, kind, label);
  }

  #makeConsents(prefix) {
    const { purposes, texts } = this.#shown;
    if (!purposes.length) return null;
    return make("fieldset", {}, make("legend", {}, texts.form_consent),
      ...purposes.map(({ id, wording, required }) => {
        const control = make("input", { type: "checkbox", name: "consent", value: id, required });
        const note = required ? null : make("p", {}, texts.optional);
        return this.#makePlace("consent", `${prefix}-consent-${id}`, control, "jawort-box", wording, note);
      }), make("p", {}, texts.form_next));
  }

  // Off the screen by a property: a style attribute would want more of the page's rules.
  #makeTrap() {
    const { honeypot, texts } = this.#shown;
    if (!honeypot) return null;
    const trap = make("div", { "aria-hidden": "true" }, make("label", {}, texts.leave_empty,
      make("input", { type: "text", name: honeypot, tabindex: -1, autocomplete: "off" })));
    Object.assign(trap.style, { position: "absolute", left: "-10000px" });
    return trap;
  }

  #makePrivacy() {
    const { privacy_url: url, texts } = this.#shown;
    if (!url) return null;
    return make("p", {}, `${texts.form_privacy} `, make("a", {
      href: url, target: "_blank", rel: "noopener noreferrer",
    }, texts.form_privacy_link), ".");
  }

  // --- sending ---

  async #send() {
    if (this.#sending) return; // pressed twice: the answer is on its way
    this.#sending = true;
    this.#button.setAttribute("aria-disabled", "true");
    this.#complain([]);
    try {
      await this.#post();
    } catch {
      this.#complain([{ message: this.#shown.texts.error_page_unavailable }]);
    }
    this.#progress.textContent = "";
    this.#button.removeAttribute("aria-disabled");
    this.#sending = false;
  }

  async #post() {
    const { texts } = this.#shown;
    const post = this.#values();
    if (this.#proof) {
      this.#progress.textContent = texts.proof_working;
      try {
        post.altcha = await this.#proof.solve();
      } catch {
        return this.#complain([{ message: texts.proof_failed }]);
      }
    }
    const answer = await fetch(this.#shown.action, {
      method: "POST", credentials: "omit", body: JSON.stringify(post),
      headers: { "Content-Type": "application/json", Accept: "application/json" },
    });
    if (answer.status === 202) {
      this.#proof?.forget(); // spent
      return this.#thank();
    }
    if (answer.status === 422) return this.#mend((await answer.json()).errors);
    const text = { 403: "forbidden", 429: "too_many", 503: "unavailable" }[answer.status];
    this.#complain([{ message: texts[`error_page_${text || "internal"}`] }]);
  }

  #values() {
    const { language, version, form_token, honeypot } = this.#shown;
    const post = { consent: [] };
    for (const { field, control } of this.#places) {
      if (control.type !== "checkbox") post[field] = control.value;
      else if (control.checked && field === "consent") post.consent.push(control.value);
      else if (control.checked) post[field] = control.value;
    }
    if (honeypot) post[honeypot] = this.#form.elements[honeypot].value;
    if (form_token) post.form_token = form_token;
    // Without query and fragment: they may say more than which page it was.
    const page = this.getAttribute("page") || location.origin + location.pathname;
    return { ...post, lang: language, version, served: "script", page };
  }

  // The form may have changed, or stood here for long: then the next press is for what is shown now.
  async #mend(errors) {
    if (errors.some(({ field }) => field === "altcha")) this.#proof?.forget();
    if (errors.some(({ code }) => code === "unknown_version" || code === "form_expired")) {
      const shown = await this.#describe();
      if (shown.version === this.#shown.version) this.#shown.form_token = shown.form_token;
      else this.#show(shown);
    }
    this.#complain(errors);
  }

  // Each beside its field, the others above the form; the first that can be mended gets the focus.
  #complain(errors) {
    const placed = new Set();
    for (const { field, control, error } of this.#places) {
      const found = errors.find((each) => each.field === field && (field !== "consent" ||
        (each.code === "required" && control.required && !control.checked)));
      if (found) placed.add(found.field + found.code);
      error.textContent = found ? found.message : "";
      error.hidden = !found;
      for (const [name, value] of [["aria-invalid", "true"], ["aria-describedby", error.id]]) {
        if (found) control.setAttribute(name, value);
        else control.removeAttribute(name);
      }
    }
    const others = errors.filter(({ field, code }) => !placed.has(field + code));
    const lines = [placed.size ? this.#shown.texts.form_errors : "",
      ...new Set(others.map(({ message }) => message))].filter(Boolean);
    this.#message.textContent = lines.join(" – ");
    if (!lines.length) return;
    const wrong = this.#places.find(({ error }) => !error.hidden);
    (wrong ? wrong.control : this.#message).focus();
  }

  #thank() {
    const { submitted_url: url, texts } = this.#shown;
    if (/^https?:/.test(url || "")) return location.assign(url);
    const thanks = make("div", { class: "jawort-sent", role: "status", tabindex: -1, lang: this.#shown.language },
      make("p", {}, make("strong", {}, texts.title_sent)),
      ...["sent_lead", "sent_next", "sent_no_mail_hint"].map((key) => make("p", {}, texts[key])));
    this.replaceChildren(thanks);
    thanks.focus();
  }
}

// --- frames ---

const frames = () => [...document.querySelectorAll("iframe")]
  .filter((frame) => frame.src.startsWith(new URL(home).origin + "/"));
const grown = new WeakSet();
addEventListener("message", ({ data, origin, source }) => {
  if (data?.type !== "jawort:height" || origin !== new URL(home).origin) return;
  const frame = frames().find((each) => each.contentWindow === source);
  if (!frame || !(data.height > 0 && data.height < 20000)) return;
  frame.style.height = `${data.height}px`;
  // Another page in it, after the press of its button: its beginning has to be seen.
  if (data.loaded && grown.has(frame)) frame.scrollIntoView({ block: "nearest" });
  grown.add(frame);
});
// One that was there first has said its height already. The question holds nothing of anybody's.
for (const frame of frames()) frame.contentWindow.postMessage({ type: "jawort:height?" }, "*");

if (!customElements.get("jawort-form")) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(looks);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  } catch {
    // An older browser: the form is as plain as the page makes it.
  }
  customElements.define("jawort-form", JawortForm);
}
