// Letters as large as the screen holds them: from the wanted size down to 4.8 mm of capital height, then closer together.
// It measures and sets sizes; what is shown is not its business.

const root = document.documentElement;
const screen = document.getElementById("screen");
const bar = document.getElementById("bar");
const panel = document.getElementById("panel");
const idle = document.getElementById("idle");

const LARGEST = 9 / 4.8; // large letters: 9 mm of capital height
const STEPS = [LARGEST, 1.7, 1.55, 1.4, 1.25, 1.12, 1];
const SMALL_MM = 110; // a screen whose shorter side is below this is a small one
const ROOMY_MM = 170;

const mm = () => parseFloat(getComputedStyle(root).getPropertyValue("--mm")) || 4;

/** How much room there is, in millimetres of the real screen. */
export function room() {
  const shorter = Math.min(innerWidth, innerHeight) / mm();
  root.dataset.room = shorter < SMALL_MM ? "small" : shorter > ROOMY_MM ? "roomy" : "middle";
}

function over(element) {
  return element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1;
}

function spills(part) {
  if (over(part)) return true;
  for (const element of part.querySelectorAll("button, p, h1, h2, li, .label, .detail, .rows, #told, #choices, #tools, #actions")) {
    if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline" && !element.matches(".unseen, .icon-only .label, [data-tools='icons'] #tools .label")) return true;
    if (element.nodeName === "BUTTON" && element.scrollHeight > element.clientHeight + 1) return true;
  }
  return false;
}

function fits() {
  const layers = [panel, idle].filter((layer) => !layer.hidden);
  if (layers.length > 0 && layers.some((layer) => over(layer) || spills(layer.firstElementChild ?? layer))) return false;
  if (!panel.hidden) return true;
  return !spills(screen) && !spills(bar) && bar.offsetHeight < innerHeight * 0.34;
}

function set(scale, tight, tools) {
  root.style.setProperty("--k", String(scale));
  root.dataset.tight = String(tight);
  root.dataset.tools = tools;
}

/** Finds the size for what is drawn now. */
export function fit(large) {
  room();
  delete root.dataset.scroll;
  const small = root.dataset.room === "small";
  const standard = root.dataset.room === "roomy" ? [1.25, 1.12, 1] : [1];
  for (const tight of [0, 1, 2]) {
    // Large letters are worth more than drawings and wide gaps.
    const sizes = large ? STEPS.filter((step) => tight === 2 || step >= (tight === 0 ? 1.4 : 1.25)) : standard;
    for (const size of sizes) {
      for (const tools of small || large ? ["icons"] : ["words", "icons"]) {
        set(size, tight, tools);
        if (fits()) return;
      }
    }
  }
  root.dataset.scroll = "";
}
