// The list of all runs: found by text and verdict, a screenful at a time. Data is in the page; nothing is fetched.
"use strict";
(() => {
  const { data, duration, number, percent } = charts;
  const PAGE = 200;
  const find = document.getElementById("find"), verdict = document.getElementById("verdict");
  const body = document.querySelector("#runs tbody"), more = document.getElementById("more");
  const zh = () => document.documentElement.dataset.lang === "zh";
  const word = (one) => data.words[one.verdict][zh() ? 1 : 0];
  let shown = PAGE;
  function cell(text, kind) {
    const made = document.createElement("td");
    if (kind) made.className = kind;
    made.textContent = text;
    return made;
  }
  function link(made, href, text) {
    if (!href) return;
    const anchor = document.createElement("a");
    anchor.href = href.split("/").map(encodeURIComponent).join("/");
    anchor.textContent = text;
    made.append(anchor, " ");
  }
  function row(one) {
    const made = document.createElement("tr"), pages = document.createElement("td");
    const said = cell(word(one), one.verdict + " verdict-word");
    const why = zh() ? one.why_zh || one.why : one.why;
    if (why) {
      const small = document.createElement("small");
      small.className = "soft";
      small.textContent = why;
      said.append(document.createElement("br"), small);
    }
    link(pages, one.report, zh() ? "报告" : "report");
    link(pages, one.comparison, zh() ? "比较" : "comparison");
    if (!one.report) pages.append(one.directory);
    made.append(cell(one.when), cell(one.scenario), cell(one.target), cell(one.build), said, cell(duration(one.p95_ms), "n"),
      cell(duration(one.p99_ms), "n"), cell(percent(one.error_rate), "n"),
      cell(one.throughput == null ? "–" : number(one.throughput) + "/s", "n"), pages);
    return made;
  }
  function draw() {
    const wanted = find.value.trim().toLowerCase();
    const found = data.runs.filter((one) => (!verdict.value || one.verdict === verdict.value) && (!wanted ||
      [one.scenario, one.target, one.build, one.directory, one.when, one.why, one.why_zh].join(" ").toLowerCase().includes(wanted)));
    body.replaceChildren(...found.slice(0, shown).map(row));
    more.hidden = found.length <= shown;
    document.getElementById("counted").textContent = Math.min(shown, found.length) + " / " + found.length;
  }
  function choices() {
    const kept = verdict.value;
    const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
    const seen = [...new Set(data.runs.map((one) => one.verdict))];
    verdict.replaceChildren(option("", zh() ? "全部" : "all"), ...seen.map((name) => option(name, word({ verdict: name }))));
    verdict.value = kept;
  }
  find.addEventListener("input", () => { shown = PAGE; draw(); });
  verdict.addEventListener("change", () => { shown = PAGE; draw(); });
  more.addEventListener("click", () => { shown += PAGE; draw(); });
  charts.start(() => { choices(); draw(); });
})();
