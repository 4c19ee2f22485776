// The line to the daemon: connects, hands over views and pictures, notices silence, comes back by itself.

const SILENCE_MS = 15000; // the daemon sends "alive" every 5 s
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3000;

/** Opens the line. `on` has view(object), other(object), picture(blob), away(). Returns send(object). */
export function link(on) {
  let socket = null;
  let wait = FIRST_WAIT_MS;
  let silence = 0;

  function heard() {
    clearTimeout(silence);
    silence = setTimeout(() => socket && lost(socket), SILENCE_MS);
  }

  function lost(which) {
    if (which !== socket) return;
    clearTimeout(silence);
    socket = null;
    which.close();
    on.away();
    setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  function open() {
    const here = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    here.binaryType = "blob";
    socket = here;
    heard();
    here.onmessage = (event) => {
      if (here !== socket) return;
      heard();
      if (typeof event.data !== "string") return on.picture?.(event.data);
      const message = JSON.parse(event.data);
      if (message.type !== "full") wait = FIRST_WAIT_MS; // a terminal with too many pages is not asked in a hurry
      if (message.type === "view") on.view(message);
      else if (message.type !== "alive") on.other?.(message);
    };
    here.onclose = here.onerror = () => lost(here);
  }

  open();
  return (message) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
}
