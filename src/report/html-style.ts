/** The style sheet of the HTML report: light and dark by the reader's setting, and fit for paper. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--ink:#1c2024;--soft:#5b636e;--line:#dfe3e8;--page:#f6f7f9;--card:#fff;--code:#f1f3f5;--ok:#18794e;--okbg:#e6f6ee;--bad:#b42318;--badbg:#fdecea;--wait:#8a5a00;--waitbg:#fff4de;--link:#2257c4}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#9aa3ad;--line:#2e343b;--page:#111417;--card:#191d21;--code:#22272d;--ok:#4cc38a;--okbg:#13291f;--bad:#ff8a80;--badbg:#341b19;--wait:#ffc46b;--waitbg:#2f2410;--link:#8fb4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:1000px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px}
h2{font-size:18px;margin:36px 0 12px}
h3{font-size:16px;margin:0;flex:1}
p{margin:8px 0}
a{color:var(--link)}
.project{color:var(--soft);margin:0 0 4px;font-size:13px;letter-spacing:.04em;text-transform:uppercase}
.reason{color:var(--soft);font-size:16px}
.badge{display:inline-block;padding:2px 10px;border-radius:999px;font-size:12.5px;font-weight:600;white-space:nowrap;background:var(--waitbg);color:var(--wait)}
.badge.ok{background:var(--okbg);color:var(--ok)}.badge.bad{background:var(--badbg);color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(122px,1fr));gap:10px;margin:24px 0}
.tile,.story,.facts,.steps{background:var(--card);border:1px solid var(--line);border-radius:10px}
.tile{padding:11px 12px}
.tile b{display:block;font-size:20px;font-weight:650;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:12.5px}
.bar{display:flex;height:8px;border-radius:999px;overflow:hidden;background:var(--line);margin:18px 0 0}
.bar i{display:block;background:var(--wait)}.bar i.ok{background:var(--ok)}.bar i.bad{background:var(--bad)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);border-radius:10px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:8px 12px;border-top:1px solid var(--line);vertical-align:top}
thead th{border-top:0;color:var(--soft);font-size:12.5px;font-weight:600}
td:first-child{min-width:180px}
td.n,th.n{text-align:right;white-space:nowrap}
code,pre{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{background:var(--code);padding:1px 5px;border-radius:5px;overflow-wrap:anywhere}
pre{background:var(--code);margin:6px 0 10px;padding:10px 12px;border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere}
.steps{padding:4px 16px;margin:16px 0}
.steps div{display:flex;flex-wrap:wrap;gap:4px 14px;padding:7px 0;border-top:1px solid var(--line)}
.steps div:first-child{border-top:0}.steps span{color:var(--soft)}
.facts{display:grid;grid-template-columns:minmax(0,max-content) minmax(0,1fr);gap:6px 18px;padding:14px 16px;margin:0}
.facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
.story{padding:14px 16px;margin:0 0 14px}
.head{display:flex;flex-wrap:wrap;gap:12px;align-items:baseline}.head>*,.steps div>*,.tile{min-width:0}
.attempt{border-top:1px solid var(--line);margin-top:12px;padding-top:10px}
.attempt h4{margin:0 0 6px;font-size:14px}
.quiet{color:var(--soft)}
blockquote{margin:8px 0;padding:2px 14px;border-left:3px solid var(--line);white-space:pre-wrap}
ul{margin:6px 0;padding-left:20px}
summary{cursor:pointer;padding:3px 0}
.mark{font-weight:700;color:var(--bad)}.mark.ok{color:var(--ok)}.mark.wait{color:var(--wait)}
.note{background:var(--waitbg);color:var(--wait);border-radius:8px;padding:8px 12px;margin:8px 0}
footer{margin-top:40px;color:var(--soft);font-size:12.5px}
@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--code:#f4f4f4;--ok:#185c3a;--okbg:#eef7f1;--bad:#8f1c13;--badbg:#fbeeec;--wait:#6b4600;--waitbg:#fbf3e2}main{max-width:none;padding:0}.story,.tile{break-inside:avoid}details::details-content{display:block;content-visibility:visible}.steps{display:none}}
`;
