// Draws the state that the simulator sends and posts what was pressed; nothing is decided here.
"use strict";

// What hw-sim calls them, and whether somebody else is seen, too.
const PRESENTATIONS = [
  ["bona-fide", "本人", "the person"],
  ["print-flat", "紙の写真", "print held still"],
  ["print-bent", "曲げた写真", "bent print"],
  ["print-large", "大きな写真", "large print"],
  ["phone", "スマホの写真", "phone screen"],
  ["replay", "動画", "replay"],
  ["cut-out", "切り抜きの面", "cut-out mask on", true],
  ["other", "別人", "other person", true],
  ["swap", "途中で入れ替わり", "swap with", true],
  ["late-swap", "遅れて入れ替わり", "late swap with", true],
];

const at = (id) => document.getElementById(id);
let chosen = null;
let lastRequest = 0;
let drawn = "";
let lost = false;

function button(ja, en, id, press, options = {}) {
  const made = document.createElement("button");
  made.type = "button";
  made.id = id;
  made.append(ja);
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = en;
  made.append(small);
  if ("pressed" in options) made.setAttribute("aria-pressed", String(options.pressed));
  if ("checked" in options) {
    made.setAttribute("role", "radio");
    made.setAttribute("aria-checked", String(options.checked));
  }
  made.disabled = options.disabled ?? false;
  made.addEventListener("click", press);
  return made;
}

// Keeps the keyboard's place while everything is drawn anew.
function fill(id, children) {
  const focused = document.activeElement?.id;
  at(id).replaceChildren(...children);
  if (focused) at(focused)?.focus();
}

function complain(ja, en) {
  at("problem").hidden = !ja;
  at("problem").textContent = ja ? `${ja}\n${en}` : "";
}

async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (answer.ok) {
      complain("");
      draw(told);
    } else {
      complain(told.error.ja, told.error.en);
    }
  } catch {
    complain("シミュレータにつながりません", "The simulator does not answer.");
  }
}

function standing(person) {
  if (person.unknown) return ["該当者なし", "unknown to the service"];
  if (!person.registered) return ["利用登録なし", "not registered"];
  const ja = [], en = [];
  if (person.insurance) { ja.push("医療保険"); en.push("insurance"); }
  if (person.assistance === "6") { ja.push("医療扶助（未委託）"); en.push("assistance, unentrusted"); }
  else if (person.assistance) { ja.push("医療扶助"); en.push("assistance"); }
  return [ja.join("・") || "資格なし", en.join(", ") || "no qualification"];
}

function draw(state) {
  const named = new Map(state.persons.map((p) => [p.id, p.name]));
  chosen ??= state.persons[0]?.id;
  // Redrawing the same would swallow a press that is under way.
  const now = chosen + JSON.stringify(state);
  if (now === drawn) return;
  drawn = now;
  fill("persons", state.persons.map((p) => {
    const [ja, en] = standing(p);
    const made = button(p.name, `${p.id} · PIN ${p.pin}`, `person-${p.id}`,
      () => { chosen = p.id; draw(state); }, { checked: p.id === chosen });
    const odd = p.kind === "normal" ? [] : [p.kind];
    for (const text of [...odd, `照合番号B ${p.matching_number ?? "-"}`, ja, en]) {
      const line = document.createElement("small");
      line.textContent = text;
      made.append(line);
    }
    return made;
  }));
  fill("readers", state.readers.map((r) => {
    const row = document.createElement("div");
    row.className = "reader";
    const what = document.createElement("span");
    what.className = "what";
    const holder = r.person ? named.get(r.person) : null;
    what.textContent = `リーダー ${r.reader}: ` + (holder
      ? holder + (r.connected ? "" : "（pcscd に見えていません / not seen by pcscd）")
      : "カードなし / no card");
    row.append(what,
      button("置く", "lay card", `lay-${r.reader}`,
        () => post("/api/card/lay", { person: chosen, reader: r.reader }),
        { disabled: Boolean(r.person && r.connected) }),
      button("取る", "take away", `take-${r.reader}`,
        () => post("/api/card/take", { reader: r.reader }), { disabled: !r.person }));
    return row;
  }));

  const faces = ["none", ...state.camera.faces];
  // On whose cards a face is printed.
  const owners = (face) => state.persons.filter((p) => p.portrait === face).map((p) => p.id).join(" ");
  if (state.camera.faces.length > 1) faces.push(state.camera.faces.slice(0, 2).join("+"));
  fill("faces", faces.map((face) => button(
    face === "none" ? "誰もいない" : face.includes("+") ? "ふたり" : face,
    face === "none" ? "nobody" : face.includes("+") ? face : owners(face) || "portrait", `face-${face}`,
    () => post("/api/camera", { face }), { pressed: face === state.camera.face })));
  // As long as the terminal wants to see a turn held, and back.
  const turn = (to) => post("/api/camera/turn", { to, seconds: 2 });
  fill("turns", [["left", "左を向く", "turn left", -1], ["front", "正面", "front", 0], ["right", "右を向く", "turn right", 1]]
    .map(([to, ja, en, sign]) => button(ja, en, `turn-${to}`, () => turn(to),
      { pressed: Math.sign(state.camera.turned) === sign })));
  const other = state.camera.faces.find((face) => face !== state.camera.face);
  fill("presentations", PRESENTATIONS.map(([kind, ja, en, two]) => button(ja, two ? `${en}: ${other}` : en, `present-${kind}`,
    () => post("/api/camera/present", { kind, other: two ? other : null }), { pressed: state.camera.presented === kind })));
  fill("modes", [["live", "動作中", "live"], ["frozen", "停止", "frozen"], ["gone", "抜く", "unplugged"]]
    .map(([mode, ja, en]) => button(ja, en, `mode-${mode}`,
      () => post("/api/camera", { mode }), { pressed: mode === state.camera.mode })));
  fill("held-up", [
    button("カードをかざす", `hold the card of ${chosen} up`, "hold-up",
      () => post("/api/camera/hold-up", { person: chosen }), { pressed: state.camera.held_up === chosen }),
    button("下ろす", "put it away", "put-away",
      () => post("/api/camera/hold-up", { person: null }), { disabled: !state.camera.held_up }),
  ]);
  at("viewers").textContent = state.camera.viewers;

  const central = state.central;
  at("central-state").textContent = central.up
    ? `動作中（ポート ${central.port}） / up` : "停止中 / down";
  at("central-state").className = central.up ? "state good" : "state bad";
  fill("central-switch", [
    button("動かす", "up", "central-up", () => post("/api/central", { up: true }), { pressed: central.up }),
    button("止める", "down", "central-down", () => post("/api/central", { up: false }), { pressed: !central.up }),
  ]);
  const fault = JSON.stringify(central.fault);
  fill("central-faults", [
    ["none", "正常", "no fault"],
    ["hang", "応答しない", "never answers"],
    ["lose-answer", "応答が失われる", "answers get lost"],
    [{ status: 503 }, "503を返す", "answers 503"],
    ["not-json", "JSONでない", "not JSON"],
  ].map(([value, ja, en], n) => button(ja, en, `fault-${n}`,
    () => post("/api/central", { fault: value }), { pressed: JSON.stringify(value) === fault })));
  const time = central.time;
  at("central-time").textContent = `サービスの日時 ${time.slice(0, 4)}-${time.slice(4, 6)}-${time.slice(6, 8)} ${time.slice(8, 10)}:${time.slice(10, 12)} / the service's time`;
  const office = (body) => post("/api/office", body);
  fill("central-office", [
    button("翌日にする", "next day", "central-next-day", () => office({ do: "day", days: 1 }), {}),
    button("前日にする", "day before", "central-day-before", () => office({ do: "day", days: -1 }), {}),
    button("救急時閲覧の権限", "emergency authority", "central-authority",
      () => office({ do: "authority", given: !central.emergency_authority }), { pressed: central.emergency_authority }),
  ]);
  fill("central-certificates", [
    ["good", "正しい証明書", "good certificate"],
    ["expired", "期限切れ", "expired"],
    ["other-host", "別の名前", "other host"],
    ["untrusted", "信頼されない", "untrusted"],
    ["revoked", "失効", "revoked"],
  ].map(([value, ja, en]) => button(ja, en, `certificate-${value}`,
    () => post("/api/central", { certificate: value }), { pressed: value === central.certificate })));
}

function logRow(request) {
  const row = document.createElement("tr");
  const time = new Date(request.at).toLocaleTimeString("ja-JP", { timeZone: "Asia/Tokyo" });
  for (const text of [request.seq, time, request.path, request.status || "-", request.summary]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    row.append(cell);
  }
  return row;
}

async function refresh() {
  try {
    draw(await (await fetch("/api/state")).json());
    const { requests } = await (await fetch(`/api/central/requests?after=${lastRequest}`)).json();
    for (const request of requests) {
      lastRequest = request.seq;
      at("log").prepend(logRow(request));
    }
    while (at("log").children.length > 200) at("log").lastChild.remove();
    at("frame").src = `/api/camera/frame.jpg?n=${Date.now()}`;
    if (lost) complain("");
    lost = false;
  } catch {
    lost = true;
    complain("シミュレータにつながりません", "The simulator does not answer.");
  }
  setTimeout(refresh, 1000);
}

refresh();
