"""Uses the web pages in a folder as a reader would, and fails with a list of what is wrong."""

import base64
import json
import pathlib
import random
import subprocess
import sys

from browser import Browser, find

folder = pathlib.Path(sys.argv[1])
straypage = sys.argv[2]
failures = []
checks = 0


def check(is_so, what):
    global checks
    checks += 1
    if not is_so:
        failures.append(what)


def trace(name):
    """The trace that was saved beside a page."""
    return json.loads((folder / f"{name}.json").read_text())


def place(b):
    return b.ask("document.getElementById('place').textContent")


def sentence(b):
    return b.ask("document.getElementById('sentence').textContent")


def state(b):
    """By field: its value as the page shows it now."""
    return b.ask("Object.fromEntries([...document.querySelectorAll('.state tr:has(td)')].map("
                 "row => [row.cells[0].textContent, row.cells[1].lastChild.textContent]))")


def fits(b, name):
    wide = b.ask("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(wide <= 0, f"{name}: is {wide} px too wide")


def agrees(b, name):
    """Whether the state shows what the trace's row says was stored, and marks just what that changed."""
    told = b.ask("[...document.querySelectorAll('section:not([hidden]) .current .change')].map("
                 "e => e.textContent)")
    shown = b.ask("[...document.querySelectorAll('.state .changed')].map("
                  "row => row.cells[0].textContent + ' ' + row.cells[1].textContent)")
    same = [text.removesuffix(", as before").split(" = ", 1) for text in told if text.endswith(", as before")]
    told = [text for text in told if not text.endswith(", as before")]
    now = state(b)
    return (sorted(told) == sorted(shown) and all(now.get(field) == value for field, value in same),
            f"{name}: the row tells {told} and {same}, the state shows {shown}")


CONTRAST = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = color => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = color => { const [r, g, b] = color.map(v => v / 255).map(
    v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; }
    return rgb('white'); };
  let worst = [99, ''];
  for (const e of document.querySelectorAll('body *')) {
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!text || !e.checkVisibility() || e.closest('script')) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst[0]) worst = [ratio, e.textContent.trim().slice(0, 40)];
  }
  return worst;
})()"""


def legible(b, name):
    ratio, text = b.ask(CONTRAST)
    check(ratio >= 4.5, f"{name}: contrast of only {ratio:.2f}: {text}")


def steps_through(b, name, length, last_words):
    """From the first point to the last and back, by keys and by buttons."""
    check(place(b) == f"0 of {length}", f"{name}: begins at {place(b)}")
    for way, forward, back in (("keys", lambda: b.key("ArrowRight"), lambda: b.key("ArrowLeft")),
                               ("buttons", lambda: b.click("#next"), lambda: b.click("#back"))):
        seen = [state(b)]
        for number in range(1, length + 1):
            forward()
            seen.append(state(b))
            check(*agrees(b, f"{name}, {way}: {number}"))
            check(place(b) == f"{number} of {length}", f"{name}, {way}: {number} is {place(b)}")
            current = b.ask("document.querySelector('section:not([hidden]) tr[aria-current]')"
                            ".dataset.point")
            check(current == str(number), f"{name}, {way}: at {number}, row {current} is marked")
        check(last_words in sentence(b), f"{name}, {way}: ends with '{sentence(b)}'")
        for number in range(length - 1, -1, -1):
            back()
            check(state(b) == seen[number], f"{name}, {way}: another state on the way back, {number}")
        check(place(b) == f"0 of {length}", f"{name}, {way}: comes back to {place(b)}")
    b.key("End")
    check(place(b) == f"{length} of {length}", f"{name}: End leads to {place(b)}")
    b.key("Home")
    check(place(b) == f"0 of {length}", f"{name}: Home leads to {place(b)}")
    b.click("#last")
    check(place(b) == f"{length} of {length}", f"{name}: Last leads to {place(b)}")
    b.click("#first")
    check(place(b) == f"0 of {length}", f"{name}: First leads to {place(b)}")


def texts(b, selector):
    return b.ask(f"[...document.querySelectorAll({json.dumps(selector)})].filter("
                 "e => e.checkVisibility()).map(e => e.textContent)")


def walk_of_command(b, numbers):
    """The state that the command shown by the page comes to by the steps of these numbers."""
    command = b.ask("document.getElementById('walk').textContent").split()
    lines = "".join(f"{number}\n" for number in numbers) + "s\nq\n"
    answer = subprocess.run([straypage, *command[1:]], input=lines, capture_output=True, text=True,
                            check=True).stdout
    last = answer.rsplit("> ", 2)[1]
    return {name.strip(): value for name, value in
            (line.split(" = ", 1) for line in last.splitlines() if " = " in line)}


def strays(b, name, length, seed):
    """Leaves the trace by keys, wherever that leads, and holds each state to that of a walk by command."""
    chance = random.Random(seed)
    b.open(folder / f"{name}.html")
    taken = []
    for _ in range(chance.randrange(length)):
        taken.append(1 + b.ask("onward()"))
        b.key("ArrowRight")
    point = len(taken)
    while True:
        options = b.ask("document.querySelectorAll('#options button').length")
        others = [number for number in range(1, min(options, 9) + 1)
                  if b.ask("onward()") != number - 1]
        if not others or len(taken) > point + 8:
            break
        number = chance.choice(others)
        b.key(str(number))
        taken.append(number)
        steps = len(taken) - point
        here = f"{name}, off at {point}, then {taken[point:]}"
        check(place(b) == f"{point} + {steps}", f"{here}: is at {place(b)}")
        check(b.ask("location.hash") == f"#1.{point}" + "".join(f"/{n}" for n in taken[point:]),
              f"{here}: the address is {b.ask('location.hash')}")
        check(*agrees(b, here))
        check(len(texts(b, "tr[data-walk]")) == steps, f"{here}: the walk's rows")
        fits(b, here)
    if len(taken) == point:
        return 0
    legible(b, f"{name}, off the trace")
    wrong = "goes wrong at once" in sentence(b) or b.ask("here() === undefined")
    shown, fragment = state(b), b.ask("location.hash")
    if not wrong:
        told = walk_of_command(b, taken)
        check(shown == told, f"{name}, {taken}: the page shows {shown}, the command {told}")
    rows = [b.ask("document.querySelectorAll('tr[data-point]').length"), len(texts(b, "tr[data-point]"))]
    check(rows[1] <= point + 1, f"{name}: off at {point}, {rows[1]} rows of the trace are shown")
    b.open(folder / f"{name}.html", fragment)
    check(state(b) == shown, f"{name}: {fragment} shows another state")
    for steps in range(len(taken) - point - 1, 0, -1):
        b.key("ArrowLeft")
        check(place(b) == f"{point} + {steps}", f"{name}: back leads to {place(b)}")
    b.key("End")
    check(place(b) == f"{point} + {len(taken) - point}" and state(b) == shown,
          f"{name}: the walk can't be gone again")
    b.key("Escape")
    check(place(b) == f"{point} of {length}" and not texts(b, "tr.walked"),
          f"{name}: Escape leads to {place(b)}")
    return len(taken) - point


FREED = "After step 5 it is no longer true that a page that virtio-mem owns is on no free list"

with Browser(find()) as b:
    for name in sorted(path.stem for path in folder.glob("*.html")):
        for width, height, scheme in ((1280, 800, "light"), (1280, 800, "dark"),
                                      (390, 844, "light"), (390, 844, "dark")):
            b.size(width, height)
            b.medium(scheme)
            b.open(folder / f"{name}.html")
            b.key("End")
            fits(b, f"{name} at {width}")
            legible(b, f"{name} in {scheme} at {width}")
            shade = b.ask("getComputedStyle(document.body).backgroundColor")
            dark = sum(map(int, shade[4:-1].split(","))) < 3 * 128
            check(dark == (scheme == "dark"), f"{name}: {scheme} is {shade}")

    for width, height in ((1280, 800), (390, 844)):
        b.size(width, height)
        b.medium("light")
        b.open(folder / "race.html")
        steps_through(b, f"race at {width}", 5, FREED)
    check(b.ask("document.querySelector('#sentence').ariaLive") == "polite", "steps are not told")
    b.key("Tab")
    outline = b.ask("getComputedStyle(document.activeElement).outlineStyle")
    check(outline == "solid", "the focus can't be seen")

    # Where the other steps would have led.
    b.size(1280, 800)
    b.open(folder / "race.html", "#1.2")
    check(place(b) == "2 of 5", f"the address leads to {place(b)}")
    others = b.ask("[...document.querySelectorAll('#options li')].map(e => e.textContent)")
    check(len(others) == 2 and "nothing can go wrong from there" in others[0]
          and "the trace goes on here" in others[1], f"other steps: {others}")
    b.click("section:not([hidden]) tr[data-point='4'] a")
    check(place(b) == "4 of 5", f"a row's number leads to {place(b)}")

    # Off the trace, by a click, by Enter and by number.
    b.open(folder / "race.html", "#1.2")
    b.click("#options li:first-child button")
    check(place(b) == "2 + 1" and "Nothing can go wrong any more" in sentence(b),
          f"a click leads to {place(b)}: {sentence(b)}")
    check(texts(b, "tr.walked.note") == ["Off the trace after step 2:"],
          f"the walk is headed {texts(b, 'tr.walked.note')}")
    b.click("#return")
    check(place(b) == "2 of 5", f"the button returns to {place(b)}")
    b.ask("document.querySelector('#options button').focus()")
    b.key("Enter")
    check(place(b) == "2 + 1", f"Enter leads to {place(b)}")
    check(b.ask("document.activeElement.className") == "option", "the focus is lost by Enter")
    b.key("1")
    check(place(b) == "2 + 2", f"1 leads to {place(b)}")
    b.open(folder / "race.html", "#1.2/1/99/1")
    check(place(b) == "2 + 1", f"an address with a step that isn't there leads to {place(b)}")
    b.open(folder / "race.html", "#1.2/2")
    check("2 + 1" == place(b) and texts(b, "#again") == [
        "It is the same state as after step 3 of the trace."], f"again: {texts(b, '#again')}")
    for name, rounds in (("race", 6), ("warning", 4), ("crowd", 2), ("lanes", 4)):
        b.open(folder / f"{name}.html")
        length = b.ask("playback().points.length") - 1
        walked = sum(strays(b, name, length, seed) for seed in range(rounds))
        check(walked > 3, f"{name}: only {walked} steps off the trace")

    # Where the page goes no further it says how to go on.
    b.open(folder / "crowd.html")
    walked = b.ask("""(() => { for (let number = 0; waysFrom(here() ?? -1)?.length; number++) {
      const ways = waysFrom(here()); take(ways.findLast(way => way.number !== onward() &&
        !(playback().places[way.target]?.ways?.length === 0)).number); }
      return reader.walk.length; })()""")
    check(walked > 1 and b.ask("here() !== undefined"), f"crowd: ends after {walked} steps")
    further = texts(b, "#further")
    check(len(further) == 1 and "simulate put-page-race" in further[0], f"further: {further}")
    fits(b, "crowd, far off")

    # The filter, and what the property looks at.
    b.open(folder / "race.html", "#1.3")
    check(texts(b, "#state .owner")[0] == "what the property looks at", "nothing is asked for first")
    b.key("/")
    for character in "free":
        b.call("Input.insertText", text=character)
    names = texts(b, ".state tr:has(td) th")
    check(names and all("free" in name for name in names), f"filtered: {names}")
    check(place(b) == "3 of 5", "typing into the filter steps")
    b.key("Escape")
    check(len(texts(b, ".state tr:has(td) th")) > len(names) and place(b) == "3 of 5",
          "the filter is not taken away by Escape")

    # From a write to the read that saw it.
    b.open(folder / "lanes.html", "#1.4")
    check(b.ask("document.querySelectorAll('svg.arrows path').length") == 1, "no arrow at step 4")
    check(texts(b, "tr.current .from") == ["written by step 2"], "nor its words")

    # A long trace is folded, but for where the reader stands.
    b.open(folder / "long.html")
    all_rows = b.ask("document.querySelectorAll('tr[data-point]').length")
    folded = len(texts(b, "tr[data-point]"))
    check(folded < all_rows and len(texts(b, "tr.fold")) > 0, f"{folded} of {all_rows} rows are shown")
    b.click("tr.fold button")
    check(len(texts(b, "tr[data-point]")) > folded, "a fold doesn't open")
    b.click("tr.fold button")
    check(len(texts(b, "tr[data-point]")) == folded, "a fold doesn't close")

    # Hundreds of steps.
    b.open(folder / "many.html")
    length = len(trace("many")["steps"])
    b.key("End")
    check(length == 400 and place(b) == f"{length} of {length}", f"many: End leads to {place(b)}")
    size = (folder / "many.html").stat().st_size
    check(size < 800 * length, f"many: {size} bytes for {length} steps")

    # No name is broken in its lane, but for where it has a blank.
    for name in ("race", "long", "lanes", "six"):
        b.open(folder / f"{name}.html")
        broken = b.ask("""[...document.querySelectorAll('.acts > .step, .acts > .call')]
          .filter(e => e.checkVisibility() && Math.round(e.getBoundingClientRect().height / 19.5)
            > e.textContent.trim().split(/\\s+/).length)
          .map(e => e.textContent)""")
        check(not broken, f"{name}: broken names {broken}")
        outside = b.ask("""[...document.querySelectorAll('.acts > span')].filter(e => {
          const [a, b] = [e.getBoundingClientRect(), e.parentElement.getBoundingClientRect()];
          return e.checkVisibility() && (a.left < b.left - 1 || a.right > b.right + 1); }).length""")
        check(outside == 0, f"{name}: {outside} names run out of their cells")

    # On a phone the state stays in sight.
    b.size(390, 844)
    b.open(folder / "race.html")
    for _ in range(5):
        b.key("ArrowRight")
        seen = b.ask("""(() => { const e = document.querySelector('#state .changed') ??
            document.querySelector('#state');
          const r = e.getBoundingClientRect(); const t = document.querySelector('tr.current')
            .getBoundingClientRect(); const a = document.querySelector('aside').getBoundingClientRect();
          return [r.top < innerHeight, t.top >= 0 && t.top < a.top]; })()""")
        check(seen == [True, True], f"on a phone, {place(b)}: state and row in sight: {seen}")
    b.click("#handle")
    check(b.ask("document.querySelector('aside').offsetHeight") < 100, "the panel doesn't close")
    b.size(1280, 800)

    # What holds.
    b.open(folder / "holds.html")
    check(b.ask("document.querySelectorAll('svg .curve').length") == 1, "no curve of what holds")
    heads = texts(b, ".account h2")
    check(len(heads) >= 4 and heads[0].startswith("Shown under"), f"an account of {heads}")
    b.open(folder / "cut.html")
    check("Not shown, as not all was visited:" in texts(b, ".account h2"), "cut: no account")

    # The switch between findings.
    b.open(folder / "warning.html")
    check(b.ask("document.querySelectorAll('section:not([hidden])').length") == 1, "two at once")
    b.click("nav a:last-child")
    check(place(b) == "0 of 3", f"the warning begins at {place(b)}")
    b.key("End")
    check("hits WARN_ON(!page_ref_dec_and_test(page))" in sentence(b), f"the warning ends: {sentence(b)}")

    # A loop goes round.
    b.open(folder / "loop.html")
    before = len(trace("loop")["steps"]) + len(trace("loop")["onward"])
    repeated = len(trace("loop")["loop"])
    steps_through(b, "loop", before + repeated,
                  f"offline_pages() has returned, and the last {repeated} steps repeat")
    b.key("End")
    b.key("ArrowRight")
    check(place(b) == f"{before + 1} of {before + repeated}", f"the loop goes on at {place(b)}")

    b.open(folder / "long.html")
    length = len(trace("long")["steps"])
    check(length > 30, f"long: only {length} steps")
    steps_through(b, "long", length, "it is no longer true that")

    # Without scripts the whole trace is there, and nothing that needs one.
    b.scripts(False)
    b.open(folder / "warning.html")
    b.scripts(True)
    rows = b.ask("[...document.querySelectorAll('tr[data-point]')].filter("
                 "e => e.checkVisibility()).length")
    check(rows == 6 + 4, f"without scripts {rows} rows")
    check(not b.ask("document.querySelector('aside').checkVisibility()"), "buttons without scripts")

    # In print as well.
    b.open(folder / "warning.html")
    b.medium("dark", "print")
    rows = b.ask("[...document.querySelectorAll('tr[data-point]')].filter("
                 "e => e.checkVisibility()).length")
    check(rows == 6 + 4, f"in print {rows} rows")
    check(not b.ask("document.querySelector('button').checkVisibility()"), "buttons in print")
    check(b.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)",
          "print is not on white")
    check(base64.b64decode(b.pdf()).startswith(b"%PDF"), "it does not print")

    for complaint in b.complaints:
        failures.append(f"the browser complains: {complaint}")

for failure in failures:
    print(f"check-web-pages: {failure}", file=sys.stderr)
print(f"check-web-pages: {checks} checks, {len(failures)} failures")
sys.exit(bool(failures))
