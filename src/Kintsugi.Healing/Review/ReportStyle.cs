namespace Kintsugi.Healing.Review;

/// <summary>The style sheet of the HTML report: porcelain, clay and gold, by day and by night.</summary>
internal static class ReportStyle
{
    public static Markup Css { get; } = Markup.Of($$"""

        :root { --paper:#faf8f4; --card:#ffffff; --ink:#22252a; --soft:#6d6a63; --line:#e6e0d5; --gold:#b3822a; --gold-pale:#f3e6c8;
          --porcelain:#bfcfc8; --celadon:#55796b; --clay:#a9452f; --clay-pale:#f7e3dd; --leaf-pale:#e5f1e8; --leaf:#2c6b45; }
        @media (prefers-color-scheme: dark) { :root { --paper:#15161a; --card:#1c1e23; --ink:#ebe7df; --soft:#a19c92; --line:#2e3037; --gold:#dcab48; --gold-pale:#3a301a;
          --porcelain:#4a5f57; --celadon:#8fb3a5; --clay:#d5674f; --clay-pale:#3a211c; --leaf-pale:#1b3024; --leaf:#8cc9a1; } }
        * { box-sizing:border-box; }
        body { margin:0; background:var(--paper); color:var(--ink); font:16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap:anywhere; }
        main { max-width:960px; margin:0 auto; padding:0 20px 48px; }
        h1, h2 { font-family:"Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Noto Serif", serif; font-weight:600; line-height:1.2; }
        h1 { font-size:2.1rem; margin:.25rem 0 .5rem; }
        h2 { font-size:1.3rem; margin:0 0 .75rem; }
        h3 { font-size:.95rem; margin:1.1rem 0 .4rem; }
        p { margin:.5rem 0; }
        section, details { background:var(--card); border:1px solid var(--line); border-radius:10px; padding:20px 22px; margin:16px 0; }
        code, pre { font:.86em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        pre { margin:.4rem 0; padding:12px 14px; background:var(--paper); border:1px solid var(--line); border-radius:8px; white-space:pre-wrap; }
        .soft { color:var(--soft); font-size:.9rem; }
        .shapes { position:absolute; }
        header { padding:0 2px 6px; }
        .vein { display:block; width:100%; height:40px; margin:10px 0 14px; }
        .vein path { fill:none; stroke:var(--gold); stroke-width:2.2; vector-effect:non-scaling-stroke; stroke-linejoin:round; }
        .badge { display:inline-block; margin:0; padding:3px 12px; border-radius:99px; font-size:.85rem; font-weight:600; border:1px solid currentColor; }
        .badge.mended { color:var(--gold); background:var(--gold-pale); } .badge.broken { color:var(--clay); background:var(--clay-pale); }
        .badge.whole { color:var(--celadon); } .badge.open { color:var(--soft); }
        .story { font-size:1.12rem; max-width:46em; }
        .tiles { display:grid; grid-template-columns:repeat(auto-fit, minmax(150px, 1fr)); gap:12px; margin:18px 0 12px; }
        .tile { background:var(--card); border:1px solid var(--line); border-radius:10px; border-top:4px solid var(--porcelain); padding:10px 16px 12px; }
        .tile.broken { border-top-color:var(--clay); } .tile.mended { border-top-color:var(--gold); }
        .tile span { display:block; } .tile b { display:block; font-size:1.8rem; line-height:1.25; font-weight:600; }
        svg { display:block; width:100%; overflow:visible; }
        .band { margin:14px 0; }
        .strip, .row { display:grid; grid-template-columns:6.6em 1fr; gap:12px; align-items:center; margin:3px 0; }
        .label { font-size:.85rem; color:var(--soft); line-height:1.25; } .label b { color:var(--ink); }
        rect.whole { fill:var(--porcelain); } rect.broken { fill:var(--clay); } rect.unknown { fill:var(--line); }
        symbol path { fill:none; stroke:inherit; vector-effect:non-scaling-stroke; stroke-linejoin:round; stroke-linecap:round; }
        use.crack { stroke:var(--card); stroke-width:1.4; } use.seam { stroke:var(--gold); stroke-width:2.6; }
        .legend { font-size:.9rem; } .key { display:inline-block; width:.8em; height:1.05em; border-radius:2px; vertical-align:-.15em; margin:0 .3em 0 .9em; }
        .key:first-child { margin-left:0; } .key.whole { background:var(--porcelain); } .key.broken { background:var(--clay); }
        .key.mended { background:linear-gradient(105deg, var(--porcelain) 38%, var(--gold) 38% 62%, var(--porcelain) 62%); }
        .plot .row { grid-template-columns:12em 1fr 11em; } .value { font-size:.85rem; color:var(--soft); } .value b { color:var(--ink); font-size:.95rem; margin-right:.35em; }
        .grid { stroke:var(--line); } .whisker { stroke-width:3; stroke-linecap:round; } .whisker.whole { stroke:var(--celadon); } .whisker.broken { stroke:var(--clay); } .whisker.mended { stroke:var(--gold); }
        .dot { stroke:var(--card); stroke-width:2; } .dot.whole { fill:var(--celadon); } .dot.broken { fill:var(--clay); } .dot.mended { fill:var(--gold); }
        .scale text { fill:var(--soft); font-size:12px; }
        .time .row { grid-template-columns:17em 1fr 16em; } .track { fill:var(--line); } .bar { fill:var(--gold); }
        figure { margin:18px 0 6px; } figcaption { margin-top:8px; } figure path { fill:none; vector-effect:non-scaling-stroke; stroke-linejoin:round; }
        path.axis { stroke:var(--line); stroke-width:1.5; } path.rise { stroke:var(--clay); stroke-width:2; stroke-dasharray:6 4; } path.excluded { stroke:var(--celadon); stroke-width:2; stroke-dasharray:6 4; }
        path.tick { stroke-dasharray:none; stroke-width:3; } path.taken { stroke:var(--ink); stroke-width:2; } circle.look { fill:var(--ink); stroke:var(--card); stroke-width:2; } .key.excluded { background:var(--celadon); }
        .cause { font-weight:600; } .commit { margin:.2rem 0; }
        ol.chain { list-style:none; margin:14px 0; padding:0 0 0 4px; }
        ol.chain li { position:relative; padding:0 0 12px 26px; }
        ol.chain li::before { content:""; position:absolute; left:0; top:.5em; width:9px; height:9px; border-radius:50%; background:var(--gold); }
        ol.chain li:not(:last-child)::after { content:""; position:absolute; left:4px; top:1em; bottom:-.5em; width:1.5px; background:var(--gold); opacity:.5; }
        .warning { border-left:4px solid var(--gold); padding:6px 14px; background:var(--gold-pale); border-radius:0 8px 8px 0; }
        .diff span { display:block; padding:0 8px; margin:0 -8px; border-radius:3px; } .diff { padding:12px 16px; } .diff span { min-height:1.5em; }
        .diff .added { background:var(--leaf-pale); color:var(--leaf); } .diff .removed { background:var(--clay-pale); color:var(--clay); } .diff .file { font-weight:600; } .diff .where { color:var(--soft); }
        table { border-collapse:collapse; width:100%; font-size:.92rem; } th, td { text-align:left; vertical-align:top; padding:5px 10px 5px 0; border-top:1px solid var(--line); font-weight:400; }
        th { white-space:nowrap; width:1%; padding-right:22px; } td:first-child { width:1.6em; font-weight:700; } td.count:first-child { width:auto; white-space:nowrap; } .yes { color:var(--leaf); } .no { color:var(--clay); } .open { color:var(--soft); }
        summary { cursor:pointer; font-weight:600; } footer { color:var(--soft); font-size:.88rem; padding:4px 4px 0; } li { margin:.2rem 0; }
        @media (max-width: 640px) { main { padding:0 12px 32px; } section, details { padding:16px 14px; } h1 { font-size:1.6rem; }
          .strip { grid-template-columns:4.2em 1fr; gap:8px; } .strip .label { font-size:.75rem; } .plot .row, .time .row { grid-template-columns:1fr; gap:0; margin:10px 0; } th { white-space:normal; width:30%; } }
        @media print { body { background:#fff; } section { break-inside:avoid; } }

        """);
}
