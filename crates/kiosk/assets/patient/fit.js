// Letters as large as the screen holds them: from the wanted size down to 4.8 mm of capital height, then closer together,
// and at the very last what stands elsewhere too gives way ("last" in page.css).
// It measures and sets sizes; what is shown is not its business.

const root = document.documentElement;
const screen = document.getElementById("screen");
const bar = document.getElementById("bar");
const panel = document.getElementById("panel");
const idle = document.getElementById("idle");

const LARGEST = 9 / 4.8; // large letters: 9 mm of capital height
const STEPS = [LARGEST, 1.7, 1.55, 1.4, 1.25, 1.12, 1];
const CLOSER = [[0, 0], [1, 0], [2, 0], [2, 1], [2, 2]]; // how close together, and which of the last steps is taken
const SMALL_MM = 110; // a screen whose shorter side is below this is a small one
const ROOMY_MM = 170;

const mm = () => parseFloat(getComputedStyle(root).getPropertyValue("--mm")) || 4;

/** How much room there is, in millimetres of the real screen. */
export function room() {
  const shorter = Math.min(innerWidth, innerHeight) / mm();
  root.dataset.room = shorter < SMALL_MM ? "small" : shorter > ROOMY_MM ? "roomy" : "middle";
}

function over(element) {
  const slack = element === panel ? 0 : 1; // the sheet shows a bar as soon as anything is left to scroll
  return element.scrollHeight > element.clientHeight + slack || element.scrollWidth > element.clientWidth + slack;
}

/** Whether a button's words reach over its edge. */
function higher(button) {
  const edge = button.getBoundingClientRect();
  return [...button.children].some((child) => {
    const inner = child.getBoundingClientRect();
    return inner.height > 1 && (inner.top < edge.top - 0.5 || inner.bottom > edge.bottom + 0.5);
  });
}

/** What does not fit in this part, by its id; empty when everything does. */
function spill(part) {
  if (over(part)) return part.id;
  for (const element of part.querySelectorAll("button, p, h1, h2, li, .label, .detail, .rows, #told, #choices, #tools, #actions")) {
    const wide = element.scrollWidth > element.clientWidth + 1;
    const high = element.nodeName === "BUTTON" && higher(element);
    if (!wide && !high) continue;
    const style = getComputedStyle(element);
    if (style.display !== "inline" && style.clipPath === "none") return `${element.id || element.className} ${wide ? "wide" : "high"}`;
  }
  return "";
}

/** What does not fit on the whole page. */
function misfit() {
  for (const layer of [panel, idle].filter((one) => !one.hidden)) {
    const what = spill(layer) || spill(layer.firstElementChild ?? layer);
    if (what) return what;
  }
  if (!panel.hidden) return "";
  // One row of buttons; more only on a screen that stands upright.
  const upright = innerHeight > innerWidth;
  const row = Math.max(...[...bar.querySelectorAll("button")].map((button) => button.offsetHeight));
  const rows = upright && root.dataset.tools === "icons" ? 3.9 : 1.9;
  return spill(screen) || spill(bar) || (bar.offsetHeight < row * rows ? "" : "rows of buttons");
}

function set(scale, tight, last, tools) {
  root.style.setProperty("--k", String(scale));
  root.dataset.tight = String(tight);
  if (last) root.dataset.last = String(last);
  else delete root.dataset.last;
  root.dataset.tools = tools;
}

/** Finds the size for what is drawn now. */
export function fit(large) {
  room();
  delete root.dataset.scroll;
  let what = "";
  const small = root.dataset.room === "small";
  const standard = root.dataset.room === "roomy" ? [1.25, 1.12, 1] : [1];
  for (const [tight, last] of CLOSER) {
    // Large letters are worth more than drawings and wide gaps, but not more than words.
    const sizes = last ? [1] : large ? STEPS.filter((step) => tight === 2 || step >= (tight === 0 ? 1.4 : 1.25)) : standard;
    for (const size of sizes) {
      for (const tools of small ? ["icons"] : ["words", "icons"]) {
        set(size, tight, last, tools);
        what = misfit();
        if (!what) return;
      }
    }
  }
  root.dataset.scroll = what;
}
