// Elements, numbers as text, and the three drawings. Text only ever enters the page as text nodes.

const DRAWN_POINTS = 250;
const $ = (id) => document.getElementById(id);

function element(parent, name, text = "", attributes = {}) {
  const node = document.createElement(name);
  node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

function shape(parent, name, attributes, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  parent.append(node);
  return node;
}

const shown = (value, digits = 8) =>
  Math.abs(value) < 1e5 && (value === 0 || Math.abs(value) > 1e-6) ? value.toFixed(digits) : value.toExponential(6);
const brief = (value) => shown(value, Math.abs(value) < 10 ? 4 : 2);
const typeset = (value) => brief(value).replaceAll("-", "−");
const pathOf = (points) => points.map(([a, b], i) => `${i ? "L" : "M"}${a.toFixed(2)},${b.toFixed(2)}`).join("");

function scale([low, high], [from, to], logarithmic = false) {
  const f = logarithmic ? Math.log10 : (v) => v;
  const a = f(low), b = f(high) === f(low) ? f(low) + 1 : f(high);
  return (v) => from + ((f(v) - a) / (b - a)) * (to - from);
}

function ticks([low, high], count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return found;
}

function powers([low, high]) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / 5)), within = (v) => v >= low && v <= high, found = [];
  if (high / low < 100)
    for (let e = first - 1; e <= last; e++) found.push(...[1, 2, 5].map((m) => Number(`${m}e${e}`)).filter(within));
  else for (let e = first; e <= last; e += every) found.push(Number(`1e${e}`));
  return found;
}

const tickText = (v) => (v !== 0 && (Math.abs(v) >= 1e5 || Math.abs(v) < 1e-3) ? v.toExponential(0) : String(Number(v.toPrecision(6))));

// An empty drawing as wide as its place, with axes; text keeps its size on every screen.
function drawing(id, title, { x, y, xName, yName, logarithmic = false }) {
  const place = $(id), width = Math.max(place.clientWidth, 160), height = place.clientHeight;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  const name = shape(svg, "title", { id: `${id}-name` }, title);
  svg.setAttribute("aria-labelledby", name.id);
  const box = { left: 44, right: width - 12, top: 14, bottom: height - 34 };
  const X = scale(x, [box.left, box.right], logarithmic), Y = scale(y, [box.bottom, box.top], logarithmic);
  for (const v of logarithmic ? powers(x) : ticks(x, width / 80)) {
    shape(svg, "line", { class: "grid", x1: X(v), x2: X(v), y1: box.top, y2: box.bottom });
    shape(svg, "text", { x: X(v), y: box.bottom + 16, "text-anchor": "middle" }, tickText(v));
  }
  for (const v of logarithmic ? powers(y) : ticks(y, height / 60)) {
    shape(svg, "line", { class: "grid", x1: box.left, x2: box.right, y1: Y(v), y2: Y(v) });
    shape(svg, "text", { x: box.left - 7, y: Y(v) + 4, "text-anchor": "end" }, tickText(v));
  }
  shape(svg, "line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom });
  shape(svg, "text", { class: "name", x: box.right, y: height - 4, "text-anchor": "end" }, xName);
  shape(svg, "text", { class: "name", x: 2, y: 10 }, yName);
  place.replaceChildren(svg);
  return { svg, X, Y, box, name };
}

const padded = ([low, high], share) => {
  const pad = (high - low || Math.abs(low) || 1) * share;
  return [low - pad, high + pad];
};

// A handful of row numbers of a long run: all of the first, then ever fewer.
function sample(length, most) {
  if (length <= most) return Array.from({ length }, (_, k) => k);
  const chosen = new Set([0, length - 1]);
  for (let i = 0; i < most; i++) chosen.add(Math.round(Math.expm1((i / (most - 1)) * Math.log(length))));
  return [...chosen].filter((k) => k < length).sort((a, b) => a - b);
}

function drawCurve(run) {
  const { pairs, end } = run, range = padded(extent(pairs.x), 0.12);
  const plot = drawing("curve", "", { x: range, y: [-0.16, 1.16], xName: pairs.shownName, yName: `P(${pairs.yName} = 1)` });
  const { svg, X, Y } = plot, grid = Array.from({ length: 161 }, (_, i) => range[0] + (i / 160) * (range[1] - range[0]));
  const sigmoidPath = (w0, w1) => pathOf(grid.map((x) => [X(x), Y(sigmoid(w0 + w1 * x))]));
  if (end.kind === "maximum") shape(svg, "path", { class: "goal", d: sigmoidPath(end.w0, end.w1) });
  const threshold = shape(svg, "line", { class: "threshold", y1: Y(-0.16), y2: Y(1.16) });
  const misses = [0, 1].map((label) => shape(svg, "path", { class: label ? "miss-one" : "miss-zero" }));
  const curve = shape(svg, "path", { class: "curve" });
  const few = pairs.n <= DRAWN_POINTS;
  if (few) drawPoints(svg, pairs, X, Y);
  else
    [0, 1].forEach((label) => {
      const marks = Array.from(pairs.x).filter((_, i) => pairs.y[i] === label);
      const d = marks.map((x) => `M${X(x).toFixed(1)},${Y(label ? 1.03 : -0.03)}V${Y(label ? 1.12 : -0.12)}`).join("");
      shape(svg, "path", { class: label ? "rug-one" : "rug-zero", d });
    });
  plot.move = (w0, w1) => {
    curve.setAttribute("d", sigmoidPath(w0, w1));
    const middle = -w0 / w1, inside = middle > range[0] && middle < range[1];
    threshold.setAttribute("visibility", inside ? "visible" : "hidden");
    if (inside) for (const end of ["x1", "x2"]) threshold.setAttribute(end, X(middle));
    if (few)
      [0, 1].forEach((label) => {
        const lines = Array.from(pairs.x).map((x, i) =>
          pairs.y[i] === label ? `M${X(x).toFixed(1)},${Y(label).toFixed(1)}V${Y(sigmoid(w0 + w1 * x)).toFixed(1)}` : "");
        misses[label].setAttribute("d", lines.join(""));
      });
    plot.name.textContent = `Probability that ${pairs.yName} is 1 against ${pairs.shownName}, ${pairs.n} points. ` +
      `w0 ${brief(w0)}, w1 ${brief(w1)}` + (inside ? `; the curve crosses one half at ${brief(middle)}.` : ".");
  };
  return plot;
}

function drawPoints(svg, pairs, X, Y) {
  const seen = new Map();
  pairs.x.forEach((x, i) => {
    const label = pairs.y[i], key = `${x},${label}`, height = seen.get(key) || 0, up = label ? -1 : 1;
    seen.set(key, height + 1);
    const cx = X(x), cy = Y(label) + up * Math.min(height * 9, 30);
    if (label) shape(svg, "circle", { class: "one", cx, cy, r: 6 });
    else shape(svg, "rect", { class: "zero", x: cx - 4.5, y: cy - 4.5, width: 9, height: 9 });
  });
}

function drawLoss(run) {
  const { trace, end, length } = run, logarithmic = $("log").checked;
  const floor = end.kind === "maximum" ? end.loss : end.limitLoss;
  const [least, most] = extent(trace.loss.subarray(0, length));
  const last = Math.max(length - 1, 1);
  const lowest = Math.max(Math.min(least, floor > 0 ? floor : least), 1e-300);
  const plot = drawing("loss", "", {
    x: logarithmic ? [1, Math.max(last, 2)] : [0, last], y: logarithmic ? [lowest * 0.8, most * 1.2] : [0, most * 1.08],
    xName: "iteration", yName: "loss", logarithmic });
  const { svg, X, Y, box } = plot;
  const point = (k) => [X(logarithmic ? Math.max(k, 1) : k), Y(logarithmic ? Math.max(trace.loss[k], 1e-300) : trace.loss[k])];
  const rows = sample(length, 500);
  if (!logarithmic || floor > 0) {
    shape(svg, "line", { class: "goal", x1: box.left, x2: box.right, y1: Y(floor), y2: Y(floor) });
    const words = end.kind === "maximum" || end.kind === "constant" ? `minimum ${brief(floor)}` : `limit ${floor ? brief(floor) : 0}, never reached`;
    const below = Y(floor) + 16 < box.bottom - 4;
    shape(svg, "text", { class: "goal-text", x: box.right, y: Y(floor) + (below ? 16 : -6), "text-anchor": "end" }, words);
  }
  shape(svg, "path", { class: "future", d: pathOf(rows.map(point)) });
  const trail = shape(svg, "path", { class: "trail" }), dot = shape(svg, "circle", { class: "dot", r: 6 });
  plot.move = (k) => {
    trail.setAttribute("d", pathOf([...rows.filter((row) => row < k), k].map(point)));
    const [x, y] = point(k);
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    plot.name.textContent = `Loss by iteration: ${brief(trace.loss[0])} at the start, ${brief(trace.loss[k])} at iteration ${k}.`;
  };
  return plot;
}

// Both weights to one scale, so that a right angle looks like one.
function window2d(run, aspect) {
  const { trace, end, length } = run;
  const around = (values, goal) => extent([0, ...sample(length, 500).map((k) => values[k]), ...goal]);
  const goals = end.kind === "maximum" ? [[end.w0], [end.w1]] : [[], []];
  const w0 = padded(around(trace.w0, goals[0]), 0.18), w1 = padded(around(trace.w1, goals[1]), 0.18);
  const grow = ([low, high], size) => [(low + high - size) / 2, (low + high + size) / 2];
  const width = w0[1] - w0[0], height = w1[1] - w1[0];
  return width / height < aspect ? [grow(w0, height * aspect), w1] : [w0, grow(w1, width / aspect)];
}

function drawPath(run) {
  const { pairs, trace, end, length } = run, place = $("path");
  const aspect = Math.max(place.clientWidth - 56, 104) / (place.clientHeight - 48);
  const [x, y] = window2d(run, aspect);
  const plot = drawing("path", "", { x, y, xName: "w0", yName: "w1" });
  const { svg, X, Y } = plot, rows = sample(length, 500);
  contours(pairs, x, y).forEach((segments, i) => {
    const d = segments.map(([a, b, c, e]) => `M${X(a).toFixed(1)},${Y(b).toFixed(1)}L${X(c).toFixed(1)},${Y(e).toFixed(1)}`).join("");
    shape(svg, "path", { class: "contour", d, opacity: (0.75 - 0.05 * i).toFixed(2) });
  });
  if (end.kind === "maximum") {
    const a = X(end.w0), b = Y(end.w1);
    shape(svg, "path", { class: "cross", d: `M${a - 6},${b - 6}l12,12m0,-12l-12,12` });
  }
  const point = (k) => [X(trace.w0[k]), Y(trace.w1[k])];
  const trail = shape(svg, "path", { class: "trail" }), dot = shape(svg, "circle", { class: "dot", r: 6 });
  plot.move = (k) => {
    trail.setAttribute("d", pathOf([...rows.filter((row) => row < k), k].map(point)));
    const [cx, cy] = point(k);
    dot.setAttribute("cx", cx);
    dot.setAttribute("cy", cy);
    plot.name.textContent = `Weights w0 and w1 on the contours of the loss, now at ${brief(trace.w0[k])} and ${brief(trace.w1[k])}` +
      (end.kind === "maximum" ? `; the minimum lies at ${brief(end.w0)} and ${brief(end.w1)}.` : "; there is no minimum to reach.");
  };
  return plot;
}

// Line segments [x, y, x, y] of ten levels of the loss, denser towards the bottom; by marching squares.
function contours(pairs, [left, right], [low, high], columns = 56, rows = 42) {
  if (pairs.n > 2000) return [];
  const at = (i, j) => [left + (i / columns) * (right - left), low + (j / rows) * (high - low)];
  const value = Array.from({ length: columns + 1 }, (_, i) =>
    Float64Array.from({ length: rows + 1 }, (_, j) => slopeAt(pairs, ...at(i, j))[0] / pairs.n));
  const all = value.map(extent), least = Math.min(...all.map((r) => r[0])), most = Math.max(...all.map((r) => r[1]));
  return Array.from({ length: 10 }, (_, level) => {
    const cut = least + (most - least) * ((level + 0.6) / 10) ** 2.6, segments = [];
    for (let i = 0; i < columns; i++)
      for (let j = 0; j < rows; j++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], crossings = [];
        corners.forEach(([a, b], side) => {
          const [c, d] = corners[(side + 1) % 4], from = value[a][b] - cut, to = value[c][d] - cut;
          if (from < 0 !== to < 0) crossings.push(at(a + ((c - a) * from) / (from - to), b + ((d - b) * from) / (from - to)));
        });
        for (let s = 0; s + 1 < crossings.length; s += 2) segments.push([...crossings[s], ...crossings[s + 1]]);
      }
    return segments;
  });
}
