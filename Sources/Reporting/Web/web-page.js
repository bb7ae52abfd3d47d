"use strict";
const playbacks = JSON.parse(document.getElementById("data").textContent);
const findings = [...document.querySelectorAll("section.finding")];
const links = [...document.querySelectorAll("nav a")];
const part = name => document.getElementById(name);
let finding = 0, point = 0;

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

/** The point that a step from here leads to; null at the end of the schedule. */
function following() {
  const { points, loopsTo } = playbacks[finding];
  if (point < points.length - 1) return point + 1;
  return loopsTo === undefined ? null : loopsTo + 1;
}

/** By field: its value at the point. What the last step changed has the value before as well. */
function state() {
  const { fields, points } = playbacks[finding];
  const values = new Map(fields.map(field => [field.name, { value: field.value }]));
  for (let number = 1; number <= point; number++) {
    for (const { field, before, after } of points[number].changes) {
      values.set(field, number === point ? { value: after, before } : { value: after });
    }
  }
  return values;
}

/** A name that may be broken after an underscore or a point. */
function breakable(name) {
  return name.split(/(?<=[_.])/).flatMap(piece => [piece, document.createElement("wbr")]);
}

/** A field's name, what it belongs to in a lower voice: page0.refcount. */
function name(field) {
  const dot = field.lastIndexOf(".") + 1;
  const place = element("span", "soft", ...breakable(field.slice(0, dot)));
  return element("th", "", place, ...breakable(field.slice(dot)));
}

function showState() {
  const { fields, points } = playbacks[finding];
  const values = state();
  const moving = new Set(points.flatMap(each => each.changes.map(change => change.field)));
  const table = chosen => {
    const body = element("tbody");
    let owner;
    for (const field of chosen) {
      if (field.owner !== owner) {
        const head = element("th", "owner", field.owner);
        head.colSpan = 2;
        body.append(element("tr", "", head));
        owner = field.owner;
      }
      const { value, before } = values.get(field.name);
      const cell = element("td", "");
      if (before !== undefined) cell.append(element("s", "soft", before), " → ");
      cell.append(element("b", "", value));
      const row = element("tr", before === undefined ? "" : "changed", name(field.name), cell);
      row.firstChild.scope = "row";
      body.append(row);
    }
    return element("table", "", body);
  };
  const still = fields.filter(field => !moving.has(field.name));
  part("state").replaceChildren(table(fields.filter(field => moving.has(field.name))));
  part("rest").replaceChildren(table(still));
  part("rest-title").textContent = `${still.length} more fields, which the trace does not change`;
  part("rest-title").parentElement.hidden = still.length === 0;
}

function showOptions() {
  const { options } = playbacks[finding].points[point];
  part("ahead").hidden = options.length === 0;
  part("options").replaceChildren(...options.map(option => {
    const who = element("span", "soft", `CPU${option.cpu} ${option.actor}`);
    const step = element("code", "", ...breakable(option.step));
    const remarks = option.remarks.map(text => element("code", "remark", ...breakable(text)));
    const prospect = option.isTaken
      ? element("span", "prospect taken", "the trace goes on here")
      : element("span", `prospect ${option.prospect.kind}`, option.prospect.text);
    return element("li", "", who, step, ...remarks, prospect);
  }));
}

/** Goes to a point of a finding; outside the trace, to its nearest end. */
function show(newFinding, newPoint) {
  finding = Math.min(Math.max(newFinding, 0), playbacks.length - 1);
  const last = playbacks[finding].points.length - 1;
  point = Math.min(Math.max(newPoint, 0), last);

  findings.forEach((section, number) => { section.hidden = number !== finding; });
  links.forEach((link, number) => {
    link.toggleAttribute("aria-current", false);
    if (number === finding) link.setAttribute("aria-current", "true");
  });
  for (const row of findings[finding].querySelectorAll("tr[data-point]")) {
    const number = Number(row.dataset.point);
    row.classList.toggle("done", number < point);
    row.classList.toggle("current", number === point);
    if (number === point) row.setAttribute("aria-current", "step");
    else row.removeAttribute("aria-current");
  }
  for (const line of findings[finding].querySelectorAll("[data-points]")) {
    line.classList.toggle("current", line.dataset.points.split(" ").includes(String(point)));
  }
  part("place").textContent = `${point} of ${last}`;
  part("sentence").textContent = shown(playbacks[finding].points[point].sentence);
  // Not disabled: a button that is loses the focus.
  for (const button of ["first", "back"]) part(button).ariaDisabled = String(point === 0);
  part("next").ariaDisabled = String(following() === null);
  part("last").ariaDisabled = String(point === last);
  showState();
  showOptions();
}

/** Brings the row of the point into view. */
function reveal() {
  findings[finding].querySelector("tr.current").scrollIntoView({ block: "nearest" });
}

/** Goes to a point at the user's wish; the address then names it. */
function go(newFinding, newPoint) {
  show(newFinding, newPoint);
  // Who looks at the state below the trace wants to go on looking at it.
  const table = findings[finding].getBoundingClientRect();
  if (table.bottom > 0 && table.top < innerHeight) reveal();
  // A preview may forbid that the address changes.
  try { history.replaceState(null, "", `#${finding + 1}.${point}`); } catch {}
}

const ways = {
  first: () => go(finding, 0),
  back: () => go(finding, point - 1),
  next: () => go(finding, following() ?? point),
  last: () => go(finding, Infinity),
};
const keys = { Home: "first", ArrowLeft: "back", ArrowRight: "next", End: "last" };

/** Goes to what the address names: finding and point, such as #1.5. */
function follow() {
  const [, newFinding, newPoint] = location.hash.match(/^#(\d+)\.(\d+)$/) ?? [, "1", "0"];
  show(Number(newFinding) - 1, Number(newPoint));
  if (location.hash) reveal();
}

if (playbacks.length > 0) {
  for (const [id, way] of Object.entries(ways)) part(id).addEventListener("click", way);
  document.addEventListener("keydown", event => {
    const way = keys[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ways[way]();
  });
  document.addEventListener("click", event => {
    const row = event.target.closest("tr[data-point]");
    const link = links.indexOf(event.target.closest("nav a"));
    if (!row && link < 0) return;
    event.preventDefault();
    if (row) go(finding, Number(row.dataset.point));
    else go(link, 0);
  });
  addEventListener("hashchange", follow);
  // From here on the script decides what is scrolled to.
  for (const row of document.querySelectorAll("tr[id]")) row.removeAttribute("id");
  document.documentElement.classList.add("steps");
  for (const hidden of document.querySelectorAll("aside, .keys")) hidden.hidden = false;
  follow();
}
