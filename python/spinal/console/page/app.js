// Wires the page: what arrives goes to the panels; a clock of its own looks whether it is still true.

import { Banner } from "/console/banner.js";
import { Buttons } from "/console/buttons.js";
import { age, setText } from "/console/figures.js";
import { Link } from "/console/link.js";
import { showCounts, showHeader, showOrders, showSystems, showTracking, showVerdicts } from "/console/panels.js";
import { Pictures } from "/console/pictures.js";
import { JointPlots } from "/console/plot.js";

const CHECK_MS = 100;

const byId = (id) => document.getElementById(id);
const link = new Link({ onSnapshot: show, onPicture: (...picture) => pictures.take(...picture) });
const pictures = new Pictures(document.querySelector(".pictures"), link);
const plots = new JointPlots(byId("plots"));
const banner = new Banner(byId("banner"), link);
const buttons = new Buttons();
let latest = null;

function show(snapshot) {
  latest = snapshot;
  showHeader(snapshot);
  showCounts(snapshot.counts);
  showOrders(snapshot.orders);
  showSystems(snapshot.system_one, snapshot.system_two);
  showVerdicts(snapshot);
  showTracking(snapshot.system_one);
  if (snapshot.system_one !== null) plots.take(snapshot.system_one.at_ns / 1e6, snapshot.system_one.joints);
  check();
}

function check() {
  const state = link.state;
  document.body.dataset.link = state;
  pictures.showAges();
  buttons.show(latest, state === "live");
  byId("lost").hidden = state !== "lost";
  if (state === "lost") {
    banner.showLost(link.silenceMs);
    setText(byId("lost-text"), `No data from the host for ${age(link.silenceMs)}. Trying to connect again.`);
    setText(byId("link"), "connection lost");
    return;
  }
  if (latest === null) return;
  banner.show(latest);
  const dropped = link.dropped > 0 ? ` · ${link.dropped} skipped` : "";
  setText(byId("link"), `live · round trip ${link.roundTripMs === null ? "–" : age(link.roundTripMs)}${dropped}`);
}

setInterval(check, CHECK_MS);
