// The sentences for the names that the core and the task store use. A name that is not here is shown as the worst case.

export const MODES = {
  track: { code: "Track", title: "Tracking", level: "ok" },
  sos: { code: "SOS · safe operating stop", title: "Holding", level: "hold" },
  ss2: { code: "SS2 · safe stop 2", title: "Stopping, then holding", level: "warn" },
  ss1: { code: "SS1 · safe stop 1", title: "Stopped, power off", level: "bad" },
  sto: { code: "STO · safe torque off", title: "Torque off", level: "critical" },
};

export const TRIGGERS = {
  none: "Proposals are being admitted and followed.",
  start: "Just started or reset: nobody has authority yet.",
  revoked: "The supervisor took the authority back.",
  proposal_gap: "The last chunk was played to its end and no new one came in time.",
  proposal_expired: "The chunk's validity ended while it was being played.",
  requested_sos: "A hold was asked for.",
  requested_ss2: "A stop was asked for.",
  requested_ss1: "A stop with power off was asked for.",
  requested_sto: "Torque off was asked for.",
  tracking_error: "The robot is too far from its command.",
  measured_stale: "The robot's measured state is too old.",
  deadline_misses: "System 1 missed too many deadlines in a row.",
  outside_limits: "The robot stood outside its position limits at the start.",
  measured_not_finite: "The robot's measured state is not a number.",
  emergency_stop: "The emergency stop was pressed.",
  tick_overrun: "One tick of System 1 came far too late.",
  packet_loss: "The robot sent nothing new for too many ticks.",
  monitor_ss2: "The independent monitor asked for a stop.",
  monitor_ss1: "The independent monitor asked for a stop with power off.",
  monitor_sto: "The independent monitor took the power away.",
  monitor_silent: "The independent monitor is silent: nobody watches System 1.",
  person_near: "A person is too near, or nobody knows where people are: the arm waits.",
  awaiting_proposal: "Authority is given; the first proposal has not come yet.",
};

// Rest that belongs to the work; every other reason to hold is worth a look.
export const ROUTINE = new Set(["none", "start", "revoked", "awaiting_proposal"]);

// What the independent monitor found.
export const CHECKS = {
  position: "a joint was measured outside its range",
  velocity: "a joint was measured too fast",
  tool_speed: "the tool was measured too fast",
  keep_in: "the tool left the zone that it has to stay in",
  keep_out: "the tool entered a zone that it has to stay out of",
  stop_fails: "a stop was announced and the robot does not slow down",
  alive: "System 1's tick counter stands still",
  blind: "no new readings of the robot",
  not_finite: "a reading was not a number",
};

export const MONITOR_STOPS = {
  ss2: "asks for a stop (SS2)",
  ss1: "asks for a stop with power off (SS1)",
  sto: "has taken the power (STO) by its own lane",
};

export const ESTOP_PRESSED = "Release of the emergency stop first; then a person: find the cause, then Resume.";

export const CLEARS = {
  nothing: "Nothing to clear.",
  itself: "Nothing to do: it goes on by itself when the person is gone.",
  next_proposal: "The next admitted proposal, by itself.",
  next_grant: "The next grant of authority; the supervisor decides when.",
  reset: "A person: find the cause, then Resume.",
};

export const ORDER_STATES = {
  queued: ["queued", "faint"],
  leased: ["picking", "hold"],
  placing: ["placing", "hold"],
  done: ["done", "ok"],
  failed: ["failed", "critical"],
  cancelled: ["cancelled", "faint"],
  needs_review: ["needs review", "warn"],
};

export const OUTCOMES = {
  admitted: "ok",
  trimmed: "hold",
  refused: "critical",
};

export const WORKERS = {
  starting: "warn",
  ready: "ok",
  restarting: "critical",
  stopped: "critical",
};

export function unknown(name) {
  return `unknown: ${name}`;
}
