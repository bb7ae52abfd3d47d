const part = name => document.getElementById(name);
const findings = [...document.querySelectorAll("section.finding")];

/** A text with a mark for each character that can't be shown. */
function shown(text) {
  return text.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, "\ufffd");
}

/** A new element with these children, elements or text. */
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.map(child => typeof child === "string" ? shown(child) : child));
  return made;
}

/** A name that may be broken after an underscore or a point. */
function breakable(name) {
  return name.split(/(?<=[_.])/).flatMap(piece => [piece, document.createElement("wbr")]);
}

/** By finding: the rows that stand for several, with those. */
const folds = findings.map(section => [...section.querySelectorAll("tr.fold")].map(row => ({
  row, button: row.querySelector("button"), isOpen: false,
  rows: [...section.querySelectorAll(`tr[data-in="${row.dataset.fold}"]`)],
})));

/** Folds what the reader didn't open, but for where the reader stands. */
function showFolds() {
  for (const fold of folds[reader.finding]) {
    const isHere = fold.rows.some(row => Number(row.dataset.point) === reader.point);
    const isOpen = fold.isOpen || isHere;
    fold.button.ariaExpanded = String(isOpen);
    for (const row of fold.rows) row.classList.toggle("folded", !isOpen);
  }
}

/** Marks the rows of the table by where the reader stands. */
function showRows() {
  const section = findings[reader.finding];
  const isOff = reader.walk.length > 0;
  let isBeyond = false;
  for (const row of section.querySelectorAll("tbody tr:not(.walked)")) {
    // Off the trace, nothing of it is shown that comes later.
    row.classList.toggle("beyond", isBeyond && isOff);
    if (!row.dataset.point) continue;
    const number = Number(row.dataset.point);
    row.classList.toggle("done", number < reader.point || isOff);
    mark(row, number === reader.point && !isOff);
    if (number === reader.point) isBeyond = true;
  }
  for (const line of section.querySelectorAll("[data-points]")) {
    const points = line.dataset.points.split(" ");
    line.classList.toggle("current", !isOff && points.includes(String(reader.point)));
  }
}

/** Marks a row as the one where the reader stands, or as another. */
function mark(row, isCurrent) {
  row.classList.toggle("current", isCurrent);
  if (isCurrent) row.setAttribute("aria-current", "step");
  else row.removeAttribute("aria-current");
}

/** Draws an arrow to the current row from each whose write its step saw. */
function showArrows() {
  const section = findings[reader.finding];
  section.querySelector("svg.arrows")?.remove();
  const row = section.querySelector("tr.current[data-from]");
  if (!row) return;
  const top = section.getBoundingClientRect().top;
  const middle = row => row.getBoundingClientRect().top - top + 15;
  const make = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const svg = make("svg", { class: "arrows", width: 14, height: section.offsetHeight, "aria-hidden": "true" });
  for (const number of row.dataset.from.split(" ")) {
    const writer = section.querySelector(`tr[data-point="${number}"]`);
    if (!writer?.checkVisibility()) continue;
    const [from, to] = [middle(writer), middle(row)];
    svg.append(make("path", { d: `M12 ${from}H7Q4 ${from} 4 ${from + 4}V${to - 4}Q4 ${to} 7 ${to}H12M8 ${to - 4}L12 ${to}L8 ${to + 4}` }));
  }
  section.append(svg);
}
