"""Uses the web pages in a folder as a reader would, and fails with a list of what is wrong."""

import base64
import json
import pathlib
import sys

from browser import Browser, find

folder = pathlib.Path(sys.argv[1])
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
