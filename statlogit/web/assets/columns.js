// The columns of the data, and what is chosen of them.

import {$, make, number} from "./elements.js";

const SHOWN = 150; // rows of the table; a search finds the others
const CODINGS = {
  number: ["number", term => term],
  categories: ["categories", term => `C(${term})`],
  curve: ["curve", term => `bs(${term}, df=4)`],
};
const NUMERIC = ["number", "whole number"];

export class Columns {
  /** changed(formula) is called when a choice changes the formula. */
  constructor(changed) {
    this.changed = changed;
    this.show(null);
  }

  /** name: of the file, where this page has read it. */
  show(data, name = "Your data") {
    this.data = data;
    this.outcome = null;
    this.terms = new Map(); // column name -> coding
    this.rows = new Map();
    const place = $("facts");
    place.hidden = data === null;
    place.replaceChildren();
    if (data === null) return;
    this.byName = new Map(data.columns.map(column => [column.name, column]));
    const many = data.columns.length > SHOWN;
    place.append(
      make("p", {class: "about"}, make("strong", {}, data.name === "birthwt" ? "Low birth weight, Springfield 1986" : name), `: ${number(data.n_rows)} rows, ${number(data.columns.length)} columns.`),
      ...data.notes.map(note => make("p", {class: "note"}, note)),
      many ? this.search() : "",
      this.table(),
    );
  }

  search() {
    const list = make("input", {type: "search", id: "search", autocomplete: "off", input: event => this.fill(event.target.value)});
    return make("div", {class: "search"}, make("label", {for: "search"}, "Find a column"), list);
  }

  table() {
    this.body = make("tbody");
    const head = ["Column", "Outcome", "Term", "Type", "Missing", "Levels", "Values"];
    const sides = ["left", "centre", "left", "left", "", "", "left"];
    const table = make("table", {},
      make("caption", {}, make("span", {}, "Choose one outcome and the terms that may explain it")),
      make("thead", {}, make("tr", {}, ...head.map((text, k) => make("th", {scope: "col", class: sides[k]}, text)))),
      this.body);
    this.fill("");
    return make("div", {class: "scroll columns-table", tabindex: "0", role: "region", "aria-label": "Columns of the data"}, table);
  }

  fill(wanted) {
    const found = this.data.columns.filter(column => column.name.toLowerCase().includes(wanted.toLowerCase()));
    this.rows.clear();
    const rows = found.slice(0, SHOWN).map(column => this.row(column));
    if (found.length > SHOWN) rows.push(make("tr", {}, make("td", {colspan: 7, class: "left"}, `${number(found.length - SHOWN)} more columns; search for their names.`)));
    this.body.replaceChildren(...rows);
    this.mark();
  }

  row(column) {
    const usable = column.kind !== "empty";
    const radio = make("input", {type: "radio", name: "outcome", "aria-label": `Outcome: ${column.name}`, disabled: !usable, change: () => this.choose(column.name)});
    const box = make("input", {type: "checkbox", "aria-label": `Term: ${column.name}`, disabled: !usable, change: event => this.toggle(column.name, event.target.checked)});
    const coding = NUMERIC.includes(column.kind) && column.n_levels > 2
      ? make("select", {class: "as", "aria-label": `How ${column.name} enters: as`, change: event => this.code(column.name, event.target.value)},
        ...Object.entries(CODINGS).map(([key, [label]]) => make("option", {value: key}, label)))
      : null;
    if (coding) coding.hidden = true;
    const row = make("tr", {},
      make("th", {scope: "row"}, make("bdi", {}, column.name)),
      make("td", {class: "centre"}, make("label", {class: "pick"}, radio)),
      make("td", {class: "left term"}, make("label", {class: "pick"}, box), coding),
      make("td", {class: "left"}, column.kind),
      make("td", {class: column.missing ? "" : "quiet"}, number(column.missing)),
      make("td", {}, number(column.n_levels)),
      make("td", {class: "left values"}, make("bdi", {}, column.values)));
    this.rows.set(column.name, {row, radio, box, coding});
    return row;
  }

  choose(name) {
    this.outcome = name;
    this.terms.delete(name);
    this.write();
  }

  toggle(name, isOn) {
    if (isOn) this.terms.set(name, this.terms.get(name) ?? "number");
    else this.terms.delete(name);
    if (this.outcome === name) this.outcome = null;
    this.write();
  }

  code(name, coding) {
    this.terms.set(name, coding);
    this.write();
  }

  write() {
    this.mark();
    const spelled = [...this.terms].map(([name, coding]) => CODINGS[coding][1](this.byName.get(name).term));
    const left = this.outcome === null ? "" : this.byName.get(this.outcome).term;
    this.changed(left || spelled.length ? `${left} ~ ${spelled.join(" + ")}` : "");
  }

  /** Show as chosen what a formula written by hand uses. */
  follow(checked) {
    const [outcome] = checked.response_columns.length === 1 ? checked.response_columns : [null];
    this.outcome = outcome;
    const terms = new Map();
    for (const name of checked.variables) {
      const term = this.byName.get(name)?.term;
      if (term === undefined) continue;
      const used = Object.keys(CODINGS).find(coding => checked.terms.includes(CODINGS[coding][1](term)));
      terms.set(name, used ?? this.terms.get(name) ?? "number");
    }
    this.terms = terms;
    this.mark();
  }

  mark() {
    for (const [name, {row, radio, box, coding}] of this.rows) {
      const isTerm = this.terms.has(name);
      radio.checked = this.outcome === name;
      box.checked = isTerm;
      if (coding) {
        coding.hidden = !isTerm;
        coding.value = this.terms.get(name) ?? "number";
      }
      row.classList.toggle("chosen", isTerm || radio.checked);
    }
  }
}
