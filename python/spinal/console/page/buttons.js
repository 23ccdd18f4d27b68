// Stop, Emergency stop, Slow and Resume. Stop goes out by its own request at the first touch, also while the picture is lost; Resume takes two
// presses and is locked unless the picture is fresh.

import { age, setText } from "/console/figures.js";

const ARMED_MS = 4000;
const ANSWER_MS = 8000;
const SEND_MAX_MS = 3000;
// What the button Slow asks for. Chosen by hand.
const SLOW = { scale: 0.25, for_s: 60 };

export class Buttons {
  constructor() {
    this.stop = document.getElementById("stop");
    this.estop = document.getElementById("estop");
    this.isPressed = false;
    this.struckMs = -ARMED_MS;
    this.resume = document.getElementById("resume");
    this.answer = document.getElementById("answer");
    this.seenAtNs = null;
    this.stop.addEventListener("pointerdown", (event) => event.button === 0 && this.sendStop());
    // A keyboard or a screen reader makes a click without a pointer.
    this.stop.addEventListener("click", (event) => event.detail === 0 && this.sendStop());
    this.estop.addEventListener("click", () => this.pressEstop());
    this.resume.addEventListener("click", () => this.pressResume());
    document.getElementById("slow").addEventListener("click", () => this.send("/console/slow", SLOW, "Less speed requested"));
  }

  show(snapshot, isLive) {
    this.seenAtNs = snapshot?.at_ns ?? null;
    this.resume.disabled = !(isLive && snapshot?.can_resume);
    if (this.resume.disabled) this.disarm();
    this.isPressed = isLive && (snapshot?.system_one?.is_estop_pressed ?? false);
    this.estop.toggleAttribute("data-pressed", this.isPressed);
    setText(this.estop, this.canRelease ? "Release E-stop" : "Emergency stop");
  }

  sendStop() {
    this.disarm();
    this.send("/console/stop", {}, "Stop requested");
  }

  // Someone who strikes the button again and again must not release it.
  get canRelease() {
    return this.isPressed && performance.now() - this.struckMs > ARMED_MS;
  }

  // While the page does not know better it presses: a press is always safe.
  pressEstop() {
    this.disarm();
    if (this.canRelease) {
      this.send("/estop/release", {}, "Release requested");
      return;
    }
    this.struckMs = performance.now();
    this.send("/estop", {}, "Emergency stop requested");
  }

  pressResume() {
    if (this.resume.hasAttribute("data-armed")) {
      this.disarm();
      this.send("/console/resume", { seen_at_ns: this.seenAtNs }, "Resume requested");
      return;
    }
    this.resume.setAttribute("data-armed", "");
    setText(this.resume, "Cell is clear: resume");
    this.armed = setTimeout(() => this.disarm(), ARMED_MS);
  }

  disarm() {
    clearTimeout(this.armed);
    this.resume.removeAttribute("data-armed");
    setText(this.resume, "Resume");
  }

  async send(path, body, done) {
    const sentMs = performance.now();
    this.say(`${done}, waiting for the host …`);
    try {
      const response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(SEND_MAX_MS),
      });
      if (!response.ok) throw new Error((await response.json()).detail ?? response.statusText);
      this.say(`${done}; the host answered after ${age(performance.now() - sentMs)}.`);
    } catch (error) {
      this.say(`${done}, but the host did not take it: ${error.message}`, true);
    }
  }

  say(text, hasFailed = false) {
    clearTimeout(this.said);
    setText(this.answer, text);
    this.answer.toggleAttribute("data-failed", hasFailed);
    if (!hasFailed) this.said = setTimeout(() => setText(this.answer, ""), ANSWER_MS);
  }
}
