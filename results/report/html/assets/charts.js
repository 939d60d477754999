// What every page shares: words, numbers, axes, language, size. Data is in the page; nothing is fetched.
"use strict";
const charts = (() => {
  const root = document.documentElement;
  const ink = "#1b1f24", faint = "#eef0f2";
  const words = {
    ok: ["ok", "成功"], rejected: ["rejected", "业务拒绝"], errors: ["errors", "错误"], users: ["users", "用户数"],
    due: ["due", "应到"], dropped: ["dropped", "丢弃"], cpu: ["CPU %", "CPU %"], lag: ["loop lag", "循环滞后"],
    time: ["time", "时间"], latency: ["latency", "延迟"], service: ["service time", "服务时间"],
    percentile: ["percentile", "百分位"], all: ["all operations", "全部操作"], none: ["nothing was measured", "没有数据"],
    baseline: ["baseline", "基线"], candidate: ["candidate", "候选"], run: ["run", "运行"], value: ["value", "数值"],
    rate: ["journeys/s", "业务/秒"], trend: ["trend", "趋势"], mean: ["mean", "均值"],
  };
  const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
  const say = (key) => words[key][root.dataset.lang === "zh" ? 1 : 0];

  const number = (value) => value == null ? "–" : String(+value.toPrecision(4));
  function percent(value) {  // as results.metrics.show: what is not all does not read as 100%
    if (value == null) return "–";
    if (value > 0 && value < 0.0001) return "< 0.0001%";
    let text = number(value);
    for (let digits = 2; value < 100 && +text >= 100; digits++) text = value.toFixed(digits);
    return text + "%";
  }
  function duration(ms) {
    if (ms == null) return "–";
    if (ms === 0) return "0 ms";
    if (ms < 1) return number(ms * 1000) + " µs";
    if (ms < 1000) return number(ms) + " ms";
    return number(ms / 1000) + " s";
  }
  function clock(seconds) {
    const whole = Math.round(seconds), minutes = Math.floor(whole / 60);
    if (whole < 60) return whole + " s";
    const two = (value) => String(value % 60).padStart(2, "0");
    return minutes < 60 ? minutes + ":" + two(whole) : Math.floor(minutes / 60) + ":" + two(minutes) + ":" + two(whole);
  }
  function share(x) {  // x = log10(1 / (1 - p))
    const percent = 100 * (1 - 10 ** -x);
    return percent.toFixed(x < 1 ? 0 : Math.ceil(x - 0.01)).replace(/\.?0+$/, (zeros) => x < 1 ? zeros : "") + "%";
  }

  const valueAxis = (show, extra) => ({ values: (u, splits) => splits.map((v) => v == null ? "" : show(v)), size: 68,
    grid: { stroke: faint }, stroke: ink, ...extra });
  const acrossAxis = (show, extra) => ({ values: (u, splits) => splits.map(show), grid: { stroke: faint }, stroke: ink, ...extra });
  const timeAxis = (extra) => acrossAxis(clock, { incrs: SECONDS, space: 60, ...extra });
  function logTicks(u, axis, low, high) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const step of [1, 2, 5]) ticks.push(step * 10 ** power);
    const inside = ticks.filter((v) => v >= low * 0.999 && v <= high * 1.001);
    return inside.length > 8 ? inside.filter((v) => Math.abs(Math.log10(v) % 1) < 1e-9) : inside;
  }
  const logAxis = (extra) => valueAxis(duration, { splits: logTicks, ...extra });
  const line = (label, stroke, show, extra) => ({ label, stroke, width: 1.6, points: { show: false },
    value: (u, v) => (show || number)(v), ...extra });

  // a hook that draws limits across a chart: [{at, text, stroke, from, to}]; from, to: of the x axis
  function limits(lines) {
    return (u) => {
      const { ctx } = u, { left, top, width, height } = u.bbox, ratio = window.devicePixelRatio || 1;
      ctx.save();
      ctx.font = 11 * ratio + "px system-ui, sans-serif";
      ctx.textAlign = "right";
      let beyond = 0;  // limits above the chart are told under each other at its upper edge
      for (const one of lines) {
        const y = u.valToPos(one.at, "y", true), above = y < top;
        const x0 = one.from == null ? left : Math.max(left, u.valToPos(one.from, "x", true));
        const x1 = one.to == null ? left + width : Math.min(left + width, u.valToPos(one.to, "x", true));
        if (x1 <= x0 || y > top + height) continue;
        ctx.strokeStyle = ctx.fillStyle = one.stroke;
        ctx.lineWidth = 1.5 * ratio;
        ctx.setLineDash([2 * ratio, 3 * ratio]);
        if (!above) {
          ctx.beginPath();
          ctx.moveTo(x0, y);
          ctx.lineTo(x1, y);
          ctx.stroke();
        }
        const text = (above ? "↑ " : "") + one.text, across = ctx.measureText(text).width;
        const at = above ? top + (12 + 14 * beyond++) * ratio : y < top + 14 * ratio ? y + 12 * ratio : y - 4 * ratio;
        const end = Math.max(left + across + 4 * ratio, x1 - 4 * ratio);
        ctx.fillStyle = "rgba(255, 255, 255, 0.85)";
        ctx.fillRect(end - across - 3 * ratio, at - 10 * ratio, across + 6 * ratio, 13 * ratio);
        ctx.fillStyle = one.stroke;
        ctx.fillText(text, end, at);
      }
      ctx.restore();
    };
  }
  // the limits that a chart can show without its data shrinking to nothing: up to `room` times its highest value
  const within = (lines, high, room) => Math.max(high, ...lines.map((one) => one.at).filter((at) => at <= room * high));

  // the upper edge of an axis of logarithms: the limits above it are told there, over the lines and not across them
  const roofed = (low, high, lines) => high * 1.15 * (high / low) ** (0.1 * lines.filter((one) => one.at > high).length);

  const drawn = [];
  const height = () => window.innerWidth < 640 ? 220 : 270;
  const room = (holder) => Math.max(260, holder.clientWidth);
  function clear(ids) {
    for (const entry of drawn.splice(0))
      if (!ids || ids.includes(entry.holder.id)) entry.chart.destroy();
      else drawn.push(entry);
  }
  // make() gives {data, options}, or null where there is nothing to draw
  function put(id, make) {
    const holder = document.getElementById(id);
    if (!holder) return;
    clear([id]);
    holder.replaceChildren();
    const made = make();
    holder.classList.toggle("empty", !made);
    holder.classList.toggle("single", !!made && made.options.series.length === 2);  // its caption says what it is
    if (!made) { holder.textContent = say("none"); return; }
    drawn.push({ holder, chart: new uPlot({ width: room(holder), height: height(), ...made.options }, made.data, holder) });
  }

  // several latencies over log10(1/(1-p)); lines: [{values, label, stroke, dash}]
  function percentiles(x, lines, marks = []) {
    const values = lines.flatMap((one) => one.values).filter((v) => v > 0);
    const low = Math.min(...values), high = within(marks, Math.max(...values), 30);
    const end = Math.max(1, x[x.length - 1]);
    const splits = (u) => (u.width < 500 ? [0, 1, 2, 3, 4] : [0, 0.30103, 1, 1.30103, 2, 3, 4]).filter((at) => at <= end);
    return {
      data: [x, ...lines.map((one) => one.values)],
      options: {
        padding: [null, 40, null, null],
        scales: { x: { time: false, range: [0, end] },
          y: { distr: 3, range: [low / 1.15, roofed(low, high, marks)] } },
        axes: [acrossAxis(share, { splits }), logAxis()],
        series: [{ label: say("percentile"), value: (u, v) => v == null ? "–" : share(v) },
          ...lines.map((one) => line(one.label, one.stroke, duration, { width: 2, dash: one.dash }))],
        hooks: { draw: [limits(marks)] },
      },
    };
  }

  function fill(picker, names) {
    const chosen = picker.value;
    picker.replaceChildren(...names.map((name) => {
      const option = document.createElement("option");
      option.value = name;
      option.textContent = name === "*" ? say("all") : name;
      return option;
    }));
    picker.value = names.includes(chosen) ? chosen : names[0] || "";
    picker.closest("label").hidden = !names.length; // where there is nothing to choose
  }

  function fit(width) {
    for (const { holder, chart } of drawn) chart.setSize({ width: width || room(holder), height: height() });
  }
  // a table that is wider than its place says that it scrolls
  function tell() {
    for (const place of document.querySelectorAll(".scroll"))
      place.classList.toggle("over", place.scrollWidth > place.clientWidth + 1);
  }
  function start(draw) {
    const speak = (language) => {
      root.dataset.lang = language;
      root.lang = language === "zh" ? "zh-CN" : "en";
      for (const button of document.querySelectorAll("[data-set]"))
        button.setAttribute("aria-pressed", String(button.dataset.set === language));
      clear();
      draw();
      tell();
    };
    let waiting = 0;
    window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => { fit(); tell(); }, 100); });
    document.addEventListener("toggle", tell, true);
    // what is closed is printed, too: nobody can open it on paper
    const opened = [];
    window.addEventListener("beforeprint", () => {
      for (const part of document.querySelectorAll("body:not(.sheet) details:not([open])")) opened.push(part);
      for (const part of opened) part.open = true;
      fit(660);
    });
    window.addEventListener("afterprint", () => {
      for (const part of opened.splice(0)) part.open = false;
      fit();
    });
    for (const button of document.querySelectorAll("[data-set]"))
      button.addEventListener("click", () => speak(button.dataset.set));
    const asked = new URLSearchParams(location.hash.slice(1));
    if (asked.get("only")) root.dataset.only = asked.get("only");  // head: for an image
    speak((asked.get("lang") || root.dataset.asked || navigator.language || "en").startsWith("zh") ? "zh" : "en");
    root.dataset.height = Math.ceil(document.body.getBoundingClientRect().height);
  }

  return {
    data: JSON.parse(document.getElementById("data").textContent),
    colour: { blue: "#0072b2", amber: "#e69f00", red: "#d0380c", green: "#00734f", grey: "#7a8490" },
    say, number, percent, duration, clock, valueAxis, acrossAxis, timeAxis, logAxis, line, put, percentiles, fill, start, limits, within, roofed,
  };
})();
