// What is heard: the sentences a view names, one after the other; the label of the button that was reached; signals.
// No digit has a sound.

const player = new Audio();
const signals = new Audio();
let waiting = [];
let heard = { place: "", sentences: [] };
let now = null; // what the view says about sound
let again = 0;

player.onended = player.onerror = next;

function next() {
  const name = waiting.shift();
  if (!name || !now) return;
  player.src = `/sound/${now.voice}/${name}`;
  player.volume = now.volume;
  player.play().catch(() => {}); // the browser may forbid sound before the first touch
}

function stop() {
  player.pause();
  waiting = [];
}

function say(names) {
  player.pause();
  waiting = [...names];
  next();
}

/** Plays a signal that is no speech. */
export function signal(name) {
  if (!now || now.volume === 0) return;
  signals.src = `/sound/signals/${name}`;
  signals.volume = now.volume;
  signals.play().catch(() => {});
}

/** Hears a view: all of it on another screen, else what is new. */
export function hear(view) {
  const place = [view.page, view.panel?.name, view.idle ? "idle" : "", view.sound.voice, view.sound.speak].join(" ");
  const other = place !== heard.place;
  const before = other ? [] : heard.sentences;
  const turned = now && now.speak !== view.sound.speak;
  now = view.sound;
  heard = { place, sentences: now.sentences };
  clearInterval(again);
  if (now.again_s) again = setInterval(repeat, now.again_s * 1000);
  if (other && now.signal) signal(now.signal);
  if (!now.speak) {
    if (turned && now.volume > 0) say(["speech-off"]);
    else if (!turned && other) stop();
    return;
  }
  player.volume = now.volume;
  const fresh = now.sentences.filter((name) => !before.includes(name));
  if (fresh.length > 0) say(turned ? ["speech-on", ...fresh] : fresh);
}

/** Says the screen again. */
export function repeat() {
  if (!now) return;
  if (now.signal) signal(now.signal);
  if (now.speak) say(now.sentences);
}

/** Says a button that was reached. */
export function name(button) {
  if (now?.speak && button?.spoken?.length > 0) say([...button.spoken, ...(button.pressed ? ["speech-chosen"] : [])]);
}

/** Nobody is there to be spoken to. */
export function hush() {
  clearInterval(again);
  stop();
  heard = { place: "", sentences: [] };
  now = null;
}
