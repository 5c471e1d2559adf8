// On a page of ours that stands in a frame: tells the page around it how tall this one is, so that
// the frame can be as tall. Only the sites that may frame the form are told; embed.js listens.
const allowed = document.currentScript.dataset.origins.split(" ");
// Where the browser says who is around us, only that one is addressed.
const around = location.ancestorOrigins;
const told = around ? allowed.filter((origin) => origin === around[0]) : allowed;

const tell = (loaded) => {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  for (const origin of told) {
    parent.postMessage({ type: "jawort:height", height, loaded }, origin);
  }
};
if (parent !== window) {
  tell(true);
  // Browsers do not do this by themselves in a frame: here it is the answer to a press of the button.
  document.querySelector("[autofocus]")?.focus();
  new ResizeObserver(() => tell(false)).observe(document.body);
  addEventListener("message", (event) => {
    if (event.source === parent && allowed.includes(event.origin) &&
        event.data?.type === "jawort:height?") tell(false);
  });
}
