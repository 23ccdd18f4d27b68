// The connection to the host: what arrives, how old it is, and when to stop believing it.

export const SILENCE_MAX_MS = 1000;
const RECONNECT_MS = 1000;
const SILENCE_RECONNECT_MS = 3000;
const OFFSETS_MAX = 100;

export class Link {
  constructor({ onSnapshot, onPicture }) {
    this.onSnapshot = onSnapshot;
    this.onPicture = onPicture;
    this.offsets = [];
    this.arrivedMs = null;
    this.openedMs = null;
    this.roundTripMs = null;
    this.dropped = 0;
    this.connect();
    setInterval(() => this.check(), RECONNECT_MS);
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.openedMs = performance.now();
    this.socket = new WebSocket(`${scheme}//${location.host}/live`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = (event) => this.take(event.data);
  }

  check() {
    const since = performance.now() - Math.max(this.openedMs, this.arrivedMs ?? 0);
    const closed = this.socket.readyState === WebSocket.CLOSED;
    if (!closed && since < SILENCE_RECONNECT_MS) return;
    // The old socket may still wake up; what it says then must not be taken for news.
    this.socket.onmessage = null;
    this.socket.close();
    this.offsets = [];
    this.connect();
  }

  take(data) {
    if (typeof data === "string") this.takeSnapshot(JSON.parse(data));
    else this.takePicture(data);
  }

  takeSnapshot({ sequence, dropped, round_trip_ms, snapshot }) {
    this.arrivedMs = performance.now();
    this.roundTripMs = round_trip_ms;
    this.dropped = dropped;
    this.offsets.push(this.arrivedMs - snapshot.at_ns / 1e6);
    if (this.offsets.length > OFFSETS_MAX) this.offsets.shift();
    const socket = this.socket;
    const draw = () => {
      this.onSnapshot(snapshot);
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ drawn: sequence }));
    };
    // The host sends no more than two ahead of what is drawn. A hidden page draws no frames, so it answers at once.
    if (document.hidden) draw();
    else requestAnimationFrame(draw);
  }

  takePicture(buffer) {
    const view = new DataView(buffer);
    const nameLength = view.getUint8(8);
    const camera = new TextDecoder().decode(new Uint8Array(buffer, 9, nameLength));
    const jpeg = new Blob([new Uint8Array(buffer, 9 + nameLength)], { type: "image/jpeg" });
    this.onPicture(camera, Number(view.getBigInt64(0, true)), jpeg);
  }

  // How old something of this host instant is now. The fastest of the last messages gives the clocks' offset, so the
  // age is short by at most the fastest one's way here.
  ageMs(atNs) {
    return this.offsets.length ? performance.now() - Math.min(...this.offsets) - atNs / 1e6 : Infinity;
  }

  get silenceMs() {
    return this.arrivedMs === null ? performance.now() : performance.now() - this.arrivedMs;
  }

  get state() {
    if (this.silenceMs <= SILENCE_MAX_MS) return this.arrivedMs === null ? "waiting" : "live";
    return "lost";
  }
}
