// What the page says about a run: the numbers now, the next step by hand, the end, the table.

const TABLE_ROWS = 200, HAND_ROWS = 6;

function tellNow(run, k) {
  const { trace } = run, place = $("now");
  place.replaceChildren();
  for (const [name, values] of [["w0", trace.w0], ["w1", trace.w1], ["loss", trace.loss]]) {
    const pair = element(place, "div");
    element(pair, "dt", name);
    element(pair, "dd", shown(values[k]), { id: `now-${name}` });
  }
}

function tellHand(run, k) {
  const { pairs, trace, rate } = run, place = $("hand"), [w0, w1] = [trace.w0[k], trace.w1[k]];
  place.replaceChildren();
  element(place, "p", `At iteration ${k}; p is the height of the curve over x${pairs.shownName === "x" ? "" : `, the ${pairs.shownName}`}.`, { class: "hint" });
  const scroll = element(place, "div", "", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Sums for the next step" });
  const table = element(scroll, "table", "", { class: "sums" });
  const head = element(element(table, "thead"), "tr"), body = element(table, "tbody");
  for (const text of ["x", "y", "p", "p − y", "(p − y) x"]) element(head, "th", text, { scope: "col" });
  const row = (first, cells) => {
    const line = element(body, "tr");
    element(line, "th", first, { scope: "row" });
    for (const text of cells) element(line, "td", text);
  };
  for (let i = 0; i < Math.min(pairs.n, HAND_ROWS); i++) {
    const eta = w0 + w1 * pairs.x[i], p = sigmoid(eta), miss = pairs.y[i] ? -sigmoid(-eta) : p;
    row(shortest(pairs.x[i]).length < 9 ? shortest(pairs.x[i]) : brief(pairs.x[i]),
      [String(pairs.y[i]), brief(p), brief(miss), brief(miss * pairs.x[i])]);
  }
  if (pairs.n > HAND_ROWS) row(`and ${pairs.n - HAND_ROWS} more`, ["", "", "…", "…"]);
  row(`mean of ${pairs.n}`, ["", "", brief(trace.g0[k]), brief(trace.g1[k])]);
  for (const [name, w, g] of [["w0", w0, trace.g0[k]], ["w1", w1, trace.g1[k]]])
    element(place, "p", `${name} ← ${typeset(w)} − ${Number(rate.toPrecision(4))} × ${g < 0 ? `(${typeset(g)})` : typeset(g)} = ${typeset(w - rate * g)}`,
      { class: "equation" });
}

function tellEnd(run, k) {
  const { trace, end, pairs, length } = run, place = $("end"), [w0, w1, loss] = [trace.w0[k], trace.w1[k], trace.loss[k]];
  place.replaceChildren();
  $("end-card").className = `card ${end.kind === "maximum" ? "reached" : "warn"}`;
  if (end.kind === "maximum") {
    element(place, "p", "The labels overlap, so exactly one pair of weights has the smallest loss. Newton's method finds it to the last digit:");
    const scroll = element(place, "div", "", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Exact weights and the gap" });
    const table = element(scroll, "table", "", { class: "sums" }), body = element(table, "tbody");
    const head = element(element(table, "thead"), "tr");
    for (const text of ["", "w0", "w1", "loss"]) element(head, text ? "th" : "td", text, text ? { scope: "col" } : {});
    for (const [name, a, b, c] of [["exact", end.w0, end.w1, end.loss], [`iteration ${k}`, w0, w1, loss], ["gap", w0 - end.w0, w1 - end.w1, loss - end.loss]]) {
      const line = element(body, "tr");
      element(line, "th", name, { scope: "row" });
      for (const value of [a, b, c]) element(line, "td", shown(value));
    }
    if (pairs.scale)
      element(place, "p", `In units of ${pairs.xName}: w0 = ${shown(end.w0 - (end.w1 * pairs.centre) / pairs.scale)}, w1 = ${shown(end.w1 / pairs.scale)}.`);
  } else {
    element(place, "p", end.message);
    const middle = -w0 / w1;
    if (end.threshold !== null && Number.isFinite(middle))
      element(place, "p", `At iteration ${k} the curve crosses one half at ${pairs.shownName} = ${brief(middle)} with slope w1 = ${brief(w1)}.`);
  }
  if (run.rises)
    element(place, "p", `The loss rose at ${run.rises} of ${length - 1} steps. It cannot rise at a rate up to ${brief(run.safe)}.`);
  if (length - 1 < run.iterations)
    element(place, "p", `Stopped at iteration ${length - 1}: the next row is not finite. Use a smaller rate.`);
}

function tellTable(run) {
  const { trace, length } = run, body = $("rows"), rows = sample(length, TABLE_ROWS);
  $("table-note").textContent = rows.length < length ? `${rows.length} of ${length} rows, ever fewer as the run goes on` : "";
  const lines = rows.map((k) => {
    const line = document.createElement("tr");
    element(line, "th", String(k), { scope: "row" });
    for (const values of [trace.w0, trace.w1, trace.loss]) element(line, "td", shown(values[k]));
    return line;
  });
  body.replaceChildren(...lines);
  run.tableRows = rows;
}

function markTable(run, k) {
  const body = $("rows");
  body.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const index = run.tableRows.indexOf(k);
  if (index >= 0) body.children[index].setAttribute("aria-current", "true");
}

const sentence = (run, k) =>
  `Iteration ${k}: w0 ${brief(run.trace.w0[k])}, w1 ${brief(run.trace.w1[k])}, loss ${brief(run.trace.loss[k])}.`;
