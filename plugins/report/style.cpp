// How a page looks. Colours have names; night and paper give them other values. Series: eight colours that colour-blind eyes tell apart by
// lightness too, each at least 3:1 against the paper (WCAG 2.2, 1.4.11); texts have 4.5:1.
#include "report/page.hpp"

namespace mr::report {

const char* const kStyle =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1b2530;--soft:#566473;--line:#e3e8ed;--zero:#9aa7b4;"
    "--s0:#2b6ca3;--s1:#cf6a2e;--s2:#1f8a7a;--s3:#8a5fb0;--s4:#a37a00;--s5:#c4456f;--s6:#5b6b7b;--s7:#5b8a2d}"
    "@media screen and (prefers-color-scheme:dark){:root{--paper:#14191f;--ink:#e7ecf1;--soft:#a0adba;--line:#2a333d;--zero:#5f6d7b;"
    "--s0:#6cabe0;--s1:#ee9a63;--s2:#57c2b0;--s3:#b999e2;--s4:#d9b84a;--s5:#ec86a8;--s6:#a5b3c1;--s7:#a0cc6b}}"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:856px;padding:48px 24px 64px;font:15px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}"
    "h1{font-size:30px;line-height:1.2;letter-spacing:-.01em;margin:0}h2{font-size:18px;line-height:1.3;margin:0}p{margin:0}"
    ".subtitle{font-size:17px;margin-top:6px;color:var(--soft)}header{padding-bottom:24px;border-bottom:1px solid var(--line)}"
    "section{margin-top:44px}.note{color:var(--soft);margin-top:2px}.text{margin-top:10px;max-width:68ch;white-space:pre-line}"
    ".metrics{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:16px;margin-top:32px}"
    ".metric{margin:0;padding:16px 18px;border:1px solid var(--line);border-radius:8px}.metric h2{font-size:13px;font-weight:500;color:var(--soft)}"
    ".value{font-size:28px;line-height:1.25;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere;margin-top:4px}.unit{font-size:15px;font-weight:400;color:var(--soft)}"
    ".change{font-size:13px;margin-top:4px}.metric .note,.told{font-size:13px}.told{color:var(--soft);margin-top:8px}"
    "figure{margin:14px 0 0}svg{display:block;width:100%;height:auto}svg text{font-size:11.5px;fill:var(--soft);font-variant-numeric:tabular-nums}"
    ".grid{stroke:var(--line)}.zero,.tick{stroke:var(--zero)}.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}"
    ".area{fill:var(--c);fill-opacity:.22}.fill{fill:var(--c)}.point{fill-opacity:.6}.ghost{fill-opacity:0}.ghost:hover{fill-opacity:1}rect.fill:hover{stroke:var(--ink)}"
    ".s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}.s5{--c:var(--s5)}.s6{--c:var(--s6)}.s7{--c:var(--s7)}"
    ".legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0 0 10px;padding:0;font-size:13px}"
    ".legend i{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:7px;background:var(--c)}"
    ".wide{overflow-x:auto;margin-top:12px}table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}"
    "th{font-size:12.5px;font-weight:600;color:var(--soft);text-align:left;vertical-align:bottom;padding:0 20px 6px 0;border-bottom:1px solid var(--zero);white-space:nowrap}"
    "td{text-align:left;vertical-align:top;padding:5px 20px 5px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}td.n,th.n{text-align:right}td.n{white-space:nowrap}"
    "tr>:last-child{padding-right:0}.null,.empty{color:var(--soft)}.empty{margin-top:10px}"
    "details{margin-top:10px}summary{width:fit-content;color:var(--soft);font-size:13px;cursor:pointer}summary:hover{color:var(--ink)}"
    ":focus-visible{outline:2px solid var(--s0);outline-offset:2px}"
    "footer{margin-top:56px;padding-top:16px;border-top:1px solid var(--line);font-size:12.5px;color:var(--soft)}"
    "@media screen and (max-width:600px){figure{overflow-x:auto}svg{min-width:580px}}"
    "@media print{body{max-width:none;padding:0;font-size:11pt}section{break-inside:avoid;margin-top:28px}section:has(table){break-inside:auto}h2{break-after:avoid}"
    "figure,tr,.metric{break-inside:avoid}thead{display:table-header-group}.wide{overflow:visible}*{print-color-adjust:exact}}";

}  // namespace mr::report
