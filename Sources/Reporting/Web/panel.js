/** A field's name, what it belongs to in a lower voice: page0.refcount. */
function fieldName(field) {
  const dot = field.lastIndexOf(".") + 1;
  const place = element("span", "soft", ...breakable(field.slice(0, dot)));
  return element("th", "", place, ...breakable(field.slice(dot)));
}

/** Fields with their values, under whose they are. */
function fieldTable(fields, values) {
  const body = element("tbody");
  let owner;
  for (const field of fields) {
    if (field.owner !== owner) {
      const head = element("th", "owner", field.owner ?? "shared");
      head.colSpan = 2;
      body.append(element("tr", "", head));
      owner = field.owner;
    }
    const { value, before } = values.get(field.name);
    const cell = element("td", "");
    if (before !== undefined) cell.append(element("s", "soft", shown(before)), " → ");
    cell.append(element("b", "", value));
    const row = element("tr", before === undefined ? "" : "changed", fieldName(field.name), cell);
    row.firstChild.scope = "row";
    body.append(row);
  }
  return element("table", "", body);
}

/** The fields that some step changes, by number: of the trace, and of the walk so far. */
function moving() {
  const { effects, points } = playback();
  const all = [...points.slice(1).map(point => point.by), ...gone().map(way => way.effect)];
  return new Set(all.flatMap(effect => (effects[effect].changes ?? []).map(change => change[0])));
}

function showState() {
  const values = state();
  const moved = moving();
  const words = part("filter").value.toLowerCase().split(/\s+/);
  const fields = playback().fields
    .map((field, number) => ({ ...field, moves: moved.has(number) }))
    .filter(field => words.every(word => field.name.toLowerCase().includes(word)));
  const asked = fields.filter(field => field.isAsked)
    .map(field => ({ ...field, owner: "what the property looks at" }));
  const others = fields.filter(field => field.moves && !field.isAsked);
  const still = fields.filter(field => !field.moves && !field.isAsked);
  part("state").replaceChildren(fields.length
    ? fieldTable([...asked, ...others], values) : element("p", "soft", "No field has such a name."));
  part("rest").replaceChildren(fieldTable(still, values));
  part("rest-title").textContent = `${still.length} more fields, which the trace does not change`;
  part("rest-title").parentElement.hidden = still.length === 0;
}

/** A step that can be taken, as a button. */
function optionButton(way) {
  const { outlooks, places } = playback();
  const step = described(way.effect);
  const outlook = way.target < 0
    ? { kind: "bad", ahead: `goes wrong at once: ${mishap(way)}` } : outlooks[places[way.target].outlook];
  const isOnward = way.number === onward();
  const button = element("button", "option",
    ...(way.number < 9 ? [element("kbd", "", String(way.number + 1))] : []),
    element("span", "soft", `CPU${step.cpu} ${step.actor}`),
    element("code", "", ...breakable(step.name)), ...remarks(step, "remark"),
    isOnward ? element("span", "prospect taken", "the trace goes on here")
      : element("span", `prospect ${outlook.kind}`, outlook.ahead));
  button.type = "button";
  button.dataset.way = way.number;
  return element("li", "", button);
}

function showOptions() {
  const place = here();
  const ways = place === undefined ? [] : waysFrom(place);
  part("ahead").hidden = ways?.length === 0;
  const hadFocus = part("options").contains(document.activeElement);
  part("options").replaceChildren(...(ways ?? []).map(optionButton));
  // Whoever goes by keyboard goes on from there.
  if (hadFocus) (part("options").querySelector("button") ?? part("back")).focus({ preventScroll: true });
  part("further").hidden = ways !== null;
  if (ways === null) showFurther();
  // A walk may lead back to the trace.
  const again = reader.walk.length ? playback().points.findIndex(point => point.at === place) : -1;
  part("again").hidden = place === undefined || again < 0;
  if (again < 0) return;
  part("again-link").textContent = again === 0 ? "at the start of the trace" : `after step ${again} of the trace`;
  part("again-link").href = `#${reader.finding + 1}.${again}`;
}

/** Says how to go on where the page doesn't. */
function showFurther() {
  const command = part("walk");
  part("further-command").hidden = !command;
  if (!command) return;
  part("further-walk").textContent = command.textContent;
  const { points } = playback();
  const numbers = [...points.slice(0, reader.point).map(point => point.taken), ...reader.walk];
  part("further-numbers").textContent = numbers.map(number => number + 1).join(", ");
}

function showPanel() {
  const { points } = playback();
  const [last, steps] = [points.length - 1, reader.walk.length];
  const isOff = steps > 0;
  part("place").textContent = isOff ? `${reader.point} + ${steps}` : `${reader.point} of ${last}`;
  part("sentence").textContent = shown(story());
  // Not disabled: a button that is loses the focus.
  for (const button of ["first", "back"]) part(button).ariaDisabled = String(!isOff && reader.point === 0);
  part("next").ariaDisabled = String(isOff ? !reader.undone.length : following() === null);
  part("last").ariaDisabled = String(isOff ? !reader.undone.length : reader.point === last);
  showState();
  showOptions();
}
