// The charts of a search for capacity and of drift, where a run has them.
"use strict";
const goals = (() => {
  const { data, colour, say, number, percent, duration, clock, valueAxis, acrossAxis, timeAxis, logAxis, line, put } = charts;

  function capacity() {
    const found = data.capacity, points = found.curve.filter((p) => p.p95 != null);
    if (!points.length) return null;
    const values = points.flatMap((p) => [p.p50, p.p95, p.p99]).filter((v) => v > 0);
    const low = Math.min(...values), high = Math.max(...values), most = points[points.length - 1].rate;
    const edges = [[found.low, colour.green], [found.high, colour.red]].filter(([rate]) => rate);
    const mark = (u) => {
      for (const [rate, stroke] of edges) {
        const x = Math.round(u.valToPos(rate, "x", true));
        u.ctx.fillStyle = stroke;
        u.ctx.fillRect(x - 1, u.bbox.top, 2, u.bbox.height);
      }
    };
    const dots = (show, stroke) => line(show, stroke, duration, { points: { show: true, size: 6 }, spanGaps: true });
    return {
      data: [points.map((p) => p.rate), ...["p50", "p95", "p99"].map((q) => points.map((p) => p[q]))],
      options: {
        scales: { x: { time: false, range: [0, most * 1.04] }, y: { distr: 3, range: [low / 1.3, high * 1.3] } },
        axes: [acrossAxis((v) => number(v) + "/s"), logAxis()],
        series: [{ label: say("rate"), value: (u, v) => v == null ? "–" : number(v) + "/s" },
          dots("p50", colour.green), dots("p95", colour.amber), dots("p99", colour.red)],
        hooks: { drawAxes: [mark] },
      },
    };
  }

  function drift(row) {
    const t = row.series.map(([at]) => at), values = row.series.map(([, value]) => value);
    const show = row.unit === "ms" ? duration : row.unit === "share" ? (v) => percent(v == null ? v : 100 * v)
      : (v) => v == null ? "–" : number(v) + " " + row.unit;
    const span = t[t.length - 1] - t[0];
    const fitted = row.growth == null ? t.map(() => null)
      : t.map((at) => row.first + (row.last - row.first) * (span ? (at - t[0]) / span : 0));
    return {
      data: [t, values, fitted],
      options: {
        scales: { x: { time: false }, y: { range: (u, low, high) => [0, high > 0 ? high * 1.15 : 1] } },
        axes: [timeAxis(), valueAxis(show)],
        series: [{ label: say("time"), value: (u, v) => v == null ? "–" : clock(v) },
          line(say("value"), colour.blue, show, { points: { show: true, size: 6 }, width: 1 }),
          line(say("trend"), colour.red, show, { width: 2 })],
      },
    };
  }

  return () => {
    if (data.capacity) put("capacity", capacity);
    for (const row of data.drift || []) if (row.series.length) put("drift-" + row.quantity, () => drift(row));
  };
})();
