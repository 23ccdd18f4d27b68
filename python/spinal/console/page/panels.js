// Counts, the order queue, both systems' numbers and the gate's verdicts.

import { age, count, elapsed, fixed, make, setText } from "/console/figures.js";
import { ORDER_STATES, OUTCOMES, WORKERS, unknown } from "/console/words.js";

const byId = (id) => document.getElementById(id);
const percent = (share) => fixed(share === null ? null : share * 100, 1);

export function showHeader(snapshot) {
  setText(byId("cell"), snapshot.cell);
  setText(byId("run"), `run ${snapshot.run}`);
  byId("simulated").hidden = !snapshot.is_simulated;
  setText(byId("elapsed"), elapsed((snapshot.at_ns - snapshot.started_at_ns) / 1e6));
}

export function showCounts(counts) {
  setText(byId("done"), count(counts.orders_done));
  setText(byId("open"), `${count(counts.orders_open)} open`);
  setText(byId("retries"), count(counts.retries));
  setText(byId("failed"), `${count(counts.orders_failed)} failed`);
  setText(byId("cycle"), fixed(counts.cycle_time_p50_s, 1, " s"));
  const known = counts.success_rate !== null && counts.success_lower95 !== null && counts.success_upper95 !== null;
  setText(byId("rate"), known ? `${percent(counts.success_rate)} %` : "–");
  setText(
    byId("bounds"),
    known
      ? `${percent(counts.success_lower95)}–${percent(counts.success_upper95)} %, n = ${count(counts.attempts)}`
      : "no attempt yet",
  );
  const bar = byId("interval");
  bar.hidden = !known;
  bar.title = `${count(counts.successes)} of ${count(counts.attempts)} attempts; two-sided 95 % interval (${counts.interval})`;
  if (!known) return;
  const [range, point] = bar.children;
  range.style.left = `${counts.success_lower95 * 100}%`;
  range.style.right = `${(1 - counts.success_upper95) * 100}%`;
  point.style.left = `${counts.success_rate * 100}%`;
}

export function showOrders(orders) {
  byId("no-orders").hidden = orders.length > 0;
  byId("orders").replaceChildren(...orders.flatMap(orderRows));
}

function orderRows(order) {
  const [word, tone] = ORDER_STATES[order.state] ?? [unknown(order.state), "critical"];
  const row = make("tr", "", tone === "hold" ? { class: "at-work" } : {});
  const state = make("td");
  state.append(make("span", word, { class: "pill", "data-tone": tone }));
  row.append(make("td", order.id), make("td", order.sku), make("td", `${order.placed} of ${order.quantity}`));
  row.append(make("td", String(order.attempts)), state);
  // A reason is worth a line where somebody may have to act on it.
  if (!order.reason || !["failed", "needs_review"].includes(order.state)) return [row];
  const reason = make("tr");
  reason.append(make("td"), make("td", order.reason, { class: "reason", colspan: "4" }));
  reason.firstChild.className = "reason";
  return [row, reason];
}

export function showSystems(one, two) {
  byId("system-one").replaceChildren(
    ...facts(
      one === null
        ? [["Status", "none", "critical"]]
        : [
            ["Tick rate", `${fixed(one.tick_hz, 0)} of ${fixed(one.tick_target_hz, 0, " Hz")}`],
            ["Missed ticks", missed(one), "", `of ${count(one.ticks)} ticks`],
            ["Held by the gate", `${count(one.gated)} ticks`, "", one.limited_by ? `last for ${one.limited_by.replaceAll("_", " ")}` : ""],
            ...people(one.people),
            ["Drives", one.is_powered ? "powered" : "off", one.is_powered ? "" : "critical"],
            ["Gripper", one.gripper > 0.5 ? "on" : "off"],
            ["Vacuum", one.vacuum === null ? "–" : `${fixed(one.vacuum * 100, 0)} %`],
            ["Scale", fixed(one.scale_kg, 3, " kg")],
          ],
    ),
  );
  byId("system-two").replaceChildren(
    ...facts([
      ["Worker", two.worker, WORKERS[two.worker] ?? "critical"],
      ["Restarts", count(two.restarts), two.restarts > 0 ? "warn" : ""],
      ["Decisions", `${fixed(two.decision_hz, 1)} of ${fixed(two.decision_target_hz, 1, " Hz")}`],
      ["Latency, last", fixed(two.latency_ms, 1, " ms")],
      ["Latency, p99", fixed(two.latency_p99_ms, 1, " ms")],
    ]),
  );
  setText(byId("policy"), two.policy);
}

// The nearest person against what the arm needs; who waits says until when. Nobody stands a hundred metres away in a cell.
function people(near) {
  if (near === null || near === undefined) return [];
  const terms = [
    ["person's way", near.human_m],
    ["reaction", near.reaction_m],
    ["stopping", near.stopping_m],
    ["reach", near.intrusion_m],
    ["where the person is", near.human_uncertainty_m],
    ["where the arm is", near.robot_uncertainty_m],
  ];
  const sumOf = (some) => some.map(([, value]) => fixed(value, 2)).join(" + ");
  const named = (some) => some.map(([name]) => name).join(" + ");
  const distance = near.distance_m > 100 ? "nobody seen" : fixed(near.distance_m, 2, " m");
  const waits = near.resume_m !== null;
  const needed = waits ? `waits until ${fixed(near.resume_m, 2, " m")}` : fixed(near.required_m, 2, " m");
  return [
    ["Nearest person", distance, waits ? "warn" : ""],
    ["Distance needed", needed, waits ? "warn" : ""],
    ["= Sh + Sr", sumOf(terms.slice(0, 2)), "", named(terms.slice(0, 2))],
    ["+ Ss + C", sumOf(terms.slice(2, 4)), "", named(terms.slice(2, 4))],
    ["+ Zd + Zr", sumOf(terms.slice(4)), "", named(terms.slice(4))],
  ];
}

function missed({ deadline_misses, ticks }) {
  const share = ticks > 0 ? ` (${fixed((deadline_misses / ticks) * 100, 3)} %)` : "";
  return count(deadline_misses) + share;
}

function facts(rows) {
  return rows.map(([name, value, tone = "", title = ""]) => {
    const row = make("div", "", title ? { title } : {});
    row.append(make("dt", name), make("dd", value, tone ? { "data-tone": tone } : {}));
    return row;
  });
}

export function showVerdicts(snapshot) {
  const one = snapshot.system_one;
  setText(
    byId("totals"),
    one === null ? "" : `${count(one.admitted)} admitted · ${count(one.trimmed)} trimmed · ${count(one.refused)} refused`,
  );
  byId("verdicts").replaceChildren(
    ...snapshot.verdicts.map((verdict) => {
      const row = make("li", "", { "data-outcome": verdict.outcome });
      const reasons = verdict.reasons.join("; ");
      row.append(
        make("span", age((snapshot.at_ns - verdict.at_ns) / 1e6)),
        make("span", verdict.outcome, { class: "pill", "data-tone": OUTCOMES[verdict.outcome] ?? "critical" }),
        make("span", `#${verdict.sequence}`),
        make("span", reasons || verdict.source, { title: reasons }),
      );
      return row;
    }),
  );
}

export function showTracking(one) {
  const element = byId("tracking");
  setText(element, one === null ? "" : `tracking error ${fixed(one.tracking_error_rad, 4)} of ${fixed(one.tracking_error_max_rad, 2)} rad`);
}
