// k6 as its documentation tells one to hold a rate: constant-arrival-rate (open model), one VU in store an arrival
// of one second, and more when they run out.
import http from "k6/http";

const rate = Number(__ENV.BENCH_RATE);
const params = { headers: { "Content-Type": "application/json" } };

export const options = {
  scenarios: {
    steady: {
      executor: "constant-arrival-rate",
      rate: rate,
      timeUnit: "1s",
      duration: __ENV.BENCH_SECONDS + "s",
      preAllocatedVUs: rate,
      maxVUs: 4 * rate,
    },
  },
  summaryTrendStats: ["count", "med", "p(90)", "p(95)", "p(99)", "p(99.9)", "max"],
};

export default function () {
  http.post(__ENV.BENCH_URL + "/api/declaration/submit", JSON.stringify({ djxh: __ITER, vu: __VU }), params);
}
