// Elements from text alone: no mark-up is ever parsed.

export const $ = id => document.getElementById(id);

/** make("p", {class: "note"}, "text", child, ...) */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

/** A finding as the report shows it. */
export function notice(severity, word, sentence, ...more) {
  return make("div", {class: `finding ${severity}`}, make("p", {}, make("strong", {class: "word"}, `${word}:`), ` ${sentence}`), ...more);
}

export const number = n => n.toLocaleString("en-US");
