// A person's own headphones: the audio output whose name the terminal's settings give. It is there while they are plugged in.
let wanted = "";
let sink = "";
let tell = () => {};

/** The output's id; empty while there is none. */
export const output = () => sink;

async function look() {
  let found = "";
  try {
    const devices = wanted ? await navigator.mediaDevices.enumerateDevices() : [];
    found = devices.find((one) => one.kind === "audiooutput" && one.label.includes(wanted) && !["default", "communications"].includes(one.deviceId))?.deviceId ?? "";
  } catch {
    // A browser that names no outputs has none for us.
  }
  const before = sink;
  sink = found;
  if (Boolean(before) !== Boolean(sink)) tell(Boolean(sink));
}

/** Looks for the output of this name from now on; `told` hears when it comes and goes, `pause` before anybody knows which. */
export function seek(name, told, pause) {
  if (name === wanted) return;
  wanted = name;
  tell = told;
  navigator.mediaDevices?.addEventListener("devicechange", () => {
    pause();
    look();
  });
  look();
}
