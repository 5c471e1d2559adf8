// On the hosted page: puts the answer into the hidden field "altcha". Begins when somebody turns to
// the form, so that it is mostly done when the button is pressed.
const status = document.getElementById("proof");
const form = status.closest("form");
const field = form.querySelector("input[name=altcha]");
const proof = new Proof(status.dataset.challenge);
let sent = false;

const say = (what) => {
  status.textContent = status.dataset[what];
};

async function begin() {
  if (!proof.answer && !proof.solving) say("working");
  field.value = await proof.solve();
  say("done");
}

say("ready");
form.addEventListener("focusin", () => begin().catch(() => say("ready")));

const start = () => {
  sent = false;
  field.value = ""; // what was sent once is spent
  proof.forget();
};
form.addEventListener("submit", (event) => {
  if (sent) return event.preventDefault(); // pressed twice: the answer is on its way
  sent = true;
  setTimeout(start, 20 * 1000); // whoever stopped the browser meanwhile can press again
  field.value = proof.answer;
  if (field.value) return;
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
