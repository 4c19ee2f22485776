// Everything by keys: a keyboard, a number block with a raised five, or two switches (space = next, enter = choose).

let scanning = false; // space has been used as the "next" switch

const layer = () => ["idle", "panel"].map((id) => document.getElementById(id)).find((one) => !one.hidden);
/** What keys reach, in their order: what belongs to this screen, then the tools that stand on every one. */
const reach = () => {
  const over = layer();
  const parts = over ? [over] : ["screen", "actions", "tools"].map((id) => document.getElementById(id)).filter(Boolean);
  return parts.flatMap((part) => [...part.querySelectorAll("button:not(:disabled)")]);
};

function step(by) {
  const all = reach();
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement);
  const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length;
  all[to].focus();
}

const pressable = (id) => {
  const button = document.getElementById(id);
  return button && !button.disabled && reach().includes(button) ? button : null;
};

/** The next person may have no switches. */
export function forget() {
  scanning = false;
}

/** Listens. `on` has press(id), repeat(), active(): somebody is there who has pressed nothing, speaks(): whether the guidance is spoken now. */
export function listen(on) {
  const first = (...ids) => ids.map(pressable).find(Boolean);
  const press = (button) => button && on.press(button.id);
  const go = (by) => {
    on.active();
    step(by);
  };
  const again = () => {
    on.active();
    on.repeat();
  };

  function meaning(event) {
    const typing = !layer() && document.getElementById("keys");
    const at = document.activeElement;
    const onButton = at?.nodeName === "BUTTON" && !at.disabled;
    const digit = /^[0-9]$/.test(event.key) ? Number(event.key) : null;
    if (typing && digit !== null) return () => press(pressable(`key-${digit}`));
    if (digit === 5) return () => (onButton ? press(at) : start());
    if (digit !== null) return { 2: () => go(1), 6: () => go(1), 4: () => go(-1), 8: () => go(-1), 0: again }[digit];
    switch (event.key) {
      case "ArrowDown":
      case "ArrowRight":
        return () => go(1);
      case "ArrowUp":
      case "ArrowLeft":
        return () => go(-1);
      case "Enter":
        return onButton ? () => press(at) : start;
      case " ":
        if (onButton && !scanning) return null; // the browser presses the button
        return () => {
          scanning = true;
          go(1);
        };
      case "Backspace":
      case ".":
        return () => press(first("erase", "clear"));
      case "Escape":
        return () => press(first("close", "back", "cancel", "stay"));
      case "/":
        return again;
      case "*":
        return () => on.press(on.speaks() ? "speech-off" : "speech-on");
      case "+":
        return () => on.press("louder");
      case "-":
        return () => on.press("softer");
      default:
        return undefined;
    }
  }

  /** Enter before anything was reached: confirms, or begins to speak. */
  function start() {
    const button = first("stay", "confirm");
    if (button) press(button);
    else if (on.speaks()) again();
    else on.press("speech-on");
  }

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const act = meaning(event);
    if (!act) return;
    event.preventDefault();
    act();
  });
}
