// The mode, why it is so and what clears it. Silence of System 1 is the worst case, not the last known one.

import { age, setText } from "/console/figures.js";
import { CHECKS, CLEARS, ESTOP_PRESSED, MODES, MONITOR_STOPS, ROUTINE, TRIGGERS, unknown } from "/console/words.js";

const STATUS_AGE_MAX_MS = 500;

export class Banner {
  constructor(root, link) {
    this.root = root;
    this.link = link;
    this.part = (id) => root.querySelector(id);
  }

  show(snapshot) {
    const status = snapshot.system_one;
    const doing = [snapshot.phase, snapshot.task, speedOf(status), snapshot.notice].filter(Boolean).join(" · ");
    const ageMs = status === null ? Infinity : this.link.ageMs(status.at_ns);
    if (!(ageMs <= STATUS_AGE_MAX_MS)) {
      const since = status === null ? "It has published nothing." : `Its last word is ${age(ageMs)} old.`;
      this.write("unknown", "No word from System 1", "Mode unknown", doing, since, "System 1 publishing again.", "Not known.");
      return;
    }
    const mode = MODES[status.mode] ?? { code: unknown(status.mode), title: "Mode unknown", level: "unknown" };
    const why = TRIGGERS[status.trigger] ?? unknown(status.trigger);
    const clears = status.is_estop_pressed ? ESTOP_PRESSED : (CLEARS[status.clears] ?? unknown(status.clears));
    const isPerson = snapshot.can_resume && status.clears === "next_grant";
    const level = status.mode === "sos" && !ROUTINE.has(status.trigger) ? "warn" : mode.level;
    this.write(level, mode.code, titleOf(mode, status), doing, why, isPerson ? "Resume, pressed by a person." : clears, monitorOf(status));
  }

  showLost(silenceMs) {
    this.write("unknown", "No connection", "Mode unknown", "–", `No data for ${age(silenceMs)}.`, "The connection coming back.", "Not known.");
  }

  write(level, code, title, doing, why, clears, monitor) {
    this.root.dataset.level = level;
    document.title = `${title} · Spinal`;
    setText(this.part("#mode-code"), code);
    setText(this.part("#mode"), title);
    setText(this.part("#doing"), doing || "–");
    setText(this.part("#why"), why);
    setText(this.part("#clears"), clears);
    setText(this.part("#monitor"), monitor);
  }
}

// Less speed than the safety profile allows, and why; nothing to say at full speed.
function speedOf(status) {
  if (status === null || status.speed_scale === 1) return null;
  return `at most ${Math.round(100 * status.speed_scale)} % speed (${status.tighten_reason ?? "unknown reason"})`;
}

// Who watches System 1, and what it wants. A monitor that is not there is said as loudly as one that asks for a stop.
function monitorOf(status) {
  if (status.monitor === "none") return "None: nobody watches System 1.";
  if (status.monitor !== "alive") return "Silent: nobody watches System 1.";
  if (status.monitor_stop === "none") return "Watching, finds nothing.";
  const wants = MONITOR_STOPS[status.monitor_stop] ?? unknown(status.monitor_stop);
  return `It ${wants}: ${CHECKS[status.monitor_check] ?? unknown(status.monitor_check)}.`;
}

// A controlled stop has two parts, and people ask which one it is.
function titleOf(mode, status) {
  if (status.mode === "ss2") return status.is_at_rest ? "Stopped, holding" : "Stopping";
  if (status.mode === "ss1" && status.is_powered) return "Stopping, then power off";
  if (status.mode === "sos" && status.trigger === "person_near") return "Waiting for a person";
  if (status.mode === "sos" && !ROUTINE.has(status.trigger)) return "Stopped, holding";
  return mode.title;
}
