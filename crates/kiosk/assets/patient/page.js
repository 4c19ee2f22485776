// The patient's page: draws the view it is sent and sends single presses. It decides nothing and holds no text.
import { link } from "/link.js";
import { lay } from "/draw.js";
import { busy, lower, panel, sheet, warning } from "/sheet.js";
import { fit, room } from "/fit.js";
import { hear, hush, name, repeat, signal } from "/sound.js";
import { forget, listen } from "/keys.js";

const part = (id) => document.getElementById(id);
const [screen, bar, away, spoken, banner, idle, over, working] = ["screen", "bar", "away", "spoken", "banner", "idle", "panel", "busy"].map(part);
const FROZEN_MS = 2000; // a live picture that stands still this long is no longer live
const BUSY_MS = 1000; // after this a press that has not been answered says so
const ACTIVE_MS = 10_000; // steps without a press say this often that somebody is there

let view = null;
let page = "away";
let changedAt = 0; // when another page came, on the clock of the events
let tappedAt = 0; // when a button was last tapped
let decoding = false;
let frozen = 0; // timer that wipes a picture nobody renews
let unanswered = 0; // timer of the press that waits for its answer
let pressedLast = ""; // the button that was pressed last
let held = ""; // what had the focus when the idle warning took it
let activeAt = -Infinity; // when it was last said that somebody is there

const send = link({ view: show, picture, away: leave });
room();

function leave() {
  view = null;
  page = "away";
  document.body.dataset.page = page;
  wipe();
  answered();
  lay(screen);
  lay(bar);
  lay(over);
  lay(idle);
  screen.inert = bar.inert = over.inert = false;
  screen.hidden = bar.hidden = over.hidden = idle.hidden = true;
  say("");
  hush();
  away.hidden = false;
}

function show(next) {
  const other = next.page !== page || !view || next.title !== view.title;
  const from = document.activeElement?.id;
  const opened = next.panel?.name !== view?.panel?.name;
  const warned = next.idle && !view?.idle;
  const resumed = !next.idle && Boolean(view?.idle);
  const before = view;
  answered();
  view = next;
  page = next.page;
  const root = document.documentElement;
  root.lang = next.lang;
  root.dataset.theme = next.theme;
  document.title = next.window_title;
  document.body.dataset.page = page;
  document.body.toggleAttribute("data-low", next.low);
  document.body.toggleAttribute("data-still", next.still);
  document.body.classList.toggle("long-number", (next.keypad?.groups.length ?? 0) > 1);
  if (!next.face) wipe();
  lay(screen, sheet(next));
  lay(bar, lower(next));
  lay(over, next.panel && panel(next.panel));
  over.dataset.name = next.panel?.name ?? "";
  lay(idle, next.idle && warning(next.idle));
  if (banner && next.banner) lay(banner, next.banner); // a terminal that does not simulate has no banner at all
  over.hidden = !next.panel;
  idle.hidden = !next.idle;
  screen.inert = bar.inert = Boolean(next.panel || next.idle);
  over.inert = Boolean(next.idle);
  away.hidden = true;
  screen.hidden = bar.hidden = false;
  fit(next.size === "large");
  if (page === "waiting" && other) forget();
  if (warned) held = from;
  focus(from, other, opened, warned, resumed);
  const turned = other ? null : answer(before, next);
  say(turned ? [turned.label, turned.detail].filter(Boolean).join(" ") : next.keypad?.count ?? next.face?.instruction ?? "");
  const told = hear(next, press);
  if (turned && !told) name(turned);
  // Back from the warning: where the person is, not the whole screen once more.
  const at = resumed && !other && buttons(next).find((one) => one.id === document.activeElement?.id);
  if (at) name(at);
  if (page === "reading" || page === "starting") wait();
}

// The focus goes where the person must look next, and stays where it was on the same screen.
function focus(from, other, opened, warned, resumed) {
  if (other) {
    changedAt = performance.now();
    screen.scrollTop = 0;
  }
  if (warned) part(view.idle.button.id).focus();
  else if (view.idle) return;
  else if (resumed && !other && part(held) && !part(held).disabled) part(held).focus({ preventScroll: true });
  else if (view.panel) {
    if (opened) part("panel-title").focus({ preventScroll: true });
    else if (document.activeElement?.id !== from) (part(from) ?? part("panel-title")).focus({ preventScroll: true });
  } else if (other || opened) part("title").focus({ preventScroll: true });
  else if (document.activeElement === document.body || document.activeElement?.disabled) {
    const next = [from, "confirm", "title"].map(part).find((element) => element && !element.disabled);
    next?.focus({ preventScroll: true });
  }
}

function say(text) {
  if (spoken.textContent !== text) spoken.textContent = text;
}

/** Every button of a view. */
function buttons(v) {
  return [v?.choices, v?.actions, v?.tools, v?.keypad?.keys, v?.panel?.rows.flatMap((row) => row.buttons), v?.panel && [v.panel.close], v?.idle && [v.idle.button]].flat().filter(Boolean);
}

// The button that was pressed and stayed with another answer: who does not see it is told, for nothing else on the screen changed.
function answer(before, next) {
  const [was, is] = [before, next].map((v) => buttons(v).find((one) => one.id === pressedLast));
  const louder = ["louder", "softer"].includes(pressedLast) && before?.sound.volume !== next.sound.volume;
  return was && is && (was.detail !== is.detail || was.pressed !== is.pressed || louder) ? is : null;
}

// Steps and repeated speech press nothing, yet somebody is there: the visit's clock begins anew.
function active() {
  if (!view || view.idle || performance.now() - activeAt < ACTIVE_MS) return;
  activeAt = performance.now();
  send({ type: "press", id: "stay" });
}

function press(id) {
  if (!view) return;
  pressedLast = id;
  if (view.sound.speak && id.startsWith("key-")) signal("tick"); // the same for every digit
  send({ type: "press", id });
  wait();
}

// A wait that takes longer than a second is never blank.
function wait() {
  clearTimeout(unanswered);
  unanswered = setTimeout(() => {
    if (!view || view.face) return;
    lay(working, busy(view.busy));
    working.hidden = false;
  }, BUSY_MS);
}

function answered() {
  clearTimeout(unanswered);
  working.hidden = true;
}

async function picture(blob) {
  // One picture at a time: a slow machine shows fewer, never older ones.
  if (decoding || !view?.face) return;
  decoding = true;
  try {
    const bitmap = await createImageBitmap(blob);
    const canvas = part("live");
    if (canvas && view?.face) {
      if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
        canvas.width = bitmap.width;
        canvas.height = bitmap.height;
      }
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
      clearTimeout(frozen);
      frozen = setTimeout(wipe, FROZEN_MS);
    }
    bitmap.close();
  } catch {
    // A broken picture is skipped; the next one comes at once.
  } finally {
    decoding = false;
  }
}

function wipe() {
  const canvas = part("live");
  canvas?.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("button");
  if (!pressed || pressed.disabled) return;
  // The second tap of a double tap must not press what the first one brought under the finger.
  const first = tappedAt;
  tappedAt = event.timeStamp;
  if (event.detail > 1 && first < changedAt) return;
  press(pressed.id);
});

// A button that keys or switches reach says its name; one that a finger touches does what it says.
document.addEventListener("focusin", (event) => {
  if (!event.target.matches("button:focus-visible")) return;
  name(buttons(view).find((one) => one.id === event.target.id));
});

listen({ press, repeat, active, speaks: () => view?.sound.speak ?? false });
addEventListener("resize", () => view && fit(view.size === "large"));
document.addEventListener("contextmenu", (event) => event.preventDefault());
