// Solves the small sum (proof of work) that the form asks of a browser, and puts the answer into
// the hidden field "altcha". Begins when somebody turns to the form, so that it is mostly done when
// the button is pressed. Asks nobody but the server of the form; stores nothing.
"use strict";
(() => {
  const status = document.getElementById("proof");
  const form = status.closest("form");
  const field = form.querySelector("input[name=altcha]");
  const freshFor = 10 * 60 * 1000; // milliseconds; the server takes an answer for longer
  const batch = 256; // hashes between two looks at the result, so that the page stays alive
  const encoder = new TextEncoder();
  let solving = null;
  let solvedAt = 0;
  let sent = false;

  const say = (what) => {
    status.textContent = status.dataset[what];
  };

  const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

  async function search(salt, wanted, most) {
    for (let first = 0; first <= most; first += batch) {
      const hashes = await Promise.all(Array.from({ length: batch }, (_, i) =>
        crypto.subtle.digest("SHA-256", encoder.encode(salt + (first + i)))));
      const found = hashes.findIndex((hash) => {
        const bytes = new Uint8Array(hash);
        return wanted.every((byte, i) => byte === bytes[i]);
      });
      if (found >= 0) return first + found;
    }
    throw new Error("the challenge has no solution");
  }

  async function solve() {
    const answer = await fetch(status.dataset.challenge, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no challenge: " + answer.status);
    const { algorithm, challenge, maxnumber, salt, signature } = await answer.json();
    const number = await search(salt, bytesOf(challenge), maxnumber);
    field.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    solvedAt = Date.now();
    say("done");
  }

  const solved = () => field.value !== "" && Date.now() - solvedAt < freshFor;

  function begin() {
    if (!solving && !solved()) {
      say("working");
      solving = solve().finally(() => {
        solving = null;
      });
    }
    return solving || Promise.resolve();
  }

  say("ready");
  form.addEventListener("focusin", () => begin().catch(() => say("ready")));

  const start = () => {
    sent = false;
    field.value = ""; // what was sent once is spent
  };
  form.addEventListener("submit", (event) => {
    if (sent) return event.preventDefault(); // pressed twice: the answer is on its way
    sent = true;
    setTimeout(start, 20 * 1000); // whoever stopped the browser meanwhile can press again
    if (solved()) return;
    event.preventDefault();
    begin().then(
      () => HTMLFormElement.prototype.submit.call(form), // a field may be called "submit"
      () => {
        start();
        say("failed");
      },
    );
  });
  // The back button brings the page as it was left.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) start();
  });
})();
