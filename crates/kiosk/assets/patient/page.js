// The patient's page: draws the view it is sent and sends single presses. It decides nothing and holds no text.
import { link } from "/link.js";
import { drawing, h, lay } from "/draw.js";

const screen = document.getElementById("screen");
const bar = document.getElementById("bar");
const away = document.getElementById("away");
const spoken = document.getElementById("spoken");
const banner = document.getElementById("banner");
const idle = document.getElementById("idle");
const FROZEN_MS = 2000; // a live picture that stands still this long is no longer live
const ICONS = { face: "face", keys: "keys", staff: "person", back: "back", erase: "erase", yes: "yes", no: "no" };

let view = null;
let page = "away";
let changedAt = 0; // when another page came, on the clock of the events
let decoding = false;
let frozen = 0; // timer that wipes a picture nobody renews

const send = link({ view: show, picture, away: leave });

function leave() {
  view = null;
  page = "away";
  document.body.dataset.page = page;
  wipe();
  lay(screen);
  lay(bar);
  warn();
  screen.hidden = bar.hidden = true;
  say("");
  away.hidden = false;
}

function show(next) {
  const other = next.page !== page || !view;
  const from = document.activeElement?.id;
  view = next;
  page = next.page;
  document.documentElement.lang = next.lang;
  document.title = next.window_title;
  document.body.dataset.page = page;
  document.body.classList.toggle("kinds-apart", next.kinds?.some((kind) => kind.answers) ?? false);
  document.body.classList.toggle("long-number", (next.keypad?.groups.length ?? 0) > 1);
  if (!next.face) wipe();
  lay(screen, sheet(next));
  lay(bar, lower(next));
  if (next.banner) lay(banner, next.banner);
  banner.hidden = !next.banner;
  warn(next.idle);
  away.hidden = true;
  screen.hidden = bar.hidden = false;
  if (other) {
    changedAt = performance.now();
    screen.scrollTop = 0;
    document.getElementById("title").focus({ preventScroll: true });
  } else if (from && document.activeElement?.id !== from) {
    document.getElementById(from)?.focus({ preventScroll: true });
  }
  say(next.keypad?.count ?? next.face?.instruction ?? "");
}

// The idle warning lies over the screen; one press on its button, and the screen is as it was.
function warn(view) {
  const came = idle.hidden && view;
  screen.inert = bar.inert = Boolean(view);
  idle.hidden = !view;
  lay(idle, view && h("div", { id: "idle-box" }, h("p", { id: "idle-text" }, view.text), button(view.button)));
  if (came) document.getElementById(view.button.id).focus();
}

function say(text) {
  if (spoken.textContent !== text) spoken.textContent = text;
}

function sheet(v) {
  return [
    h("div", { id: "told" },
      h("h1", { id: "title", tabindex: -1 }, v.title),
      v.lines.map((line, at) => h("p", { id: `line-${at}`, class: "line" }, line)),
      v.notice && h("p", { id: "notice", class: `notice ${v.notice.tone}`, role: v.notice.tone === "attention" ? "alert" : "status" },
        drawing(v.notice.tone), h("span", null, v.notice.text)),
      v.keypad && places(v.keypad),
      v.face && h("p", { id: "instruction", class: v.face.steady ? "steady" : null }, v.face.instruction),
      v.agreed && agreed(v.agreed),
      v.code && h("p", { id: "code" }, v.code)),
    v.picture && h("figure", { id: "picture" }, drawing(v.picture.name, v.picture.label)),
    v.face && camera(v.face),
    v.steps && h("ol", { id: "steps" }, v.steps.map(step)),
    v.kinds && h("ul", { id: "kinds", "aria-label": v.kinds_label }, v.kinds.map(kind)),
    v.choices && h("div", { id: "choices", class: v.kinds ? "answers" : null }, v.choices.map(button)),
    v.keypad && h("div", { id: "keys", role: "group", "aria-label": v.keypad.label }, v.keypad.keys.map(button)),
  ];
}

function button(b) {
  return h("button", { id: b.id, type: "button", class: b.look, disabled: !b.enabled, "aria-pressed": b.pressed === undefined ? null : String(b.pressed) },
    b.icon && drawing(ICONS[b.icon]),
    h("span", { class: "label" }, b.label),
    b.detail && h("span", { class: "detail" }, b.detail));
}

function lower(v) {
  return [
    h("div", { id: "languages", role: "group", "aria-label": v.languages_label }, v.languages.map((b) => {
      const element = button(b);
      element.lang = b.id.slice("lang-".length);
      return element;
    })),
    h("div", { id: "actions" }, (v.actions ?? []).map(button)),
  ];
}

function places(keypad) {
  return h("div", { id: "places" },
    h("div", { class: "groups", "aria-hidden": "true" }, keypad.groups.map((group) =>
      h("div", { class: "group" },
        h("div", { class: "dots" }, Array.from({ length: group.length }, (_, at) => h("i", { class: at < group.filled ? "dot filled" : "dot" }))),
        group.label && h("p", null, group.label)))),
    keypad.tries && h("p", { id: "tries" }, keypad.tries));
}

function step(s, at) {
  return h("li", { id: `step-${at}`, class: s.state, "aria-current": s.state === "now" ? "step" : null },
    h("span", { class: "mark", "aria-hidden": "true" }, s.state === "done" && drawing("check"), s.state === "now" && h("span", { class: "turning" })),
    h("span", { class: "label" }, s.text),
    h("span", { class: "unseen" }, s.spoken));
}

function kind(k) {
  return h("li", { id: `kind-${k.id}` },
    h("div", { class: "what" }, h("h2", { id: `name-${k.id}` }, k.name), h("p", null, k.what)),
    k.answers && h("div", { class: "answers", role: "group", "aria-labelledby": `name-${k.id}` }, k.answers.map(button)));
}

function agreed(a) {
  return h("div", { id: "agreed" }, h("p", null, a.title),
    a.items.length > 0 && h("ul", null, a.items.map((item) => h("li", null, drawing("check"), h("span", null, item)))));
}

function camera(face) {
  return h("figure", { id: "camera", class: face.steady ? "steady" : null },
    h("canvas", { id: "live", width: 640, height: 480, role: "img", "aria-label": face.label }),
    drawing("oval"));
}

async function picture(blob) {
  // One picture at a time: a slow machine shows fewer, never older ones.
  if (decoding || !view?.face) return;
  decoding = true;
  try {
    const bitmap = await createImageBitmap(blob);
    const canvas = document.getElementById("live");
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
  const canvas = document.getElementById("live");
  canvas?.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("button");
  if (!pressed || pressed.disabled) return;
  // The second tap of a double tap must not press what the first one brought under the finger.
  if (event.detail > 1 && event.timeStamp - changedAt < 700) return;
  send({ type: "press", id: pressed.id });
});

// A number block works as the keypad does; Escape goes back, or ends the visit where there is no way back.
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  const named = { Backspace: ["erase"], Escape: ["back", "cancel"] }[event.key];
  const ids = /^[0-9]$/.test(event.key) ? [`key-${event.key}`] : named ?? (event.key === "Enter" && event.target.id === "title" ? ["confirm"] : []);
  const found = ids.map((id) => document.getElementById(id)).find((element) => element && !element.disabled);
  if (!found) return;
  event.preventDefault();
  send({ type: "press", id: found.id });
});
document.addEventListener("contextmenu", (event) => event.preventDefault());
