// The staff's page: draws the view it is sent, sends the form, the cancelling and the language. It holds no text.
import { link } from "/link.js";
import { drawing, h, lay, numbers } from "/draw.js";

const part = (id) => document.getElementById(id);
const BLOCKS = ["head", "page", "foot"].map(part);
const away = part("away");
const full = part("full");
const SIGN_IN = "/desk/sign-in";
const EMPTY_MS = 30000; // without a line for so long nobody knows whether this browser may still look
let visit = null;
let replies = {}; // the newest answer to each kind of request, for the present visit

const send = link({
  view: show,
  other: told,
  away: lost,
});

let view = null;
let lostAt = 0; // since when there is no line

// What stood here is about patients: it stays only while this browser may look.
function empty() {
  view = null;
  visit = null;
  replies = {};
  for (const block of ["head", "visit", "alerts", "queued", "ended", "terminal", "results", "foot"]) lay(part(block));
  for (const block of BLOCKS) block.hidden = true;
}

function ended() {
  empty();
  location.assign(SIGN_IN);
}

async function lost() {
  away.hidden = !full.hidden;
  document.body.classList.add("is-away");
  lostAt ||= Date.now();
  if (Date.now() - lostAt > EMPTY_MS) empty();
  let answer = null;
  try {
    answer = await fetch("/", { headers: { "x-uketsuke-live": "1" }, cache: "no-store" });
  } catch {
    return; // no line at all: tried again by itself
  }
  if (answer.redirected && new URL(answer.url).pathname === SIGN_IN) ended();
  else if (!answer.ok) empty();
}

function told(message) {
  if (message.type === "ended") ended();
  else if (message.type === "full") full.hidden = false;
  else replied(message);
}

function show(next) {
  view = next;
  if (next.visit.number !== visit) {
    visit = next.visit.number;
    replies = {};
  }
  document.documentElement.lang = next.lang;
  document.title = next.window_title;
  document.body.classList.remove("is-away");
  if (next.banner && part("banner")) lay(part("banner"), next.banner); // a terminal that does not simulate has no banner at all
  lay(part("head"), head(next));
  lay(part("visit"), current(next.visit));
  const closable = next.alerts.items.some((one) => one.close);
  const [title, ...told] = list("alerts", next.alerts, alert);
  lay(part("alerts"), [title, ...(closable ? [who(next.visit, "close-name")].flat() : []), ...told, answer("close-alert")]);
  lay(part("queued"), list("queued", next.queued, queued));
  lay(part("ended"), [h("h2", { id: "ended-title" }, next.ended.title), next.ended.items.length > 0 && h("ul", { class: "items" }, next.ended.items.map(ended_one)), next.ended.remark && h("p", { class: "remark" }, next.ended.remark)].filter(Boolean));
  lay(part("terminal"), terminal(next.terminal));
  lay(part("results"), list("results", next.results, result));
  lay(part("foot"), [h("p", null, next.help)]);
  away.hidden = full.hidden = true;
  lostAt = 0;
  for (const block of BLOCKS) block.hidden = false;
}

function replied(message) {
  if (message.type !== "reply") return;
  replies[message.action] = message;
  const passcode = part("visual-passcode");
  if (passcode && message.action === "confirm-visual") passcode.value = "";
  if (view) show(view);
}

function head(v) {
  return [
    h("h1", null, v.window_title),
    h("a", { id: "go-desk", href: "/desk" }, v.desk),
    h("p", { id: "health", class: v.terminal.ok ? "good" : "bad" }, drawing(v.terminal.ok ? "good" : "bad"), h("a", { id: "to-checks", href: "#terminal" }, v.terminal.text)),
    h("div", { id: "languages", role: "group", "aria-label": v.languages_label }, v.languages.map((one) =>
      h("button", { id: `lang-${one.lang}`, type: "button", lang: one.lang, "aria-pressed": String(one.chosen), "data-lang": one.lang }, one.label))),
  ];
}

function list(name, block, item) {
  return [
    h("h2", { id: `${name}-title` }, block.title),
    block.items.length > 0 && h("ul", { class: "items" }, block.items.map(item)),
    block.remark && h("p", { class: "remark" }, block.remark),
  ];
}

function facts(fields, name) {
  return h("dl", { class: name }, fields.map((one) => h("div", null, h("dt", null, one.label), h("dd", { class: one.value === "-" ? "withheld" : null }, one.value))));
}

function answer(action) {
  const given = replies[action];
  return h("p", { class: `answer ${given ? (given.ok ? "good" : "bad") : "none"}`, role: "status" },
    given && drawing(given.ok ? "good" : "bad"),
    given && h("span", null, given.text),
    given?.code && h("code", null, given.code));
}

function current(v) {
  return [
    h("h2", { id: "visit-title" }, v.title),
    v.remark && h("p", { class: "remark" }, v.remark),
    v.number && facts(v.facts, "facts"),
    v.visual && h("form", { id: `visual-${v.number}`, class: "visual", "data-send": "confirm-visual" },
      h("p", { class: "calls" }, v.visual.waiting),
      h("p", null, v.visual.explain),
      who(v, "visual-name"),
      h("label", { for: "visual-passcode" }, v.visual.passcode),
      h("input", { id: "visual-passcode", type: "password", maxlength: 64, autocomplete: "off", inputmode: "numeric" }),
      h("button", { id: "visual-confirm", class: "primary" }, v.visual.confirm)),
    v.number && answer("confirm-visual"),
    v.number && h("details", { id: `cancel-${v.number}` },
      h("summary", { id: "fold-visit" }, v.cancel),
      who(v, "cancel-name"),
      h("button", { id: "cancel-visit", type: "button", class: "danger", "data-send": "cancel-visit" }, v.cancel_sure),
      h("button", { id: "restart-visit", type: "button", "data-send": "restart-visit" }, v.restart),
      answer("cancel-visit"), answer("restart-visit")),
  ];
}

// Who does it: known of those who signed in, typed by the others.
function who(v, id) {
  if (v.signed_in) return [h("p", { class: "small" }, v.signed_in)];
  return [h("label", { for: id }, v.name), h("input", { id, maxlength: 64, autocomplete: "off", spellcheck: "false" })];
}

function alert(a) {
  return h("li", { id: `alert-${a.id}`, class: "alert" }, drawing("unclear"),
    h("div", null,
      h("p", { class: "what" }, a.text),
      a.advice && h("p", null, h("strong", null, a.advice_title), " ", a.advice),
      a.service && h("p", { class: "small service" }, a.service.label, ": ", h("code", null, a.service.value)),
      h("p", { class: "small" }, h("code", null, a.code), " ", a.at),
      a.close && h("button", { id: `close-${a.id}`, type: "button", "data-send": "close-alert", "data-alert": a.id, "aria-label": `${a.close} ${a.code}` }, a.close)));
}

function queued(q) {
  return h("li", { id: `queued-${q.id}` }, h("p", null, q.reason), h("p", { class: "small" }, q.next), facts(q.facts, "facts small"));
}

function ended_one(e) {
  return h("li", null,
    h("p", null, e.at, " ", h("strong", null, e.what), e.code && " ", e.code && h("code", null, e.code)),
    e.why && h("p", null, e.why),
    e.advice && h("p", { class: "small" }, h("strong", null, e.advice_title), " ", e.advice));
}

function terminal(t) {
  return [
    h("h2", { id: "terminal-title" }, t.lines_title),
    h("ul", { class: "lines" }, t.lines.map((line) =>
      h("li", { class: line.ok ? "good" : "bad" }, drawing(line.ok ? "good" : "bad"), h("span", null, line.text), h("span", { class: "unseen" }, line.state)))),
  ];
}

function result(r) {
  return h("li", { id: `result-${r.id}`, class: `result ${r.state}` },
    h("div", { class: "who" }, h("h3", null, r.name), h("p", { class: `state ${r.state}` }, r.state_text)),
    facts(r.facts, "facts small"),
    r.remark && h("div", { class: "special" }, drawing("unclear"),
      h("div", null,
        h("p", { class: "what" }, r.remark.text),
        h("p", null, h("strong", null, r.remark.advice_title), " ", r.remark.advice, " ", h("code", null, r.remark.code)))),
    h("div", { class: "summaries" }, r.summaries.map(summary)));
}

function summary(s) {
  return h("section", { class: `summary ${s.tone}` },
    s.warning ? warning(s) : h("p", { class: "validity" }, drawing(s.tone), h("strong", null, s.validity), h("span", null, s.classification)),
    h("p", { class: "headline" }, s.headline),
    s.advice && h("p", { class: "advice" }, h("strong", null, s.advice_title), " ", s.advice),
    !s.warning && s.phone && telephone(s.phone),
    facts(s.fields, "fields"));
}

// The number to call, or where it is entered.
function telephone(p) {
  return h("p", { class: p.known ? "phone" : "phone-unknown" }, numbers(p.text));
}

function warning(s) {
  return h("div", { class: "warning", role: "alert" }, drawing("unentrusted"),
    h("div", null,
      h("p", { class: "word" }, h("strong", null, s.warning.title), " ", h("span", null, s.classification)),
      h("p", null, s.warning.text),
      h("p", { class: "office" }, drawing("phone"), h("strong", null, s.warning.office)),
      s.phone && telephone(s.phone),
      h("p", null, s.warning.call),
      h("p", { class: "small" }, s.warning.withheld)));
}

// That somebody is there keeps what stands on the page.
const PRESENT_MS = 10000;
let presentAt = 0;
for (const touch of ["pointerdown", "keydown", "wheel"]) {
  document.addEventListener(touch, () => {
    if (Date.now() - presentAt < PRESENT_MS) return;
    presentAt = Date.now();
    send({ type: "present" });
  }, { passive: true });
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("button");
  if (!pressed) return;
  if (pressed.dataset.lang) send({ type: "language", lang: pressed.dataset.lang });
  const what = pressed.dataset.send;
  if (what === "close-alert") send({ type: what, alert: pressed.dataset.alert, staff_name: part("close-name")?.value ?? "" });
  if ((what === "cancel-visit" || what === "restart-visit") && visit) send({ type: what, visit, staff_name: part("cancel-name")?.value ?? "" });
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!visit) return;
  send({ type: "confirm-visual", visit, staff_name: part("visual-name")?.value ?? "", passcode: part("visual-passcode").value });
});
