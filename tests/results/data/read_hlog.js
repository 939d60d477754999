// Percentiles of an .hlog by hdr-histogram-js: node read_hlog.js MODULE FILE, JSON on stdout.
const [, , module_, file] = process.argv;
const hdr = require(module_);
const added = {};
for (const line of require("fs").readFileSync(file, "utf8").split("\n")) {
  const found = /^Tag=([^,]+),[^,]+,[^,]+,[^,]+,(\S+)/.exec(line);
  if (!found) continue;
  const part = hdr.decodeFromCompressedBase64(found[2]);
  if (added[found[1]]) added[found[1]].add(part);
  else added[found[1]] = part;
}
const read = {};
for (const [name, whole] of Object.entries(added)) {
  read[name] = { total: whole.totalCount, max: whole.maxValue };
  for (const [key, percent] of [["p50", 50], ["p90", 90], ["p95", 95], ["p99", 99], ["p999", 99.9]])
    read[name][key] = whole.getValueAtPercentile(percent);
}
console.log(JSON.stringify(read));
