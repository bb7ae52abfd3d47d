/// The page's style: one accent colour for what to look at, light and dark, narrow, wide and printed.
enum PageStyle {
  /// A trace without a column for each lane: rails close together at the left, and the names beside
  /// all of them, as in the graph of a version history.
  private static let narrowRows = #"""
    --gap: .9rem;
    &, tbody, tr { display: block; }
    thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
    tr[data-point] { display: grid; grid-template-columns: 2.5rem minmax(0, 1fr); }
    tr[data-point] td { grid-column: 2; }
    tr[data-point] td:empty { display: none; }
    tr[data-point] td.acts, tr[data-point] td.effect {
      padding-left: calc(var(--lanes) * var(--gap) + .5rem);
      background: repeating-linear-gradient(to right, var(--rule) 0 1px, transparent 1px var(--gap))
        4px 0 / calc(var(--lanes) * var(--gap)) 100% no-repeat;
    }
    .acts::before { left: calc(var(--lane) * var(--gap)); }
    .acts::after { content: attr(data-lane); position: static; }
    .acts { display: flex; flex-direction: column; padding-bottom: 0 !important; }
    .acts::after { order: -1; font: .75rem/1.6 var(--prose); color: var(--soft); }
    td.effect { padding-top: 0 !important; padding-bottom: .5rem !important; }
    .start td.effect { padding-top: .3rem !important; }
    .note td, .consequence td { display: block; padding-left: 2.5rem !important; }
    .note th, .consequence th { display: none; }
    """#

  static let text = #"""
    :root {
      --paper: #fdfcfa; --ink: #1d1b18; --soft: #625d55; --rule: #dcd6cc; --shade: #f3efe8;
      --accent: #a62f17; --tint: #fae6df;
      --code: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
      --prose: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #171614; --ink: #ebe7e0; --soft: #a8a298; --rule: #3a3731; --shade: #23211e;
        --accent: #ff9a7b; --tint: #40261d;
      }
    }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    body {
      margin: 0 auto; max-width: 82rem; padding: 2rem 2rem 3rem;
      background: var(--paper); color: var(--ink);
      font: 1rem/1.5 var(--prose);
    }
    p, h1, h2, ul { margin: 0; }
    a { color: inherit; }
    code, kbd, .trace td, .heading { font-family: var(--code); font-size: .8125rem; }
    .trace td, .trace tbody th { line-height: 1.21875rem; }
    .soft { color: var(--soft); font-weight: normal; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }

    header { margin-bottom: 2rem; max-width: 60rem; }
    .heading, .about { color: var(--soft); }
    h1 { font-size: 1.75rem; line-height: 1.25; font-weight: 650; letter-spacing: -.015em;
         margin: .35rem 0 .5rem; text-wrap: balance; }
    .verdict { font-size: 1.125rem; }
    .bad strong { color: var(--accent); }
    h2 { font-size: .8125rem; font-weight: 650; color: var(--soft); margin: 0 0 .5rem; }

    nav { display: flex; flex-wrap: wrap; gap: .5rem; margin-bottom: 1.5rem; }
    nav a { flex: 0 1 24rem; padding: .5rem .75rem; border: 1px solid var(--rule);
            border-radius: 6px; text-decoration: none; font-size: .875rem; line-height: 1.35; }
    nav a b { display: block; }
    nav a[aria-current] { border-color: var(--ink); background: var(--shade); }

    main { display: grid; gap: 2.5rem; grid-template-columns: minmax(0, 1fr); }
    .steps main { grid-template-columns: minmax(0, 1fr) 22rem; align-items: start; }

    /* The trace: a rail for each actor, and a dot where it acts. */
    .trace { width: 100%; border-collapse: collapse; table-layout: fixed; }
    .trace th { text-align: left; vertical-align: top; font-weight: normal; padding: .3rem 0; }
    .trace thead th { font-size: .875rem; font-weight: 650; padding: 0 .5rem .5rem 0; }
    .trace .cpu { display: block; color: var(--soft); font-weight: normal; }
    .trace .number { width: 3rem; }
    .trace thead .effect { width: 32%; padding-left: .5rem; }
    .trace tbody th { padding-left: .75rem; }
    .trace tbody th a { color: var(--soft); text-decoration: none;
                        font: .8125rem/1.21875rem var(--code); vertical-align: top; }
    .trace td { position: relative; vertical-align: top; padding: .3rem .5rem .3rem 1.1rem;
                overflow-wrap: anywhere; }
    .trace td:not(.effect, [colspan]) {
      background: linear-gradient(var(--rule) 0 0) 4px 0 / 1px 100% no-repeat; }
    .trace td.effect { padding-left: .5rem; }
    .trace thead th:not(.number, .effect) { padding-left: 0; }
    .acts::before {
      content: ""; position: absolute; left: 0; top: .625rem; width: 9px; height: 9px;
      border: 1.5px solid var(--ink); border-radius: 50%; background: var(--ink);
    }
    .call, .step, .change, .seen { display: block; padding-left: calc(var(--depth, 0) * 1ch); }
    .arrow { white-space: nowrap; }
    .call, .seen { color: var(--soft); }
    .step { font-weight: 600; }
    .trace tr[data-point] { cursor: default; }
    .start td { color: var(--soft); }
    .trace .note td, .trace .consequence td { font-family: var(--prose); padding-left: 0; }
    .trace .note td { color: var(--soft); font-style: italic; }
    .trace .consequence td { padding-top: .75rem; font-size: .9375rem; font-weight: 650;
                             color: var(--accent); }
    .marked th a, .marked .step { color: var(--accent) !important; font-weight: 700; }
    .marked .acts::before { border-color: var(--accent); background: var(--accent); }
    .steps .trace tr[data-point] { cursor: pointer; }
    .steps .acts::before { background: var(--paper); }
    .steps .done .acts::before, .steps .current .acts::before { background: var(--ink); }
    .steps .marked.done .acts::before, .steps .marked.current .acts::before {
      background: var(--accent); }
    .steps .current { background: var(--shade); box-shadow: inset 3px 0 var(--ink); }
    .steps .marked.current { background: var(--tint); box-shadow: inset 3px 0 var(--accent); }

    aside { position: sticky; top: 1.5rem; max-height: calc(100vh - 3rem); overflow: auto;
            font-size: .875rem; }
    aside h2 { margin-top: 1.5rem; }
    .controls { display: flex; align-items: center; gap: .375rem; }
    .controls output { flex: 1; text-align: center; font-variant-numeric: tabular-nums;
                       white-space: nowrap; }
    button { font: inherit; color: inherit; background: none; border: 1px solid var(--rule);
             border-radius: 6px; padding: .375rem .625rem; cursor: pointer; white-space: nowrap; }
    button:hover { border-color: var(--ink); }
    button[aria-disabled="true"] { color: var(--soft); cursor: default; border-color: var(--rule); }
    #sentence { margin-top: 1rem; min-height: 3em; }

    .state table { width: 100%; border-collapse: collapse; }
    .state th, .state td { text-align: left; vertical-align: top; font: .8125rem/1.5 var(--code);
                           padding: .125rem .375rem; overflow-wrap: anywhere; }
    .state th { width: 60%; }
    .state .owner { font-family: inherit; color: var(--soft); padding-top: .5rem; }
    .state b { font-weight: 600; }
    .state .changed { background: var(--tint); box-shadow: inset 3px 0 var(--accent); }
    details { margin-top: 1.5rem; }
    summary { cursor: pointer; color: var(--soft); padding: 0 0 .375rem; }

    #options { list-style: none; padding: 0; }
    #options li { padding: .5rem 0; border-top: 1px solid var(--rule); }
    #options li > * { display: block; overflow-wrap: anywhere; }
    #options code { font-weight: 600; }
    #options .remark { font-weight: normal; color: var(--soft); }
    .prospect.bad { color: var(--accent); font-weight: 600; }
    .prospect.taken, .prospect.unknown { color: var(--soft); }

    footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--rule);
             color: var(--soft); font-size: .875rem; }
    footer code { overflow-wrap: anywhere; }
    .trace.many {
    \#(narrowRows)
    }
    @media (max-width: 64rem) {
      body { padding: 1.25rem 1rem 6rem; }
      .steps main { grid-template-columns: minmax(0, 1fr); }
      aside { position: static; max-height: none; }
      .controls { position: fixed; inset: auto 0 0; z-index: 1; padding: .625rem 1rem;
                  padding-bottom: max(.625rem, env(safe-area-inset-bottom));
                  background: var(--paper); border-top: 1px solid var(--rule); }
      .controls button { padding: .625rem; }
      .trace tr { scroll-margin: 1rem 0 5rem; }
    }
    @media (max-width: 40rem) {
      h1 { font-size: 1.375rem; }
      .keys { display: none; }
      .trace {
    \#(narrowRows)
      }
    }
    @media print {
      :root { --paper: #fff; --ink: #000; --soft: #444; --rule: #bbb; --shade: #fff; --tint: #fff;
              --accent: #8a2612; }
      body { padding: 0; max-width: none; font-size: 10pt; }
      aside, nav, .keys { display: none; }
      section.finding[hidden] { display: block !important; }
      .steps main { display: block; }
      .finding { margin-bottom: 1.5rem; }
      .trace tr { break-inside: avoid; }
      .trace td { print-color-adjust: exact; }
      .steps .trace tr.current { background: none; box-shadow: none; }
      .steps .trace .acts::before { background: var(--ink); }
      .steps .trace .marked .acts::before { background: var(--accent); }
    }
    kbd { border: 1px solid var(--rule); border-radius: 4px; padding: 0 .3rem; }
    """#
}
