// The formula, checked while it is typed, and the choices that depend on its outcome.

import {ask} from "./calls.js";
import {$, make, notice, number} from "./elements.js";

const PAUSE = 250; // milliseconds after the last key
const MOST_CLASSES = 30;

export class Formula {
  /** read(checked) is called when a formula passes. */
  constructor(read) {
    this.read = read;
    this.asked = 0;
    this.field = $("formula");
    this.field.addEventListener("input", () => this.later(true));
    $("family").addEventListener("change", () => this.outcome());
  }

  reset(data) {
    clearTimeout(this.timer); // nothing is asked, and no answer taken, of data that have gone
    this.asked++;
    this.data = data;
    this.checked = null;
    this.column = null;
    this.write("");
    $("formula-state").replaceChildren();
    for (const id of ["family-field", "event-field"]) $(id).hidden = true;
  }

  get text() {
    return this.field.value;
  }

  /** A formula made from choices, not typed. */
  write(text, isTyped = false) {
    this.field.value = text;
    this.field.removeAttribute("aria-invalid");
    if (text) this.later(isTyped);
  }

  later(isTyped) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(isTyped), PAUSE);
  }

  /** Ask the gate. Resolves with whether the formula passes. */
  async check(isTyped = false) {
    clearTimeout(this.timer);
    const turn = ++this.asked;
    let found;
    try {
      found = await ask("POST", "/check", {formula: this.text});
    } catch (error) {
      found = {error: {message: error.message}};
    }
    if (turn !== this.asked) return false;
    this.checked = found.error ? null : found;
    this.field.setAttribute("aria-invalid", String(Boolean(found.error)));
    $("formula-state").replaceChildren(...(found.error ? this.wrong(found.error) : this.right(found)));
    if (found.error) return false;
    if (isTyped) this.read(found);
    this.outcome();
    return true;
  }

  wrong({message, start, end, hint}) {
    const text = this.text;
    const has = typeof start === "number" && text.trim() !== "";
    const stop = Math.max(end ?? start + 1, start + 1);
    const excerpt = has ? make("p", {class: "excerpt"}, text.slice(0, start), make("mark", {}, text.slice(start, stop) || " "), text.slice(stop)) : null;
    const place = has ? ` (character ${start + 1})` : "";
    return [notice("error", "Not yet", sentence(message) .replace(/\.$/, `${place}.`), excerpt,
      hint ? make("p", {class: "remedy"}, make("span", {class: "arrow", "aria-hidden": "true"}, "→ "), "Try: ", make("code", {}, hint)) : null)];
  }

  right(found) {
    const terms = found.terms.length;
    return [make("p", {class: "good"}, `✓ Explains `, make("bdi", {}, found.response), terms ? ` by ${terms} ${terms === 1 ? "term" : "terms"}.` : " by its mean alone.")];
  }

  /** Offer the levels of the outcome. */
  outcome() {
    const found = this.checked;
    const [name] = found.response_columns;
    const isPlain = found.response_columns.length === 1 && found.response === name;
    const column = isPlain ? this.data.columns.find(c => c.name === name) : null;
    const levels = column?.levels ?? [];
    const isMulti = levels.length > 2 && $("family").value === "multinomial";
    $("family-field").hidden = levels.length <= 2;
    $("event-field").hidden = levels.length < 2;
    const key = `${name} ${isMulti}`;
    if (key !== this.column) {
      this.column = key;
      $("event-label").textContent = isMulti ? "Reference level" : "Event: the level whose probability is modelled";
      const usual = isMulti ? 0 : levels.length - 1;
      $("event").replaceChildren(...levels.map(([level, n], k) => make("option", {value: level, selected: k === usual}, `${short(level)} (${number(n)} rows)`)));
    }
    if (column && column.n_levels < 2) this.warn(`${name} has one value in all rows. An outcome needs two; choose another.`);
    if (column && column.n_levels > MOST_CLASSES) this.warn(`${name} has ${number(column.n_levels)} different values. An outcome has two, or a few. Write a comparison, such as I(${column.term} > 10) ~ ...`);
  }

  warn(text) {
    $("formula-state").append(notice("warning", "Check", text));
  }

  /** The fit that is asked for. */
  wanted() {
    const chosen = id => $(id).value;
    const event = $("event-field").hidden ? null : chosen("event");
    const family = $("family-field").hidden ? "binary" : chosen("family");
    return {formula: this.text, family, event, penalty: chosen("penalty"), covariance: chosen("covariance"), level: Number(chosen("level"))};
  }
}

const short = text => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
const sentence = text => text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");
