// Numbers as people read them. null (not known, or not a number) is a dash.

const DASH = "–";

export function fixed(value, digits, unit = "") {
  return value === null || value === undefined ? DASH : `${value.toFixed(digits).replace("-", "−")}${unit}`;
}

export function count(value) {
  return value.toLocaleString("en").replaceAll(",", "\u202f");
}

export function age(ms) {
  if (!Number.isFinite(ms)) return DASH;
  return ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function elapsed(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export function setText(element, text) {
  // Writing the same text again would make screen readers repeat it and browsers lay it out again.
  if (element.textContent !== text) element.textContent = text;
}

export function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
