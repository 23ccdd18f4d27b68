// One small plot a joint: commanded over measured, the last 20 s; a bar at the right shows the place between the limits.

import { fixed, make, setText } from "/console/figures.js";

const WINDOW_MS = 20_000;
const SAMPLES_MAX = 400;
const GAP_MS = 500;
const SPAN_MIN_RAD = 0.5;
const BAR_PX = 12;

export class JointPlots {
  constructor(root) {
    this.root = root;
    this.plots = [];
    this.samples = []; // {atMs, joints: [{commanded_rad, measured_rad}]}
  }

  take(atMs, joints) {
    const last = this.samples.at(-1);
    if (last && atMs < last.atMs) this.samples = []; // the host was restarted
    if (!last || atMs > last.atMs) this.samples.push({ atMs, joints });
    while (this.samples.length > SAMPLES_MAX || this.samples[0].atMs < atMs - WINDOW_MS) this.samples.shift();
    if (this.plots.length !== joints.length) this.build(joints);
    const style = getComputedStyle(document.documentElement);
    joints.forEach((joint, index) => this.draw(index, joint, atMs, style));
  }

  build(joints) {
    this.plots = joints.map((joint) => {
      const plot = make("div", "", { class: "plot" });
      const header = make("header");
      const limits = `limits ${fixed(joint.position_min_rad, 2)} … ${fixed(joint.position_max_rad, 2)} rad`;
      header.append(make("b", joint.name.replaceAll("_", " "), { title: limits }), make("span", "", { title: limits }));
      const canvas = make("canvas", "", { "aria-label": `${joint.name}, ${limits}` });
      plot.append(header, canvas);
      return { plot, value: header.lastChild, canvas };
    });
    this.root.replaceChildren(...this.plots.map(({ plot }) => plot));
  }

  draw(index, joint, nowMs, style) {
    const { canvas, value } = this.plots[index];
    setText(value, fixed(joint.measured_rad, 3));
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const ink = (name) => style.getPropertyValue(name).trim();
    const area = { width: width - BAR_PX - 8, height };
    const view = this.view(index, joint);
    const x = (ms) => area.width * (1 - (nowMs - ms) / WINDOW_MS);
    const y = (rad) => height - 3 - ((rad - view.low) / (view.high - view.low)) * (height - 6);

    pen.fillStyle = ink("--well");
    pen.fillRect(0, 0, area.width, height);
    pen.strokeStyle = ink("--line");
    for (const seconds of [5, 10, 15]) line(pen, x(nowMs - seconds * 1000), 0, x(nowMs - seconds * 1000), height);
    this.drawLimits(pen, joint, view, y, area, ink);
    this.trace(pen, index, "measured_rad", x, y, ink("--measured"), 4.5, 0.6);
    this.trace(pen, index, "commanded_rad", x, y, ink("--commanded"), 1.6, 1);
    pen.fillStyle = ink("--faint");
    pen.font = "10px system-ui, sans-serif";
    pen.fillText(fixed(view.high, 1), 4, 11);
    pen.fillText(fixed(view.low, 1), 4, height - 4);
    drawBar(pen, joint, width - BAR_PX, height, ink);
  }

  // The range on the axis: the data with some air, never so narrow that noise looks like motion, and out to a limit
  // that is near.
  view(index, { position_min_rad, position_max_rad }) {
    let low = Infinity;
    let high = -Infinity;
    for (const { joints } of this.samples) {
      for (const rad of [joints[index]?.commanded_rad, joints[index]?.measured_rad]) {
        if (rad === null || rad === undefined) continue;
        low = Math.min(low, rad);
        high = Math.max(high, rad);
      }
    }
    if (low > high) return { low: -1, high: 1 };
    const half = Math.max(SPAN_MIN_RAD, (high - low) * 1.2) / 2;
    const middle = (low + high) / 2;
    const air = half / 4;
    const view = { low: middle - half, high: middle + half };
    if (position_min_rad > view.low - 2 * half) view.low = Math.min(view.low, position_min_rad - air);
    if (position_max_rad < view.high + 2 * half) view.high = Math.max(view.high, position_max_rad + air);
    return view;
  }

  drawLimits(pen, joint, view, y, area, ink) {
    pen.save();
    pen.strokeStyle = ink("--critical");
    pen.setLineDash([5, 4]);
    for (const rad of [joint.position_min_rad, joint.position_max_rad]) {
      if (view.low <= rad && rad <= view.high) line(pen, 0, y(rad), area.width, y(rad));
    }
    pen.restore();
  }

  trace(pen, index, field, x, y, colour, width, alpha) {
    pen.save();
    pen.globalAlpha = alpha;
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.lineJoin = "round";
    pen.beginPath();
    let beforeMs = -Infinity;
    for (const { atMs, joints } of this.samples) {
      const rad = joints[index]?.[field];
      if (rad === null || rad === undefined) continue; // not a number: a gap, not an invented line
      if (atMs - beforeMs > GAP_MS) pen.moveTo(x(atMs), y(rad));
      else pen.lineTo(x(atMs), y(rad));
      beforeMs = atMs;
    }
    pen.stroke();
    pen.restore();
  }
}

function drawBar(pen, joint, left, height, ink) {
  const { position_min_rad: low, position_max_rad: high, measured_rad: rad } = joint;
  const middle = left + BAR_PX / 2;
  pen.strokeStyle = ink("--line");
  pen.lineWidth = 3;
  line(pen, middle, 2, middle, height - 2);
  pen.strokeStyle = ink("--critical");
  pen.lineWidth = 2;
  line(pen, left + 1, 1, left + BAR_PX - 1, 1);
  line(pen, left + 1, height - 1, left + BAR_PX - 1, height - 1);
  if (rad === null) return;
  const share = Math.min(1, Math.max(0, (rad - low) / (high - low)));
  pen.fillStyle = low <= rad && rad <= high ? ink("--ink") : ink("--critical");
  pen.beginPath();
  pen.arc(middle, height - 5 - share * (height - 10), 4, 0, 2 * Math.PI);
  pen.fill();
  pen.lineWidth = 1;
}

function line(pen, fromX, fromY, toX, toY) {
  pen.beginPath();
  pen.moveTo(fromX, fromY);
  pen.lineTo(toX, toY);
  pen.stroke();
}
