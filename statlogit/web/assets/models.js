// Fitted models: what each says, its files, and models side by side.

import {ask} from "./calls.js";
import {$, make, notice} from "./elements.js";

const WORDS = {error: "Error", warning: "Warning", note: "Note", ok: "OK"};
const LABELS = {".html": "Web page", ".docx": "Word", ".xlsx": "Excel", ".txt": "Text"};
const PENALTIES = {none: null, firth: "Firth's shrinkage", ridge: "ridge shrinkage"};
const ORDER = Object.keys(LABELS);

export class Models {
  constructor() {
    this.known = new Map();
    this.shown = null;
  }

  clear() {
    this.known.clear();
    this.close();
    this.draw();
  }

  add(job) {
    this.known.set(job.job, job);
    this.draw();
  }

  draw() {
    $("results").hidden = this.known.size === 0;
    const chosen = new Set(this.chosen());
    const cards = [...this.known.values()].reverse().map(model => this.card(model, chosen));
    $("models").replaceChildren(...cards);
    $("compare-row").hidden = this.known.size < 2;
    this.count();
  }

  chosen() {
    return [...document.querySelectorAll("#models input:checked")].map(box => Number(box.value));
  }

  count() {
    $("compare").disabled = this.chosen().length < 2;
  }

  card(model, chosen) {
    const {job, title: name, result, fit} = model;
    const grave = [...result.findings].filter(f => f.severity === "error" || f.severity === "warning");
    const title = `model-${job}`;
    const choices = [`Models ${result.models}`, PENALTIES[fit.penalty], fit.covariance === "model" ? null : `${fit.covariance} standard errors`, fit.level === 0.95 ? null : `${100 * fit.level} % confidence`];
    return make("li", {class: `card${this.shown === job ? " read" : ""}`, "aria-labelledby": title},
      make("div", {class: "head"},
        make("h3", {id: title, tabindex: "-1"}, name),
        make("label", {class: "check"}, make("input", {type: "checkbox", value: job, checked: chosen.has(job), change: () => this.count()}), "Compare", make("span", {class: "hidden"}, ` ${name}`))),
      make("p", {class: "formula"}, make("code", {}, result.formula)),
      make("p", {class: "note"}, choices.filter(Boolean).join("; "), "."),
      make("dl", {class: "tiles"}, ...result.tiles.map(([label, text]) => make("div", {class: "tile"}, make("dt", {}, label), make("dd", {}, text)))),
      ...grave.slice(0, 3).map(f => notice(f.severity, WORDS[f.severity], f.sentence)),
      result.failure && fit.penalty === "none" ? make("p", {class: "note"}, `To have finite estimates, choose ${fit.family === "binary" ? "Firth" : "ridge"} under More choices, Shrinkage, and fit again.`) : null,
      grave.length > 3 ? make("p", {class: "note"}, `${grave.length - 3} more in the report.`) : null,
      make("div", {class: "row"},
        make("button", {type: "button", class: "button small primary", click: () => this.open(model)}, "Read the report", make("span", {class: "hidden"}, ` of ${name}`)),
        make("button", {type: "button", class: "button small", click: () => this.remove(job)}, "Remove", make("span", {class: "hidden"}, ` ${name}`))));
  }

  /** Show a report with its files; the heading takes the focus. */
  open(job) {
    const {result} = job;
    this.shown = job.kind === "fit" ? job.job : null;
    this.draw();
    $("reader").hidden = false;
    $("reader-title").textContent = job.kind === "fit" ? `Report of ${job.title}` : `Comparison of ${result.names.join(", ")}`;
    const files = ORDER.filter(suffix => result.formats.includes(suffix)).map(suffix => [suffix, LABELS[suffix]]);
    if (job.kind === "fit") files.push([".json", "Model file"]);
    const links = files.map(([suffix, label]) => make("a", {class: "button small", href: `/jobs/${job.job}/file${suffix}`, download: true}, make("span", {class: "hidden"}, "Download: "), label));
    $("reader-links").replaceChildren(
      make("span", {class: "note", "aria-hidden": "true"}, "Download"), ...links,
      make("a", {class: "button small", href: `/jobs/${job.job}/file.html?show`, target: "_blank", rel: "noopener"}, "Open alone", make("span", {class: "hidden"}, " (new tab)")));
    $("page-frame").replaceChildren(make("iframe", {sandbox: "", src: `/jobs/${job.job}/file.html?show`, title: $("reader-title").textContent}));
    $("reader-title").focus({preventScroll: true});
    $("reader").scrollIntoView({block: "start"});
  }

  close() {
    this.shown = null;
    $("reader").hidden = true;
    $("page-frame").replaceChildren();
  }

  async remove(job) {
    await ask("DELETE", `/jobs/${job}`);
    this.known.delete(job);
    if (this.shown === job) this.close();
    this.draw();
    (this.known.size ? $("results") : $("model")).focus();
  }
}
