const links = [...document.querySelectorAll("nav a")];

/** The point that a step from here leads to; null at the end of the schedule. */
function following() {
  const { points, loopsTo } = playback();
  if (reader.point < points.length - 1) return reader.point + 1;
  return loopsTo === undefined ? null : loopsTo + 1;
}

/** Goes to a point of a finding, to its nearest end where there is none, and from there off the trace. */
function show(finding, point, walk = [], undone = []) {
  reader.finding = Math.min(Math.max(finding, 0), playbacks.length - 1);
  reader.point = Math.min(Math.max(point, 0), playback().points.length - 1);
  reader.walk = walk.slice(0, gone(reader.point, walk).length);
  reader.undone = undone;
  findings.forEach((section, number) => { section.hidden = number !== reader.finding; });
  links.forEach((link, number) => {
    link.toggleAttribute("aria-current", false);
    if (number === reader.finding) link.setAttribute("aria-current", "true");
  });
  showRows();
  showFolds();
  showWalk();
  showPanel();
  showArrows();
}

/** Brings the current row into view. */
function reveal() {
  findings[reader.finding].querySelector("tr.current").scrollIntoView({ block: "nearest" });
}

/** Goes somewhere at the reader's wish; the address then names it. */
function go(finding, point, walk, undone) {
  show(finding, point, walk, undone);
  reveal();
  // A preview may forbid that the address changes.
  try { history.replaceState(null, "", address()); } catch {}
}

/** Goes so many steps of the walk, of those gone and those taken back. On the trace again, it is forgotten. */
function walkTo(count) {
  const all = [...reader.walk, ...reader.undone];
  go(reader.finding, reader.point, all.slice(0, count), count > 0 ? all.slice(count) : []);
}

/** Takes one of the steps that are possible here. */
function take(number) {
  const { points } = playback();
  if (number === onward()) return go(reader.finding, following() ?? reader.point);
  const ways = here() === undefined ? [] : waysFrom(here()) ?? [];
  if (number < ways.length) go(reader.finding, reader.point, [...reader.walk, number]);
}

const isOff = () => reader.walk.length > 0;
const ways = {
  first: () => isOff() ? walkTo(0) : go(reader.finding, 0),
  back: () => isOff() ? walkTo(reader.walk.length - 1) : go(reader.finding, reader.point - 1),
  next: () => reader.undone.length
    ? walkTo(reader.walk.length + 1) : isOff() || go(reader.finding, following() ?? reader.point),
  last: () => reader.undone.length ? walkTo(Infinity) : isOff() || go(reader.finding, Infinity),
  return: () => { if (isOff()) go(reader.finding, reader.point); },
};
const keys = {
  Home: "first", ArrowLeft: "back", Backspace: "back", ArrowRight: "next", End: "last", Escape: "return",
};

/** Goes to what the address names: finding, point and steps off the trace, such as #1.5 or #1.3/2/1. */
function follow() {
  const [, finding, point, walk] = location.hash.match(/^#(\d+)\.(\d+)((?:\/\d+)*)$/) ?? [, "1", "0", ""];
  show(Number(finding) - 1, Number(point), walk.split("/").slice(1).map(number => Number(number) - 1));
  if (location.hash) reveal();
}

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const filter = part("filter");
  if (event.target === filter) {
    if (event.key !== "Escape") return;
    filter.value = "";
    filter.blur();
    showState();
  } else if (event.key === "/") filter.focus();
  else if (keys[event.key]) ways[keys[event.key]]();
  else if (/^[1-9]$/.test(event.key)) take(Number(event.key) - 1);
  else return;
  event.preventDefault();
}

function onClick(event) {
  const at = selector => event.target.closest(selector);
  const fold = folds[reader.finding]?.find(({ button }) => button === at("button"));
  if (fold) {
    fold.isOpen = fold.button.ariaExpanded !== "true";
    showFolds();
    showArrows();
  } else if (at(".option")) take(Number(at(".option").dataset.way));
  else if (at("a[href^='#']") && !at("tr[data-point] > th, nav")) return;
  else if (at("tr[data-walk]")) walkTo(Number(at("tr[data-walk]").dataset.walk));
  else if (at("tr[data-point]")) go(reader.finding, Number(at("tr[data-point]").dataset.point));
  else if (at("nav a")) go(links.indexOf(at("nav a")), 0);
  else return;
  event.preventDefault();
}

if (playbacks.length > 0) {
  for (const [id, way] of Object.entries(ways)) part(id).addEventListener("click", way);
  part("filter").addEventListener("input", showState);
  part("handle").addEventListener("click", () => {
    const isOpen = document.querySelector("aside").classList.toggle("closed");
    part("handle").ariaExpanded = String(!isOpen);
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  addEventListener("hashchange", follow);
  addEventListener("resize", showArrows);
  // From here on the script decides what is scrolled to.
  for (const row of document.querySelectorAll("tr[id]")) row.removeAttribute("id");
  document.documentElement.classList.add("steps");
  for (const hidden of document.querySelectorAll("aside, .keys, tr.fold")) hidden.hidden = false;
  follow();
}
