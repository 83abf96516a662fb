"use strict";
// The same arithmetic as statlogit/demo, name by name; a test holds the two together to 1e-12.

const LARGEST_FEATURE = 1e100;
const LONGEST_QUOTE = 40;
const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

class DataError extends Error {
  constructor(message, line = null) {
    super(message);
    this.line = line;
  }
}

const strip = (text) => text.replace(/^[ \t]+|[ \t]+$/g, "");

function printable(text) {
  const characters = Array.from(strip(text).replace(CONTROL, "\ufffd"));
  return characters.length <= LONGEST_QUOTE ? characters.join("") : characters.slice(0, LONGEST_QUOTE).join("") + "...";
}

function readPairs(text) {
  const x = [], y = [];
  let names = null;
  text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/).forEach((raw, index) => {
    const line = strip(raw.split("#")[0]);
    if (line === "") return;
    const fields = line.split(",").map(strip);
    if (!x.length && !names && fields.length === 2 && !fields.some((field) => NUMBER.test(field))) {
      names = [printable(fields[0]) || "x", printable(fields[1]) || "y"];
      return;
    }
    const [feature, label] = readLine(index + 1, fields, raw);
    x.push(feature);
    y.push(label);
  });
  if (!x.length) throw new DataError("there is no data line: give one feature,label a line, such as 0.5,0");
  const [xName, yName] = names || ["x", "y"];
  return { x: Float64Array.from(x), y: Float64Array.from(y), n: x.length, xName, yName };
}

function readLine(number, fields, raw) {
  const where = `line ${number}`, shown = `in "${printable(raw)}"`;
  if (fields.length !== 2)
    throw new DataError(`${where}: expected feature,label but found ${fields.length} field(s) ${shown}`, number);
  ["feature", "label"].forEach((name, i) => {
    if (!NUMBER.test(fields[i]))
      throw new DataError(`${where}: the ${name} "${printable(fields[i])}" is not a number ${shown}`, number);
  });
  const [feature, label] = fields.map(Number);
  if (Math.abs(feature) > LARGEST_FEATURE)
    throw new DataError(`${where}: the feature "${printable(fields[0])}" is beyond 1e100 ${shown}`, number);
  if (label !== 0 && label !== 1)
    throw new DataError(`${where}: the label must be 0 or 1, not "${printable(fields[1])}" ${shown}`, number);
  return [feature, label];
}

const mean = (values, f = (v) => v) => values.reduce((sum, v) => sum + f(v), 0) / values.length;

function standardized(pairs) {
  const centre = mean(pairs.x), scale = Math.sqrt(mean(pairs.x, (v) => (v - centre) ** 2));
  const [low, high] = extent(pairs.x);
  if (low === high || scale === 0)
    throw new DataError(`every ${pairs.xName} is ${shortest(pairs.x[0])}: it cannot be standardized`);
  return { ...pairs, x: pairs.x.map((v) => (v - centre) / scale), centre, scale };
}

// exp is only ever taken of a number <= 0, so nothing overflows.
function sigmoid(eta) {
  const small = Math.exp(-Math.abs(eta));
  return (eta > 0 ? 1 : small) / (1 + small);
}

function rowLoss(eta, y) {
  return Math.log1p(Math.exp(-Math.abs(eta))) + (eta > 0 ? 1 - y : y) * Math.abs(eta);
}

// Summed loss and its gradient.
function slopeAt({ x, y, n }, w0, w1) {
  let loss = 0, g0 = 0, g1 = 0;
  for (let i = 0; i < n; i++) {
    const eta = w0 + w1 * x[i], small = Math.exp(-Math.abs(eta)), big = 1 / (1 + small);
    const positive = eta > 0;
    const mu = positive ? big : small * big, complement = positive ? small * big : big;
    const residual = (1 - y[i]) * mu - y[i] * complement;
    loss += Math.log1p(small) + (positive ? 1 - y[i] : y[i]) * Math.abs(eta);
    g0 += residual;
    g1 += residual * x[i];
  }
  return [loss, g0, g1];
}

function safeRate({ x }) {
  const average = mean(x), square = mean(x, (v) => v * v);
  return 8 / (1 + square + Math.hypot(1 - square, 2 * average));
}

// Rows [iteration, w0, w1, loss, g0, g1]; row k is the state before update k + 1, g the mean gradient.
function* descend(pairs, rate, iterations) {
  let w0 = 0, w1 = 0;
  for (let iteration = 0; iteration <= iterations; iteration++) {
    const [loss, g0, g1] = slopeAt(pairs, w0, w1);
    if (!Number.isFinite(loss) || !Number.isFinite(w0) || !Number.isFinite(w1)) return;
    yield [iteration, w0, w1, loss / pairs.n, g0 / pairs.n, g1 / pairs.n];
    w0 -= (rate * g0) / pairs.n;
    w1 -= (rate * g1) / pairs.n;
  }
}

function extent(values) {
  let low = Infinity, high = -Infinity;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}

const shortest = (value) => String(Number(value.toPrecision(12)));

const forEver = (limit) =>
  `Larger weights always make the loss smaller still: it falls towards ${limit}, no finite maximum exists, ` +
  "and the weights grow for ever.";

function entropy(ones, zeros) {
  const total = ones + zeros;
  return -(ones * Math.log(ones / total) + zeros * Math.log(zeros / total));
}

// The maximum of the likelihood, or why none exists, decided by sorting alone.
function exact(pairs) {
  const { x, y, n, xName, yName } = pairs;
  const zeros = Array.from(x).filter((_, i) => y[i] === 0), ones = Array.from(x).filter((_, i) => y[i] === 1);
  const none = (kind, threshold, limitLoss, message) => ({ kind, threshold, limitLoss, message });
  if (!zeros.length || !ones.length) return none("one label", null, 0, `Every ${yName} is ${y[0]}. ` + forEver(0));
  const [least, greatest] = extent(x);
  if (least === greatest) {
    const at = shortest(least);
    const message = `Every ${xName} is ${at}, so only w0 + w1 * ${at} is determined, not w0 and w1.`;
    return none("constant", null, entropy(ones.length, zeros.length) / n, message);
  }
  const order = (a, b) => a.range[0] - b.range[0] || a.range[1] - b.range[1];
  const [low, high] = [{ range: extent(zeros), label: 0 }, { range: extent(ones), label: 1 }].sort(order);
  const top = low.range[1], bottom = high.range[0];
  if (top > bottom) return newton(pairs);
  if (top < bottom) {
    const threshold = 0.5 * top + 0.5 * bottom;
    return none("complete", threshold, 0,
      `The data are separated: every ${xName} up to ${shortest(top)} has ${yName} = ${low.label}, every ${xName} from ` +
      `${shortest(bottom)} on has ${yName} = ${high.label}, and a threshold such as ${shortest(threshold)} divides them ` +
      "without error. " + forEver(0));
  }
  const count = (values) => values.filter((v) => v === top).length;
  const limit = entropy(count(ones), count(zeros)) / n;
  return none("quasi", top, limit,
    `The data are quasi-separated: below ${shortest(top)} no ${xName} has ${yName} = ${high.label}, above it none has ` +
    `${yName} = ${low.label}, and only ${xName} = ${shortest(top)} has both. ` + forEver(limit.toFixed(6)));
}

// Newton in standardized coordinates, halving a step that would raise the loss.
function newton(pairs) {
  const z = standardized(pairs);
  let w0 = 0, w1 = 0, [loss, g0, g1] = slopeAt(z, 0, 0);
  for (let iteration = 0; iteration < 100; iteration++) {
    let a = 0, b = 0, c = 0;
    for (let i = 0; i < z.n; i++) {
      const mu = sigmoid(w0 + w1 * z.x[i]), complement = sigmoid(-(w0 + w1 * z.x[i])), w = mu * complement;
      a += w;
      b += w * z.x[i];
      c += w * z.x[i] * z.x[i];
    }
    const d = a * c - b * b, s0 = (c * g0 - b * g1) / d, s1 = (a * g1 - b * g0) / d;
    const decrement = s0 * g0 + s1 * g1;
    if (!(decrement > 1e-30 * z.n)) break;
    let step = 1, next = slopeAt(z, w0 - s0, w1 - s1);
    const ceiling = loss * (1 + 1e-13); // rounding alone may raise the last digits
    while (next[0] > ceiling && step > 1e-3) {
      step /= 2;
      next = slopeAt(z, w0 - step * s0, w1 - step * s1);
    }
    if (next[0] > ceiling) break;
    w0 -= step * s0;
    w1 -= step * s1;
    [loss, g0, g1] = next;
    if (decrement < 1e-16 * z.n) break;
  }
  return { kind: "maximum", w0: w0 - (w1 * z.centre) / z.scale, w1: w1 / z.scale, loss: loss / pairs.n };
}
