-- wrk on the work of benchmarks/peers/work.py. BENCH_FILE: send the lines of a prepared file instead.
-- Lua has no JSON here: the answer is checked by a search for the business code, the cheapest check there is.
local serial = 0
local lines = {}
local file = os.getenv("BENCH_FILE")
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  wrk.method = "POST"
  wrk.path = "/api/declaration/submit"
  wrk.headers["Content-Type"] = "application/json"
  if file and file ~= "" then
    for line in io.lines(file) do lines[#lines + 1] = line end
  end
  refused_total = 0
end

local format = '{"djxh":"1011430103%04d%06d","nsrsbh":"914301%04d%08d","nsrmc":"长沙人海机械制造有限公司",' ..
  '"yzpzzlDm":"BDA0610606","skssqq":"2015-09-01","skssqz":"2015-09-30","sbsxDm1":"11","sbrq1":"2015-10-12",' ..
  '"zgswjDm":"14301030000","lrrDm":"14301030017","xse":%d.25,"ynse":%d.75,"sqldse":0,"ybtse":%d.5}'

function request()
  serial = serial + 1
  local body
  if #lines > 0 then
    body = lines[serial % #lines + 1]
  else
    local stream, number = math.floor(serial / 1000000), serial % 1000000
    body = string.format(format, stream, number, stream, number, number, number, number)
  end
  return wrk.format(nil, nil, nil, body)
end

function response(status, headers, body)
  if status ~= 200 or not string.find(body, '"Code":"000"', 1, true) then
    refused_total = refused_total + 1
  end
end

function done(summary, latency, requests)
  local refused = 0
  for _, thread in ipairs(threads) do refused = refused + thread:get("refused_total") end
  io.write(string.format('BENCH {"requests":%d,"refused":%d,"errors":%d,"seconds":%.3f}\n', summary.requests, refused,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.duration / 1e6))
end
