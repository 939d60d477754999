// Both sides of a comparison, percentile by percentile.
"use strict";
(() => {
  const { data, colour, say, put } = charts;
  const picker = document.getElementById("operation");
  function drawCurve() {
    const first = data.baseline[picker.value], second = data.candidate[picker.value];
    put("curve", () => first && second ? charts.percentiles(first.x.length < second.x.length ? first.x : second.x, [
      { values: first.latency, label: say("baseline"), stroke: colour.blue, dash: [6, 4] },
      { values: second.latency, label: say("candidate"), stroke: colour.red },
    ].map((one) => ({ ...one, values: one.values.slice(0, Math.min(first.x.length, second.x.length)) }))) : null);
  }
  picker.addEventListener("change", drawCurve);
  charts.start(() => {
    charts.fill(picker, Object.keys(data.baseline).filter((name) => name in data.candidate));
    drawCurve();
  });
})();
