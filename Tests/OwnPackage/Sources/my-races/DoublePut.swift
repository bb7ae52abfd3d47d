import KernelPages
import ModelChecking

/// May two owners put one page twice, where only one of them took a reference?
let doublePut = Model(
  name: "double-put",
  summary: "May a page be put more often than it was got?",
  sources: ["made up, to show a model in a package of its own"],
  bounds: [],
  variants: [
    Variant(
      "without-get", "the second owner forgets get_page_unless_zero()", source: "made up",
      expect: .violated("no page's reference count goes below 0", steps: 2), design: false),
    Variant(
      "with-get", "the second owner takes its own reference", source: "made up",
      expect: .holds, design: true),
  ]
) { system, takesReference, _ in
  let page = Page("page", in: system, holders: 1)
  system.actor("first owner", on: system.cpu()) { _ in putPage(page) }
  system.actor("second owner", on: system.cpu()) { _ in
    if takesReference {
      If(getPageUnlessZero(page)) { putPage(page) }
    } else {
      putPage(page)
    }
  }
  system.invariant("no page's reference count goes below 0") { s in s[page.refcount] >= 0 }
}
