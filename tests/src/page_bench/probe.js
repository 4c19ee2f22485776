// Runs before the page's own script: notes bytes, the time from a touch to the painted answer, and which picture was painted when.
window.probe = { bytes: 0, presses: [], views: [], pictures: [], size: "" };
{
  const painted = (then) =>
    requestAnimationFrame(() => {
      // A task after the frame's own work: by then the frame has been handed on.
      const channel = new MessageChannel();
      channel.port1.onmessage = () => then(performance.now());
      channel.port2.postMessage(null);
    });
  let touched = null;
  addEventListener("touchend", (event) => { if (event.target.closest("button:not(:disabled)")) touched = event.timeStamp; }, true);

  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    set onmessage(draw) {
      super.onmessage = (event) => {
        const came = performance.now();
        draw(event);
        if (typeof event.data !== "string") return;
        probe.bytes += new Blob([event.data]).size;
        if (!event.data.startsWith('{"type":"view"')) return;
        const from = touched;
        touched = null;
        painted((at) => {
          probe.views.push(at - came);
          if (from !== null) probe.presses.push(at - from);
        });
      };
    }
  };

  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...what) {
    draw.apply(this, what);
    if (this.canvas.id !== "live") return;
    probe.size = `${this.canvas.width}x${this.canvas.height}`;
    const row = this.getImageData(0, this.canvas.height - 16, 480, 1).data;
    let number = 0;
    for (let bit = 0; bit < 6; bit++) number |= (row[(bit * 80 + 40) * 4] > 127 ? 1 : 0) << bit;
    painted((at) => probe.pictures.push([number, performance.timeOrigin + at]));
  };
}
