// One metric over the runs of a directory, with the mean between its changes.
"use strict";
(() => {
  const { data, colour, say, number, percent, duration, valueAxis, acrossAxis, line, put } = charts;
  const subject = document.getElementById("operation"), metric = document.getElementById("metric");
  // runs without a label are named by their start: 2015-09-11T08:00:00Z
  const brief = (label) => label.replace(/^\d{4}-(\d\d-\d\d)T(\d\d:\d\d).*/, "$1 $2").slice(0, 11);
  function draw() {
    const values = (data.series[subject.value] || {})[metric.value];
    const show = metric.value.startsWith("p") ? duration : metric.value === "throughput" ? (v) => v == null ? "–" : number(v) + "/s" : percent;
    put("trend", () => values ? {
      data: [values.map((_, place) => place), values, data.levels[subject.value][metric.value]],
      options: {
        padding: [null, 40, null, null],  // the last name is as wide as the others
        scales: { x: { time: false }, y: { range: (u, low, high) => [0, high > 0 ? high * 1.1 : 1] } },
        axes: [acrossAxis((place) => data.labels[place] === undefined ? "" : brief(data.labels[place]),
          { space: 90, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] }), valueAxis(show)],
        series: [{ label: say("run"), value: (u, v) => v == null ? "–" : data.labels[v] },
          line(say("value"), colour.blue, show, { points: { show: true, size: 6 }, width: 1 }),
          line(say("mean"), colour.red, show, { width: 2, paths: uPlot.paths.stepped({ align: 1 }) })],
      },
    } : null);
  }
  subject.addEventListener("change", draw);
  metric.addEventListener("change", draw);
  charts.start(() => {
    charts.fill(subject, Object.keys(data.series));
    charts.fill(metric, Object.keys(data.series[subject.value] || {}));
    if (data.first && !subject.dataset.set) {
      [subject.value, metric.value] = data.first;
      subject.dataset.set = "1";
    }
    draw();
  });
})();
