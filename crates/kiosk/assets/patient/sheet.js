// From a view to elements: what a screen, its bar and the sheets over it are made of.
import { drawing, h } from "/draw.js";

const ICONS = {
  face: "face", keys: "keys", staff: "person", back: "back", erase: "erase", yes: "yes", no: "no",
  language: "language", comfort: "comfort", phone: "phone", info: "info", camera: "camera",
};
const SHORT = /^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{1,4}$/; // a word that stays in one line though its letters may part anywhere
const BARE = { louder: "louder", softer: "softer" }; // their drawing says it all; the label is heard

// "My Number" and "card", in kana: one word of Japanese, too long for a narrow line of large letters.
const MY_NUMBER_CARD = /(?<=\u30de\u30a4\u30ca\u30f3\u30d0\u30fc)(?=\u30ab\u30fc\u30c9)/u;

/** Where the line is too short for the card's name it breaks between its two words, not inside one. */
function breakable(text) {
  return text.split(MY_NUMBER_CARD).flatMap((piece, at) => (at ? [h("wbr"), piece] : [piece]));
}

const BRACKETS = /([(\uff08][^)\uff09]*[)\uff09])/u;

/** What stands in brackets, as the tries that are left, stays in one piece. */
function pieces(text) {
  return text.split(BRACKETS).map((piece, at) => (at % 2 ? h("span", { class: "whole" }, piece) : piece));
}

/** The screen itself. */
export function sheet(v) {
  return [
    h("div", { id: "told" },
      v.progress && h("p", { id: "progress" }, v.progress),
      h("h1", { id: "title", tabindex: -1 }, breakable(v.title)),
      v.lines.map((line, at) => h("p", { id: `line-${at}`, class: "line" }, breakable(line))),
      v.notice && h("p", { id: "notice", class: `notice ${v.notice.tone}`, role: v.notice.tone === "attention" ? "alert" : "status" },
        drawing(v.notice.tone), h("span", null, v.notice.text)),
      v.keypad && places(v.keypad),
      v.face && h("p", { id: "instruction", class: v.face.steady ? "steady" : null }, v.face.instruction),
      v.agreed && agreed(v.agreed),
      v.code && h("p", { id: "code" }, v.code)),
    v.picture && h("figure", { id: "picture" }, drawing(v.picture.name, v.picture.label)),
    v.face && camera(v.face),
    v.steps && h("ol", { id: "steps" }, v.steps.map(step)),
    v.kinds && h("ul", { id: "kinds", class: "kinds", "aria-label": v.kinds_label }, v.kinds.map(kind)),
    v.choices && h("div", { id: "choices", class: arrangement(v.choices) }, v.choices.map(button)),
    v.keypad && h("div", { id: "keys", role: "group", "aria-label": v.keypad.label }, v.keypad.keys.map(button)),
  ];
}

function arrangement(choices) {
  return { answer: "answers", given: "given" }[choices[0].look] ?? null;
}

/** A button. */
export function button(b) {
  const bare = BARE[b.id];
  return h("button", { id: b.id, type: "button", lang: b.lang, class: `${b.look}${bare ? " icon-only" : ""}`, disabled: !b.enabled, "aria-pressed": b.pressed === undefined ? null : String(b.pressed) },
    (bare ?? b.icon) && drawing(bare ?? ICONS[b.icon]),
    h("span", { class: SHORT.test(b.label) ? "label short" : "label" }, b.label),
    b.detail && h("span", { class: "detail" }, pieces(b.detail)));
}

/** The bar below. */
export function lower(v) {
  return [
    h("div", { id: "tools" }, v.tools.map(button)),
    h("div", { id: "actions" }, (v.actions ?? []).map(button)),
  ];
}

/** A sheet over the screen. */
export function panel(p) {
  return h("div", { id: "panel-box" },
    h("div", { id: "panel-head" }, h("h1", { id: "panel-title", tabindex: -1 }, p.title), h("div", { id: "panel-close" }, button(p.close))),
    p.code ? h("div", { id: "panel-code" }, p.lines.map((line) => h("p", null, line)), code(p.code)) : p.lines.map((line) => h("p", null, line)),
    p.kinds && h("ul", { class: "kinds" }, p.kinds.map(kind)),
    p.rows.length > 0 && h("div", { class: "rows" }, p.rows.map((row, at) =>
      h("div", { class: "row", role: "group", "aria-labelledby": row.label ? `row-${at}` : "panel-title" },
        row.label && h("p", { id: `row-${at}`, class: "row-label" }, row.label),
        h("div", { class: "row-buttons" }, row.buttons.map(button))))));
}

function code(c) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.id = "qr";
  svg.setAttribute("viewBox", `0 0 ${c.size} ${c.size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", c.label);
  svg.setAttribute("shape-rendering", "crispEdges");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", c.path);
  svg.append(path);
  return svg;
}

/** The idle warning. */
export function warning(idle) {
  return h("div", { id: "idle-box" }, h("p", { id: "idle-text" }, idle.text), button(idle.button));
}

/** The word for a press that takes its time. */
export function busy(text) {
  return [h("span", { class: "turning", "aria-hidden": "true" }), h("span", null, text)];
}

function places(keypad) {
  return h("div", { id: "places" },
    h("div", { class: "groups", "aria-hidden": "true" }, keypad.groups.map((group) =>
      h("div", { class: "group" },
        group.label && h("p", null, group.label),
        h("div", { class: "dots" }, Array.from({ length: group.length }, (_, at) => h("i", { class: at < group.filled ? "dot filled" : "dot" })))))),
    keypad.tries && h("p", { id: "tries" }, keypad.tries));
}

function step(s, at) {
  return h("li", { id: `step-${at}`, class: s.state, "aria-current": s.state === "now" ? "step" : null },
    h("span", { class: "mark", "aria-hidden": "true" }, s.state === "done" && drawing("check"), s.state === "now" && h("span", { class: "turning" })),
    h("span", { class: "label" }, s.text),
    h("span", { class: "unseen" }, s.spoken));
}

function kind(k) {
  return h("li", null, h("h2", null, k.name), h("p", null, k.what));
}

function agreed(a) {
  return h("div", { id: "agreed" }, h("p", null, a.title),
    a.items.length > 0 && h("ul", null, a.items.map((item) => h("li", null, drawing("check"), h("span", null, item)))));
}

function camera(face) {
  return h("figure", { id: "camera", class: face.steady ? "steady" : null, "data-hint": face.hint },
    h("canvas", { id: "live", width: 640, height: 480, role: "img", "aria-label": face.label }),
    drawing("oval"));
}
