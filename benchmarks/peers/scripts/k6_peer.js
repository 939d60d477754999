// k6 on the work of benchmarks/peers/work.py. BENCH_FILE: send the lines of a prepared file instead.
import http from "k6/http";
import { check } from "k6";

// A plain array in each VU: reading one line of a SharedArray of such lines takes 1.5 ms, 50 times the request.
const lines = __ENV.BENCH_FILE ? open(__ENV.BENCH_FILE).split("\n").filter((line) => line) : [];
const url = __ENV.BENCH_URL + "/api/declaration/submit";
const params = { headers: { "Content-Type": "application/json" } };

export const options = {
  vus: Number(__ENV.BENCH_USERS || 50),
  duration: __ENV.BENCH_SECONDS + "s",
  summaryTrendStats: ["count", "med", "p(90)", "p(95)", "p(99)", "p(99.9)", "max"],
};

function fields(stream, serial) {
  return {
    djxh: "1011430103" + String(stream).padStart(4, "0") + String(serial).padStart(6, "0"),
    nsrsbh: "914301" + String(stream).padStart(4, "0") + String(serial).padStart(8, "0"),
    nsrmc: "长沙人海机械制造有限公司",
    yzpzzlDm: "BDA0610606",
    skssqq: "2015-09-01",
    skssqz: "2015-09-30",
    sbsxDm1: "11",
    sbrq1: "2015-10-12",
    zgswjDm: "14301030000",
    lrrDm: "14301030017",
    xse: serial + 0.25,
    ynse: serial + 0.75,
    sqldse: 0,
    ybtse: serial + 0.5,
  };
}

export default function () {
  const serial = __ITER + 1;
  const body = lines.length ? lines[(__VU * 977 + serial) % lines.length] : JSON.stringify(fields(__VU, serial));
  const response = http.post(url, body, params);
  check(response, { accepted: (r) => r.json("rtn_msg.Code") === "000" });
}
