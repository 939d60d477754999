// The charts of one run.
"use strict";
(() => {
  const { data, colour, say, number, duration, clock, valueAxis, timeAxis, logAxis, line, put, limits, within, roofed } = charts;
  const timeSeries = () => ({ label: say("time"), value: (u, v) => v == null ? "–" : clock(v) });
  const risen = (u, low, high) => [0, high > 0 ? high * 1.08 : 1];

  const shades = { p50: colour.green, p95: colour.amber, p99: colour.red };
  // the thresholds of an operation (or "*") that lie on an axis of latencies, or of rates
  const marks = (name, latency) => (data.limits[name] || []).filter((one) => (one.metric === "throughput") !== latency)
    .map((one) => ({ at: one.limit, text: one.rule, stroke: shades[one.metric] || colour.grey, q: one.q }));

  // columns: [{key, stroke, fill, show, axis}] of data.time; the first is drawn always, others where there was any
  function lines(all, drawn = []) {
    const time = data.time, columns = all.filter((c, place) => !place || time[c.key].some((v) => v > 0));
    if (!time.t.length) return null;
    const upward = (u, low, high) => [0, within(drawn, high, 3) > 0 ? within(drawn, high, 3) * 1.08 : 1];
    const right = columns.filter((c) => c.axis).map((c) => valueAxis(c.show, { scale: c.axis, side: 1, grid: { show: false } }));
    return {
      data: [time.t, ...columns.map((c) => time[c.key])],
      options: {
        cursor: { sync: { key: "time" } },
        scales: { x: { time: false }, y: { range: upward }, right: { range: risen } },
        axes: [timeAxis(), valueAxis(number), ...right],
        series: [timeSeries(),
          ...columns.map((c) => line(say(c.key), c.stroke, c.show, { fill: c.fill, scale: c.axis || "y" }))],
        hooks: { draw: [limits(drawn)] },
      },
    };
  }

  function heat(name) {
    const latency = data.latency, one = latency.operations[name];
    if (!one || !one.t.length) return null;
    const drawn = marks(name, true), highest = roofed(one.low, within(drawn, one.low * one.ratio ** one.rows, 30), drawn), end = one.t[one.t.length - 1] + latency.width;
    const paint = (u) => {
      const ctx = u.ctx;
      ctx.save();
      ctx.beginPath();
      ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
      ctx.clip();
      for (let i = 0; i < one.cells.length; i += 3) {
        const start = one.t[one.cells[i]], low = one.low * one.ratio ** one.cells[i + 1];
        const x0 = Math.round(u.valToPos(start, "x", true)), x1 = Math.round(u.valToPos(start + latency.width, "x", true));
        const y0 = Math.round(u.valToPos(low, "y", true)), y1 = Math.round(u.valToPos(low * one.ratio, "y", true));
        ctx.fillStyle = "rgba(0, 82, 140, " + (0.06 + 0.84 * one.cells[i + 2] / 255) + ")";
        ctx.fillRect(x0, y1, x1 - x0, y0 - y1);  // rounded edges are shared: neighbours neither overlap nor gap
      }
      ctx.restore();
    };
    const stepped = { width: 2, paths: uPlot.paths.stepped({ align: 1 }) };
    const last = (values) => [...values, values[values.length - 1]];
    return {
      data: [[...one.t, end], last(one.p50), last(one.p95), last(one.p99)],
      options: {
        cursor: { sync: { key: "time" } },
        scales: { x: { time: false, range: [0, end] }, y: { distr: 3, range: [one.low, highest] } },
        axes: [timeAxis({ grid: { show: false } }), logAxis({ grid: { show: false } })],
        series: [timeSeries(), line("p50", colour.green, duration, stepped),
          line("p95", colour.amber, duration, stepped), line("p99", colour.red, duration, stepped)],
        hooks: { drawClear: [paint], draw: [limits(drawn)] },
      },
    };
  }

  function curve(name) {
    const one = data.curves[name], wide = 0.15;
    // a threshold stands at its own percentile; of a mean or a maximum there is no such place
    const drawn = marks(name, true).filter((mark) => mark.q && mark.q < 1)
      .map((mark) => ({ ...mark, from: -Math.log10(1 - mark.q) - wide, to: -Math.log10(1 - mark.q) + wide }));
    return one ? charts.percentiles(one.x, [
      { values: one.latency, label: say("latency"), stroke: colour.red },
      { values: one.service, label: say("service"), stroke: colour.blue, dash: [6, 4] },
    ], drawn) : null;
  }

  const picker = document.getElementById("operation");
  function drawOperation() {
    put("heat", () => heat(picker.value));
    put("curve", () => curve(picker.value));
  }
  picker.addEventListener("change", drawOperation);
  charts.start(() => {
    charts.fill(picker, Object.keys(data.curves));
    put("rates", () => lines([{ key: "ok", stroke: colour.green, fill: "rgba(0,115,79,0.10)" },
      { key: "rejected", stroke: colour.amber }, { key: "errors", stroke: colour.red }], marks("*", false)));
    put("users", () => lines([{ key: "users", stroke: colour.blue, fill: "rgba(0,114,178,0.10)" }]));
    put("arrivals", () => lines([{ key: "due", stroke: colour.blue }, { key: "dropped", stroke: colour.red }]));
    put("health", () => lines([{ key: "cpu", stroke: colour.grey },
      { key: "lag", stroke: colour.red, show: duration, axis: "right" }]));
    goals();
    drawOperation();
  });
})();
