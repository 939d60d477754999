// Draws the charts of a report from the JSON in the page. Nothing is fetched.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const blue = "#0072b2", amber = "#e69f00", red = "#d0380c", green = "#00734f", ink = "#1b1f24", grey = "#7a8490";
  const words = {
    ok: ["ok", "成功"], rejected: ["rejected", "业务拒绝"], errors: ["errors", "错误"], users: ["users", "用户数"],
    due: ["due", "应到"], dropped: ["dropped", "丢弃"], cpu: ["CPU %", "CPU %"], lag: ["loop lag", "循环滞后"],
    time: ["time", "时间"], latency: ["latency", "延迟"], service: ["service time", "服务时间"],
    percentile: ["percentile", "百分位"], all: ["all operations", "全部操作"], none: ["nothing was measured", "没有数据"],
  };
  const say = (key) => words[key][root.dataset.lang === "zh" ? 1 : 0];

  const number = (value) => value == null ? "–" : String(+value.toPrecision(4));
  function duration(ms) {
    if (ms == null) return "–";
    if (ms < 1) return number(ms * 1000) + " µs";
    if (ms < 1000) return number(ms) + " ms";
    return number(ms / 1000) + " s";
  }
  function clock(seconds) {
    const whole = Math.round(seconds), minutes = Math.floor(whole / 60);
    if (whole < 60) return whole + " s";
    const rest = String(whole % 60).padStart(2, "0");
    return minutes < 60 ? minutes + ":" + rest : Math.floor(minutes / 60) + ":" + String(minutes % 60).padStart(2, "0") + ":" + rest;
  }
  function share(x) {  // x = log10(1 / (1 - p))
    const percent = 100 * (1 - 10 ** -x);
    return percent.toFixed(x < 1 ? 0 : Math.ceil(x - 0.01)).replace(/\.?0+$/, (zeros) => x < 1 ? zeros : "") + "%";
  }

  const drawn = [];
  const height = () => window.innerWidth < 640 ? 220 : 270;
  function put(id, make) {
    const holder = document.getElementById(id);
    if (!holder) return;
    holder.replaceChildren();
    const width = Math.max(260, holder.clientWidth);
    const made = make(width);
    if (!made) { holder.textContent = say("none"); return; }
    drawn.push({ holder, chart: new uPlot({ width, height: height(), ...made.options }, made.data, holder) });
  }

  const timeAxis = { values: (u, splits) => splits.map(clock), grid: { stroke: "#eef0f2" }, stroke: ink };
  const valueAxis = (show, extra) => ({ values: (u, splits) => splits.map((v) => v == null ? "" : show(v)), size: 68,
    grid: { stroke: "#eef0f2" }, stroke: ink, ...extra });
  const timeSeries = () => ({ label: say("time"), value: (u, v) => v == null ? "–" : clock(v) });
  const line = (key, stroke, show, extra) => ({ label: say(key), stroke, width: 1.6, points: { show: false },
    value: (u, v) => (show || number)(v), ...extra });

  function lines(columns) {
    const time = data.time;
    if (!time.t.length) return null;
    const extra = columns.find((column) => column.axis);
    return {
      data: [time.t, ...columns.map((column) => time[column.key])],
      options: {
        cursor: { sync: { key: "time" } },
        scales: { x: { time: false }, y: { range: (u, low, high) => [0, high > 0 ? high * 1.08 : 1] },
          right: { range: (u, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
        axes: [timeAxis, valueAxis(number)].concat(extra ? [valueAxis(extra.show, { scale: "right", side: 1, grid: { show: false } })] : []),
        series: [timeSeries(), ...columns.map((c) => line(c.key, c.stroke, c.show, { fill: c.fill, scale: c.axis || "y" }))],
      },
    };
  }

  function logTicks(u, axis, low, high) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const step of [1, 2, 5]) ticks.push(step * 10 ** power);
    const inside = ticks.filter((v) => v >= low * 0.999 && v <= high * 1.001);
    return inside.length > 8 ? inside.filter((v) => Math.abs(Math.log10(v) % 1) < 1e-9) : inside;
  }
  const logAxis = () => valueAxis(duration, { splits: logTicks });

  function heat(name) {
    const latency = data.latency, one = latency.operations[name];
    if (!one || !one.t.length) return null;
    const top = one.low * one.ratio ** one.rows, end = one.t[one.t.length - 1] + latency.width;
    const paint = (u) => {
      const ctx = u.ctx;
      ctx.save();
      ctx.beginPath();
      ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
      ctx.clip();
      for (let i = 0; i < one.cells.length; i += 3) {
        const start = one.t[one.cells[i]], low = one.low * one.ratio ** one.cells[i + 1];
        const x0 = u.valToPos(start, "x", true), x1 = u.valToPos(start + latency.width, "x", true);
        const y0 = u.valToPos(low, "y", true), y1 = u.valToPos(low * one.ratio, "y", true);
        ctx.fillStyle = "rgba(0, 82, 140, " + (0.06 + 0.84 * one.cells[i + 2] / 255) + ")";
        const left = Math.round(x0), top = Math.round(y1);  // shared edges: neighbours neither overlap nor gap
        ctx.fillRect(left, top, Math.round(x1) - left, Math.round(y0) - top);
      }
      ctx.restore();
    };
    const step = { paths: uPlot.paths.stepped({ align: 1 }) };
    const named = (key, stroke) => ({ ...line("latency", stroke, duration, step), label: key, width: 2 });
    const last = (values) => [...values, values[values.length - 1]];
    return {
      data: [[...one.t, end], last(one.p50), last(one.p95), last(one.p99)],
      options: {
        cursor: { sync: { key: "time" } },
        scales: { x: { time: false, range: [0, end] }, y: { distr: 3, range: [one.low, top] } },
        axes: [{ ...timeAxis, grid: { show: false } }, { ...logAxis(), grid: { show: false } }],
        series: [timeSeries(), named("p50", green), named("p95", amber), named("p99", red)],
        hooks: { drawClear: [paint] },
      },
    };
  }

  function curve(name) {
    const one = data.curves[name];
    if (!one) return null;
    const values = one.latency.concat(one.service).filter((v) => v > 0);
    const low = Math.min(...values), high = Math.max(...values);
    return {
      data: [one.x, one.latency, one.service],
      options: {
        padding: [null, 40, null, null],
        scales: { x: { time: false, range: [0, Math.max(1, one.x[one.x.length - 1])] },
          y: { distr: 3, range: [low / 1.15, high * 1.15] } },
        axes: [{ ...timeAxis, splits: (u) => u.width < 500 ? [0, 1, 2, 3, 4] : [0, 0.30103, 1, 1.30103, 2, 3, 4],
          values: (u, splits) => splits.map(share) }, logAxis()],
        series: [{ label: say("percentile"), value: (u, v) => v == null ? "–" : share(v) },
          line("latency", red, duration, { width: 2 }), line("service", blue, duration, { width: 2, dash: [6, 4] })],
      },
    };
  }

  const picker = document.getElementById("operation");
  function fillPicker() {
    const chosen = picker.value || "*";
    picker.replaceChildren(...Object.keys(data.curves).map((name) => {
      const option = document.createElement("option");
      option.value = name;
      option.textContent = name === "*" ? say("all") : name;
      return option;
    }));
    if (picker.options.length) picker.value = chosen;
  }

  function drawOperation() {
    put("heat", () => heat(picker.value || "*"));
    put("curve", () => curve(picker.value || "*"));
  }
  function draw() {
    for (const { chart } of drawn.splice(0)) chart.destroy();
    put("rates", () => lines([{ key: "ok", stroke: green, fill: "rgba(0,115,79,0.10)" },
      { key: "rejected", stroke: amber }, { key: "errors", stroke: red }]));
    put("users", () => lines([{ key: "users", stroke: blue, fill: "rgba(0,114,178,0.10)" }]));
    put("arrivals", () => lines([{ key: "due", stroke: blue }, { key: "dropped", stroke: red }]));
    put("health", () => lines([{ key: "cpu", stroke: grey }, { key: "lag", stroke: red, show: duration, axis: "right" }]));
    drawOperation();
  }

  function speak(language) {
    root.dataset.lang = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    for (const button of document.querySelectorAll("[data-set]"))
      button.setAttribute("aria-pressed", String(button.dataset.set === language));
    fillPicker();
    draw();
  }

  function fit(width) {
    for (const { holder, chart } of drawn) chart.setSize({ width: width || Math.max(260, holder.clientWidth), height: height() });
  }
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(fit, 100); });
  window.addEventListener("beforeprint", () => fit(660));
  window.addEventListener("afterprint", () => fit());
  for (const button of document.querySelectorAll("[data-set]"))
    button.addEventListener("click", () => speak(button.dataset.set));
  picker.addEventListener("change", () => {
    const keep = drawn.filter(({ holder }) => holder.id !== "heat" && holder.id !== "curve");
    for (const entry of drawn) if (!keep.includes(entry)) entry.chart.destroy();
    drawn.splice(0, drawn.length, ...keep);
    drawOperation();
  });
  const wanted = new URLSearchParams(location.hash.slice(1)).get("lang") || navigator.language || "en";
  speak(wanted.startsWith("zh") ? "zh" : "en");
})();
