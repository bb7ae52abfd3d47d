"use strict";
/** The traces with what surrounds them, as the program wrote them. */
const playbacks = JSON.parse(document.getElementById("data").textContent);

/**
 * Where the reader stands: at a point of a finding's trace and, off the trace, behind the ways that were gone
 * from there. What was taken back can be gone again.
 */
const reader = { finding: 0, point: 0, walk: [], undone: [] };

const playback = () => playbacks[reader.finding];

/** What a step does, with names in place of numbers. */
function described(effect) {
  const { effects, steps, fields, values } = playback();
  const { step, changes = [], quiet = [], sees = [], same = [], locals = [] } = effects[effect];
  const named = entries => entries.map(([field, ...held]) =>
    ({ field: fields[field].name, values: held.map(value => values[value]) }));
  const told = changes.filter(([field]) => !quiet.includes(field));
  return {
    ...steps[step], changes: named(changes), told: named(told), sees: named(sees), same: named(same),
    locals: locals.map(([name, value]) => ({ name: values[name], value: values[value] })),
  };
}

/** The steps that can be taken at a place, each with its effect and target; null where they aren't known. */
function waysFrom(place) {
  const ways = playback().places[place]?.ways;
  if (!ways) return null;
  return Array.from({ length: ways.length / 2 }, (_, number) =>
    ({ number, effect: ways[2 * number], target: ways[2 * number + 1] }));
}

/** What is wrong behind a way that nothing follows. */
const mishap = way => playback().mishaps[-1 - way.target];

/** The ways that were gone off the trace, as far as there are such ways. */
function gone(point = reader.point, walk = reader.walk) {
  const ways = [];
  let place = playback().points[point].at;
  for (const number of walk) {
    const way = waysFrom(place)?.[number];
    if (!way) break;
    ways.push(way);
    place = way.target;
  }
  return ways;
}

/** The number of the place; undefined where nothing follows the last step. */
function here() {
  const last = gone().at(-1);
  if (!last) return playback().points[reader.point].at;
  return last.target < 0 ? undefined : last.target;
}

/** The way that the trace goes from here, if it goes on. */
const onward = () => reader.walk.length ? undefined : playback().points[reader.point].taken;

/** What was done so far, as effects. */
function past() {
  const recorded = playback().points.slice(1, reader.point + 1).map(point => point.by);
  return [...recorded, ...gone().map(way => way.effect)];
}

/** By field: its value here. What the last step changed has the value before as well. */
function state() {
  const { fields } = playback();
  const values = new Map(fields.map(field => [field.name, { value: field.value }]));
  const done = past();
  done.forEach((effect, number) => {
    for (const { field, values: [before, after] } of described(effect).changes) {
      values.set(field, number === done.length - 1 ? { value: after, before } : { value: after });
    }
  });
  return values;
}

/** What was just done, what is now true and, off the trace, what lies ahead. */
function story() {
  const { points, consequence, foundAt, outlooks, places } = playback();
  const last = past().at(-1);
  const step = last === undefined ? null : described(last);
  const arrival = step ? `${step.actor}: ${step.name}.` : "Before the first step.";
  if (!reader.walk.length) {
    const isEnd = [foundAt, points.length - 1].includes(reader.point);
    return isEnd ? `${arrival} ${consequence}` : arrival;
  }
  const way = gone().at(-1);
  if (way.target < 0) return `${arrival} ${sentence(mishap(way))}`;
  const place = places[way.target];
  if (place.mishap) return `${arrival} ${sentence(place.mishap)}`;
  const outlook = outlooks[place.outlook].here;
  const isEnd = place.ways?.length === 0 && outlooks[place.outlook].kind !== "bad";
  return `${arrival} ${outlook}${isEnd ? " All actors have come to an end or to rest." : ""}`;
}

const sentence = text => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
