// What is wrong with the page as it is shown now: a list of sentences, empty when all is well.
// Run inside the browser. The figures are those of WCAG 2.2, level AA; what is pressed has 44 px.
// Argument, for a mail shown in a frame: the background colour of that frame.
const frame = arguments[0];
const findings = [];
const finding = (what, element) => {
  const id = element ? ` <${element.localName}${element.id ? '#' + element.id : ''}>` : '';
  const text = element ? ` "${(element.textContent || '').trim().slice(0, 40)}"` : '';
  findings.push(what + id + text);
};
const all = (selector) => [...document.querySelectorAll(selector)];
const style = (element) => getComputedStyle(element);

const isShown = (element) => {
  const box = element.getBoundingClientRect();
  return element.checkVisibility({ visibilityProperty: true }) && box.width > 0 && box.height > 0;
};
const isTrap = (element) => element.closest('[aria-hidden=true]') !== null;
const controls = all('input:not([type=hidden]), select, textarea')
  .filter((control) => isShown(control) && !isTrap(control));
const boxes = controls.filter((control) => control.type === 'checkbox');
const buttons = all('button').filter(isShown);

// --- the document ---

if (all('script').some((script) => !/\/(challenge|embed|frame)\.js$/.test(script.src))) {
  finding('there is a script that is not ours');
}
for (const element of all('*')) {
  const handler = element.getAttributeNames().find((name) => name.startsWith('on'));
  if (handler) finding(`a handler ${handler}`, element);
}
if (!frame && all('h1').length !== 1) finding(`there are ${all('h1').length} h1`);
if (!frame && all('main').length !== 1) finding('there is not one main');
if (!document.title.trim()) finding('there is no title');
const ids = all('[id]').map((element) => element.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) finding(`the id ${id} twice`);
for (const name of ['aria-describedby', 'aria-labelledby']) {
  for (const element of all(`[${name}]`)) {
    for (const id of element.getAttribute(name).split(/\s+/)) {
      const named = document.getElementById(id);
      if (!named || !named.textContent.trim()) finding(`${name}=${id} names nothing`, element);
    }
  }
}
let level = 0;
for (const heading of all('h1, h2, h3, h4')) {
  const next = Number(heading.localName[1]);
  if (next > level + 1) finding('a level of headings is left out', heading);
  level = next;
}

// --- widths ---

const root = document.documentElement;
if (root.scrollWidth > root.clientWidth) {
  finding(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth}`);
}
for (const element of all('body *')) {
  if (!isShown(element) || isTrap(element)) continue;
  const box = element.getBoundingClientRect();
  if (box.right > root.clientWidth + 0.5 || box.left < -0.5) finding('out of the window:', element);
  if (element.scrollWidth > element.clientWidth + 1 && style(element).overflowX === 'hidden' &&
      !element.matches('input, select')) finding('cut off:', element);
}

// --- labels and targets ---

for (const control of controls) {
  const label = [...control.labels].map((each) => each.textContent).join(' ').trim() ||
    control.getAttribute('aria-label');
  if (!label) finding('no label:', control);
}
for (const button of buttons) if (!button.textContent.trim()) finding('no text:', button);
for (const frame of all('iframe')) if (!frame.title) finding('no title:', frame);
for (const target of [...buttons, ...controls.filter((control) => !boxes.includes(control)),
                      ...boxes.flatMap((box) => [...box.labels])]) {
  const box = target.getBoundingClientRect();
  if (box.height < 44 || box.width < 44) {
    finding(`a target of ${box.width.toFixed(1)} × ${box.height.toFixed(1)} px:`, target);
  }
}
for (const link of all('a').filter(isShown)) {
  const alone = link.parentElement.textContent.trim() === link.textContent.trim() ||
    link.closest('nav') !== null;
  const height = link.getBoundingClientRect().height;
  if (alone && height < 24) finding(`a link of ${height.toFixed(1)} px:`, link);
}

// --- contrast ---

const colour = (text) => {
  const parts = text.match(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/);
  if (!parts) throw new Error(`a colour that is not understood: ${text}`);
  return { rgb: parts.slice(1, 4).map(Number), alpha: Number(parts[4] ?? 1) };
};
const mixed = (above, below) =>
  above.rgb.map((value, i) => value * above.alpha + below[i] * (1 - above.alpha));
const ground = (element) => {
  if (!element && !frame) throw new Error('the page has no ground of its own');
  if (!element) return colour(frame).rgb;
  const own = colour(style(element).backgroundColor);
  return own.alpha === 1 ? own.rgb : mixed(own, ground(element.parentElement));
};
const luminance = (rgb) => {
  const [r, g, b] = rgb.map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [bright, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dark + 0.05);
};
const checkContrast = (what, above, below, least, element) => {
  const ratio = contrast(mixed(colour(above), below), below);
  if (ratio < least) finding(`${what} with a contrast of ${ratio.toFixed(2)}:`, element);
};

let texts = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !isShown(element) || isTrap(element)) continue;
  ++texts;
  checkContrast('text', style(element).color, ground(element), 4.5, element);
}
if (!texts) finding('nothing is written on this page');
for (const control of controls) {
  checkContrast('what is typed', style(control).color, ground(control), 4.5, control);
  if (!boxes.includes(control)) {
    const edge = style(control).borderTopColor;
    checkContrast('an edge', edge, ground(control.parentElement), 3, control);
  }
}
return findings;
