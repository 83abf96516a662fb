// The page: data, model, results, each step opening the next.

import {ask, follow, stageOf} from "./calls.js";
import {Columns} from "./columns.js";
import {$, make, notice} from "./elements.js";
import {Formula} from "./formula.js";
import {Models} from "./models.js";

const limits = JSON.parse(document.querySelector("meta[name=limits]").content);
const EXAMPLE = "low ~ age + lwt + C(race) + smoke";
const columns = new Columns(text => formula.write(text));
const formula = new Formula(checked => columns.follow(checked));
const models = new Models();
let running = null; // the job that the bar shows
let isUnwanted = false; // Cancel was pressed, perhaps before the job had a number

history.replaceState(null, "", "/"); // the key leaves the address, and so the history
$("file-note").textContent = `The first line names the columns. At most ${limits.megabytes.toLocaleString("en-US")} MB and ${limits.columns.toLocaleString("en-US")} columns.`;

const wrong = error => notice("error", "Not done", error.message);

function showData(data, name) {
  columns.show(data, name);
  formula.reset(data);
  models.clear();
  $("fit-state").replaceChildren();
  $("compare-state").replaceChildren();
  $("model").hidden = data === null;
  $("drop").classList.toggle("has-data", data !== null);
  if (data?.name === "birthwt") formula.write(EXAMPLE, true);
}

async function bring(start, name) {
  const state = $("data-state");
  state.replaceChildren(make("p", {}, "Sending …"));
  try {
    const job = await follow(await start(), now => state.replaceChildren(make("p", {}, stageOf(now))));
    if (job.state !== "done") throw new Error(job.error?.message ?? "Reading was cancelled.");
    state.replaceChildren();
    showData((await ask("GET", "/state")).data, name);
    state.append(make("p", {class: "hidden"}, "The data are read. Choose an outcome and terms below."));
  } catch (error) {
    state.replaceChildren(wrong(error));
  }
}

function bringFile(file) {
  if (file.size > limits.megabytes * 1e6) {
    $("data-state").replaceChildren(notice("error", "Not done", `${file.name} has ${Math.ceil(file.size / 1e6).toLocaleString("en-US")} MB; at most ${limits.megabytes} MB are read. Keep fewer rows or columns, or start statlogit serve with a larger --max-mb.`));
    return;
  }
  bring(() => ask("POST", "/data", file), file.name);
}

$("file").addEventListener("change", event => {
  const [file] = event.target.files;
  event.target.value = "";
  if (file) bringFile(file);
});
$("example").addEventListener("click", () => bring(() => ask("POST", "/example")));

for (const type of ["dragover", "dragleave", "drop"]) {
  addEventListener(type, event => {
    event.preventDefault();
    $("drop").classList.toggle("over", type === "dragover");
    const [file] = type === "drop" ? event.dataTransfer.files : [];
    if (file) bringFile(file);
  });
}

function working(isOn) {
  $("progress").hidden = !isOn;
  $("fit").disabled = isOn;
}

/** Follow a job with the bar and the cancel button; resolves with the job, or with null where it was cancelled. */
async function run(start) {
  working(true);
  isUnwanted = false;
  $("stage").textContent = "Starting …";
  try {
    running = await start();
    $("cancel").focus();
    if (isUnwanted) await stop();
    const job = await follow(running, now => { $("stage").textContent = stageOf(now); });
    if (job.state === "failed") throw new Error(job.error.message);
    return job.state === "done" ? job : null;
  } catch (error) {
    if (isUnwanted) return null; // it ended while Cancel was on its way, and is removed
    throw error;
  } finally {
    running = null;
    working(false);
  }
}

async function stop() {
  isUnwanted = true;
  try {
    if (running) await ask("DELETE", `/jobs/${running.job}`);
  } catch { /* it has ended */ }
}

$("cancel").addEventListener("click", stop);

$("form").addEventListener("submit", async event => {
  event.preventDefault();
  if (running) return;
  $("fit-state").replaceChildren();
  if (!(await formula.check())) { formula.field.focus(); return; }
  try {
    const job = await run(() => ask("POST", "/fits", formula.wanted()));
    if (job === null) {
      $("fit-state").replaceChildren(notice("note", "Cancelled", "The fit was stopped."));
      $("fit").focus();
      return;
    }
    models.add(job);
    models.open(models.known.get(job.job));
  } catch (error) {
    $("fit-state").replaceChildren(wrong(error));
    $("fit").focus();
  }
});
$("formula").addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); $("form").requestSubmit(); }
});

$("compare").addEventListener("click", async () => {
  const state = $("compare-state");
  const wanted = models.chosen();
  $("compare").disabled = true;
  try {
    const job = await follow(await ask("POST", "/comparisons", {models: wanted}), now => state.replaceChildren(make("p", {}, stageOf(now))));
    if (job.state !== "done") throw new Error(job.error?.message ?? "The comparison was cancelled.");
    state.replaceChildren();
    models.open(job);
  } catch (error) {
    state.replaceChildren(wrong(error));
  }
  models.count();
});

$("forget").addEventListener("click", async () => {
  try {
    await ask("DELETE", "/session");
    showData(null);
    $("data-state").replaceChildren(notice("ok", "Done", "Your data, models and reports are removed."));
    $("data").focus();
  } catch (error) {
    $("data-state").replaceChildren(wrong(error));
  }
});

const held = await ask("GET", "/state");
if (held.data) {
  showData(held.data);
  for (const model of held.models) models.add(model);
}

// A page that is looked at is no idle session.
setInterval(() => {
  if (document.visibilityState === "visible") ask("GET", "/state").catch(() => {});
}, 5 * 60_000);
