// What is heard: the sentences a view names, one after the other; the label of the button that was reached; signals.
// No digit has a sound. Where the terminal has a place for headphones, what is about the person is said there or not at all.
import { output, seek } from "/headphones.js";

const player = new Audio();
const signals = new Audio();
let waiting = [];
let heard = { place: "", sentences: [] };
let now = null; // what the view says about sound
let again = 0;
let speaking = false; // a sentence is being said
let guidance = ""; // how the face should move, as it was last said or waits to be said
let reminder = 0;
const REMIND_MS = 4000; // an instruction that still holds is said again after so long

player.onended = player.onerror = next;

function next() {
  const name = waiting.shift();
  speaking = Boolean(name && now);
  if (!speaking) return remind();
  player.src = `/sound/${now.voice}/${name}`;
  player.volume = now.volume;
  begin();
}

async function begin() {
  const to = now.headphones ? output() : "";
  try {
    if ((player.sinkId ?? "") !== to) await player.setSinkId(to);
    if (to === (now?.headphones ? output() : "")) await player.play();
  } catch (error) {
    // The browser may forbid sound before the first touch; an output that has just gone says nothing.
    if (error.name !== "AbortError") speaking = false;
  }
}

/** What may be heard by everybody around; what is left out is told to stand on the screen. */
function audible(names) {
  if (!now?.headphones || output()) return names;
  const open = names.filter((name) => !now.headphones.private.includes(name));
  return open.length === names.length ? names : [...open, "speech-on-screen"];
}

function stop() {
  player.pause();
  speaking = false;
  waiting = [];
  guidance = "";
  clearTimeout(reminder);
}

const isGuidance = (name) => name.startsWith("patient-guidance-");
// What a person who can't see needs before any instruction: where the camera is.
const isFirst = (name) => name.startsWith("speech-camera-") || name === "speech-on" || name === "speech-again";

// What may wait until the first instruction was given.
const isLater = (name) => name === "patient-face-kept";

// Before the camera instructions change faster than they can be said: a sentence once begun is said to its end, and of what came
// meanwhile only the newest instruction follows it.
function guide(fresh) {
  const newest = fresh.findLast(isGuidance);
  const later = waiting.filter(isLater);
  const others = audible(fresh.filter((name) => !isGuidance(name)));
  if (newest) guidance = newest;
  waiting = [...waiting.filter(isFirst), ...others, ...(newest || waiting.some(isGuidance) ? [guidance] : []), ...later];
  clearTimeout(reminder);
  if (!speaking) next();
}

function remind() {
  clearTimeout(reminder);
  if (!guidance) return;
  reminder = setTimeout(() => {
    if (!now?.speak || speaking || !guidance) return;
    waiting = [guidance];
    next();
  }, REMIND_MS);
}

function say(all) {
  const names = audible(all);
  player.pause();
  clearTimeout(reminder);
  guidance = names.findLast(isGuidance) ?? "";
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

/** Hears a view: all of it on another screen, else what is new. Tells whether anything of it is said. */
export function hear(view, press) {
  const place = [view.page, view.title, view.panel?.name, view.idle ? "idle" : "", view.sound.voice, view.sound.speak].join(" ");
  const other = place !== heard.place;
  const before = other ? [] : heard.sentences;
  const turned = now && now.speak !== view.sound.speak;
  now = view.sound;
  seek(now.headphones?.output ?? "", (there) => plugged(there, press), stop);
  heard = { place, sentences: now.sentences };
  clearInterval(again);
  if (now.again_s) again = setInterval(repeat, now.again_s * 1000);
  if (other && now.signal) signal(now.signal);
  if (!now.speak) {
    if (turned && now.volume > 0) say(["speech-off"]);
    else if (!turned && other) stop();
    return turned;
  }
  player.volume = now.volume;
  const fresh = now.sentences.filter((name) => !before.includes(name));
  if (fresh.length === 0) return false;
  if (view.face && !other) guide(fresh);
  else if (view.steps && !other && speaking) waiting.push(...audible(fresh)); // the machine's next step, after what is being said
  else say(turned ? ["speech-on", ...fresh] : fresh);
  return true;
}

// Plugging headphones in asks for the guidance; pulling them out ends it, so that nothing goes on aloud.
function plugged(there, press) {
  stop();
  if (!now || (!there && !now.speak)) return;
  if (there && now.speak) repeat();
  else press?.(there ? "speech-on" : "speech-off");
}

/** Says the screen again. */
export function repeat() {
  if (!now) return;
  if (now.signal) signal(now.signal);
  if (now.speak) say(now.sentences);
}

/** Says a button that was reached. */
export function name(button) {
  const given = button?.look === "given"; // an answer that was given: its own words say which
  if (now?.speak && given && now.headphones && !output()) say(["speech-on-screen"]);
  else if (now?.speak && button?.spoken?.length > 0) say([...button.spoken, ...(button.pressed && !given ? ["speech-chosen"] : [])]);
}

/** Nobody is there to be spoken to. */
export function hush() {
  clearInterval(again);
  stop();
  heard = { place: "", sentences: [] };
  now = null;
}
