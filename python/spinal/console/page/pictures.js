// The cameras: the first large, the others small; a tap makes another one the large one.

import { age, make, setText } from "/console/figures.js";

const STALE_MS = 1000;

export class Pictures {
  constructor(root, link) {
    this.link = link;
    this.big = root.querySelector(".big");
    this.small = root.querySelector(".small");
    this.cameras = new Map(); // camera: {arrival, atNs, bitmap, figure}, in the host's order: the most important first
    this.arrivals = 0;
    this.chosen = null;
  }

  async take(camera, atNs, jpeg) {
    if (!this.cameras.has(camera)) {
      this.cameras.set(camera, { arrival: 0, atNs: 0, bitmap: null, figure: null });
      this.arrange();
    }
    const known = this.cameras.get(camera);
    const arrival = ++this.arrivals;
    const bitmap = await createImageBitmap(jpeg);
    if (arrival < known.arrival) return; // decoded after a later one
    known.bitmap?.close();
    Object.assign(known, { arrival, atNs, bitmap });
    this.draw(camera);
  }

  arrange() {
    const names = [...this.cameras.keys()];
    this.chosen ??= names[0];
    this.small.replaceChildren();
    this.small.hidden = names.length < 2;
    for (const name of names) {
      const figure = name === this.chosen ? this.big : this.makeSmall(name);
      this.cameras.get(name).figure = figure;
      this.draw(name);
    }
  }

  makeSmall(name) {
    const figure = make("figure", "", { title: `Show ${name} large`, tabindex: "0", role: "button" });
    const caption = make("figcaption");
    caption.append(make("span"), make("span"));
    figure.append(make("canvas"), caption);
    const choose = () => {
      this.chosen = name;
      this.arrange();
    };
    figure.addEventListener("click", choose);
    figure.addEventListener("keydown", (event) => event.key === "Enter" && choose());
    this.small.append(figure);
    return figure;
  }

  draw(camera) {
    const { bitmap, figure } = this.cameras.get(camera);
    if (bitmap === null) return;
    const canvas = figure.querySelector("canvas");
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    setText(figure.querySelector("span"), `${camera} · ${bitmap.width} × ${bitmap.height}`);
    this.showAge(camera);
  }

  showAge(camera) {
    const { atNs, bitmap, figure } = this.cameras.get(camera);
    if (bitmap === null) return;
    const ms = this.link.ageMs(atNs);
    figure.toggleAttribute("data-stale", !(ms <= STALE_MS));
    setText(figure.querySelector("span:last-child"), ms <= STALE_MS ? `${age(ms)} old` : Number.isFinite(ms) ? `stale: ${age(ms)} old` : "stale");
  }

  showAges() {
    for (const camera of this.cameras.keys()) this.showAge(camera);
  }
}
