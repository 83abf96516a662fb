// The lessons, the run in progress and the controls.

const MOST_ITERATIONS = 100000, MOST_ROWS = 20000;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const TOY = "x,y\n0.5,0\n2.5,1\n1.0,0\n3.0,1\n";
const STUDY = "hours,passed\n0.5,0\n0.75,0\n1,0\n1.25,0\n1.5,0\n1.75,0\n1.75,1\n2,0\n2.25,1\n2.5,0\n2.75,1\n3,0\n3.25,1\n3.5,0\n" +
  "4,1\n4.25,1\n4.5,1\n4.75,1\n5,1\n5.5,1\n";
const LESSONS = [
  { name: "Four rows that a threshold divides", data: TOY, iterations: 100,
    text: "Run it for 100 iterations, then for 10,000: the loss keeps falling and the weights never settle." },
  { name: "Hours of study", data: STUDY, iterations: 500,
    text: "The labels overlap, so one curve is best. How many iterations until three digits of it stand?" },
  { name: "The same hours, standardized", data: STUDY, iterations: 100, standardize: true,
    text: "Round contours instead of a narrow valley: the same curve in a fraction of the iterations." },
  { name: "Too bold a learning rate", data: STUDY, iterations: 60, rate: "1.2",
    text: "Every step overshoots the valley. The loss rises and falls; halve the rate until it only falls." },
  { name: "Divided but for one tie", data: "x,y\n1,0\n2,0\n2,1\n3,1\n", iterations: 300,
    text: "Only x = 2 has both labels. The loss falls towards a floor above zero, the weights still grow for ever." },
  { name: "Only one label", data: "x,y\n1,1\n2,1\n3,1\n", iterations: 100,
    text: "Nothing to tell apart: the curve rises towards 1 everywhere and never arrives." },
];

let run = null, plots = null, position = 0, dirty = true, ticket = 0, frame = 0;

function readNumber(id, name, { whole = false, most = Infinity }) {
  const text = strip($(id).value), value = NUMBER.test(text) ? Number(text) : NaN;
  if (!(value > 0) || !Number.isFinite(value) || (whole && !Number.isInteger(value)) || value > most) {
    const error = new DataError(`${name} must be a positive ${whole ? `whole number up to ${most}` : "number"}, not "${printable(text)}"`);
    error.field = id;
    throw error;
  }
  return value;
}

function readPlan() {
  const raw = readPairs($("data").value);
  if (raw.n > MOST_ROWS) throw new DataError(`this page takes up to ${MOST_ROWS} rows, not ${raw.n}; use statlogit demo in a terminal`);
  const pairs = $("standardize").checked ? standardized(raw) : raw, safe = safeRate(pairs);
  pairs.shownName = pairs.scale ? `standardized ${pairs.xName}` : pairs.xName;
  const iterations = readNumber("iterations", "Iterations", { whole: true, most: MOST_ITERATIONS });
  const rate = strip($("rate").value) === "" ? safe : readNumber("rate", "The learning rate", {});
  return { pairs, safe, rate, iterations };
}

function showError(error) {
  if (!(error instanceof DataError)) throw error;
  $("error").textContent = error.message;
  $(error.field || "data").setAttribute("aria-invalid", "true");
  if (!error.line) return;
  const lines = $("data").value.split("\n"), start = lines.slice(0, error.line - 1).join("\n").length + (error.line > 1 ? 1 : 0);
  $("data").focus();
  $("data").setSelectionRange(start, start + lines[error.line - 1].length);
}

function clearError() {
  $("error").textContent = "";
  for (const id of ["data", "rate", "iterations"]) $(id).removeAttribute("aria-invalid");
}

function showRate() {
  try {
    const raw = readPairs($("data").value), safe = safeRate($("standardize").checked ? standardized(raw) : raw);
    $("rate").placeholder = String(Number(safe.toPrecision(4)));
    $("rate-hint").textContent = `Empty: ${Number(safe.toPrecision(4))}, the largest at which the loss can never rise.`;
  } catch {
    $("rate-hint").textContent = "Empty: the largest at which the loss can never rise.";
  }
}

// Compute the whole run in slices, so that the page stays alive; null when a newer one overtook it.
async function compute() {
  const mine = ++ticket, plan = readPlan(), size = plan.iterations + 1;
  const trace = Object.fromEntries(["w0", "w1", "loss", "g0", "g1"].map((name) => [name, new Float64Array(size)]));
  let length = 0, rises = 0, deadline = performance.now() + 40;
  const slice = Math.max(1, Math.floor(20000 / plan.pairs.n));
  for (const [k, w0, w1, loss, g0, g1] of descend(plan.pairs, plan.rate, plan.iterations)) {
    [trace.w0[k], trace.w1[k], trace.loss[k], trace.g0[k], trace.g1[k]] = [w0, w1, loss, g0, g1];
    if (k && loss > trace.loss[k - 1] * (1 + 1e-12)) rises++;
    length = k + 1;
    if (length % slice === 0 && performance.now() > deadline) {
      $("live").textContent = `Computing: ${length} of ${size} rows.`;
      await new Promise((resolve) => setTimeout(resolve));
      if (mine !== ticket) return null;
      deadline = performance.now() + 40;
    }
  }
  return { ...plan, trace, length, rises, end: exact(plan.pairs) };
}

async function prepare() {
  stop();
  clearError();
  try {
    const fresh = await compute();
    if (!fresh) return false;
    run = fresh;
  } catch (error) {
    showError(error);
    return false;
  }
  dirty = false;
  $("name-y").textContent = run.pairs.yName;
  $("key-goal").hidden = run.end.kind !== "maximum";
  $("position").max = run.length - 1;
  tellTable(run);
  redraw();
  return true;
}

function redraw() {
  if (!run) return;
  plots = { curve: drawCurve(run), loss: drawLoss(run), path: drawPath(run) };
  show(Math.min(position, run.length - 1));
}

// Show one iteration; words that a reader needs only at rest wait until the motion ends.
function show(k, moving = false) {
  position = k;
  plots.curve.move(run.trace.w0[k], run.trace.w1[k]);
  plots.loss.move(k);
  plots.path.move(k);
  tellNow(run, k);
  $("position").value = k;
  $("position").setAttribute("aria-valuetext", `iteration ${k} of ${run.length - 1}`);
  $("position-text").textContent = k;
  $("step").disabled = !dirty && k >= run.length - 1;
  if (moving) return;
  tellHand(run, k);
  tellEnd(run, k);
  markTable(run, k);
}

function stop() {
  cancelAnimationFrame(frame);
  frame = 0;
  $("pause").disabled = !run || position >= run.length - 1;
  $("pause").textContent = "Resume";
}

function finish() {
  stop();
  show(position);
  $("live").textContent = `${sentence(run, position)} ${run.end.kind === "maximum" ? "" : run.end.message}`;
}

// Play from the current iteration to the last: slowly over the first steps, ever faster over the rest.
function play() {
  const from = position, last = run.length - 1, span = last - from;
  if (calm.matches || span <= 0) {
    position = last;
    return finish();
  }
  const bend = Math.log(span + 1) / 1.3, duration = 1500 + 900 * Math.log10(span + 1), begun = performance.now();
  $("pause").disabled = false;
  $("pause").textContent = "Pause";
  $("live").textContent = `Running ${span} iterations.`;
  const tick = (now) => {
    const share = Math.min(1, Math.max(0, now - begun) / duration);
    show(from + Math.round((span * Math.expm1(share * bend)) / Math.expm1(bend)), true);
    if (share < 1) frame = requestAnimationFrame(tick);
    else finish();
  };
  frame = requestAnimationFrame(tick);
}

function changed() {
  dirty = true;
  $("step").disabled = false;
  clearError();
  showRate();
}

async function openLesson(lesson) {
  $("lesson-text").textContent = lesson.text;
  $("data").value = lesson.data;
  $("rate").value = lesson.rate || "";
  $("iterations").value = lesson.iterations;
  $("standardize").checked = Boolean(lesson.standardize);
  showRate();
  position = 0;
  if (await prepare()) $("pause").disabled = true;
}

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  position = 0;
  if (await prepare()) play();
});
$("pause").addEventListener("click", () => {
  if (frame) finish();
  else play();
});
$("step").addEventListener("click", async () => {
  if (dirty || !run) {
    position = 0;
    if (!(await prepare())) return;
  }
  if (position < run.length - 1) position++;
  finish();
});
$("reset").addEventListener("click", async () => {
  position = 0;
  if (dirty && !(await prepare())) return;
  finish();
});
$("position").addEventListener("input", () => {
  position = Number($("position").value);
  stop();
  show(position);
});
$("log").addEventListener("change", redraw);
for (const id of ["data", "rate", "iterations", "standardize"]) $(id).addEventListener("input", changed);

const given = $("data").defaultValue;
const lessons = given === TOY ? LESSONS : [{ name: "Your data", data: given, iterations: 100, text: "The rows this page was made with." }, ...LESSONS];
lessons.forEach((lesson, i) => element($("lesson"), "option", lesson.name, { value: i }));
$("lesson").addEventListener("change", () => openLesson(lessons[Number($("lesson").value)]));
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== width) redraw();
  width = innerWidth;
});
openLesson(lessons[0]);
globalThis.statlogitDemo = { readPairs, descend, exact, safeRate, standardized, run: () => run };
