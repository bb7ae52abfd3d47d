/** By actor: the sites of the calls that it is in, as far as the steps up to a point tell. */
function openCalls(point) {
  const calls = new Map();
  for (const { by } of playback().points.slice(1, point + 1)) {
    const step = described(by);
    calls.set(step.actor, step.sites);
  }
  return calls;
}

/** The cell of a step, after the calls that it enters, and empty ones beside it. */
function cells(step, open) {
  const { lanes } = playback();
  const known = step.sites.findIndex((site, depth) => site !== open[depth]);
  const lines = [...step.calls.slice(known < 0 ? step.calls.length : known), step.name].map((text, number, all) => {
    const line = element("span", number < all.length - 1 ? "call" : "step", ...breakable(text));
    line.style.setProperty("--depth", step.calls.length - (all.length - 1) + number);
    return line;
  });
  const lane = lanes.indexOf(step.actor);
  const cell = element("td", "acts");
  cell.dataset.lane = shown(`CPU${step.cpu} ${step.actor}`);
  // An actor that the trace leaves alone has no lane, and its name beside the step.
  const isLeft = lane > 0 && lanes.length > 3 && lanes.length - lane <= lane;
  const first = isLeft || lane < 0 ? 0 : lane;
  const last = isLeft ? lane : lanes.length - 1;
  if (lane < 0) cell.append(element("span", "who call", `CPU${step.cpu} ${step.actor}`));
  if (isLeft) cell.classList.add("left");
  cell.append(...lines);
  cell.style.setProperty("--lane", Math.max(lane, 0));
  cell.style.setProperty("--span", last - first + 1);
  if (findings[reader.finding].querySelector(".trace.many")) {
    return [...lanes.map((_, number) => number === Math.max(lane, 0) ? cell : element("td"))];
  }
  cell.colSpan = last - first + 1;
  const empty = count => Array.from({ length: count }, () => element("td"));
  return [...empty(first), cell, ...empty(lanes.length - 1 - last)];
}

/** What a step changed and saw. */
function remarks(step, className = "") {
  const line = (kind, ...parts) => element("span", `${kind} ${className}`.trim(), ...parts);
  const sees = step.sees.flatMap(({ field, values: [value] }, number) =>
    [number ? ", " : "sees ", ...breakable(field), ` = ${value}`]);
  return [
    ...(sees.length ? [line("seen", ...sees)] : []),
    ...step.told.map(({ field, values: [before, after] }) =>
      line("change", ...breakable(field), ` ${before} → `, element("b", "", after))),
    ...step.same.map(({ field, values: [value] }) =>
      line("change", ...breakable(field), ` = ${value}`)),
    ...step.locals.map(({ name, value }) => line("local", ...breakable(name), ` = ${value}`)),
  ];
}

/** The address of a place: finding, point and, behind each slash, the number of a step that was taken. */
const address = (walk = reader.walk) =>
  [`#${reader.finding + 1}.${reader.point}`, ...walk.map(number => number + 1)].join("/");

/** Shows the walk off the trace as rows of the table, in place of how the trace goes on. */
function showWalk() {
  document.querySelectorAll("tr.walked").forEach(row => row.remove());
  const isOff = reader.walk.length > 0;
  part("off").hidden = !isOff;
  if (!isOff) return;
  const { lanes } = playback();
  const calls = openCalls(reader.point);
  const words = reader.point === 0
    ? "Off the trace from the start:" : `Off the trace after step ${reader.point}:`;
  const note = element("td", "", words);
  note.colSpan = lanes.length + 1;
  const rows = gone().map((way, number) => {
    const step = described(way.effect);
    const link = element("a", "", String(reader.point + number + 1));
    link.href = address(reader.walk.slice(0, number + 1));
    const head = element("th", "", link);
    head.scope = "row";
    const effect = element("td", "effect", ...remarks(step));
    const row = element("tr", "walked done", head, ...cells(step, calls.get(step.actor) ?? []), effect);
    row.dataset.walk = number + 1;
    calls.set(step.actor, step.sites);
    return row;
  });
  mark(rows.at(-1), true);
  findings[reader.finding].querySelector(`tr[data-point="${reader.point}"]`)
    .after(element("tr", "walked note", element("th"), note), ...rows);
  part("off-since").textContent = words.slice(0, -1) + ".";
}
