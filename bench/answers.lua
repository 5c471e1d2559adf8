-- What posts.lua and presses.lua share. wrk gives each thread a Lua state of its own; globals of a
-- thread can be read with thread:get() when all is over.

local ffi = require("ffi")
ffi.cdef [[
  struct jawort_time { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct jawort_time *time);
  int getpid(void);
  int kill(int process, int signal);
  int poll(void *none, unsigned long count, int milliseconds);
]]
local time = ffi.new("struct jawort_time")

local function monotonic_seconds()
  ffi.C.clock_gettime(1, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

local threads = {}

function setup(thread)
  thread:set("thread_number", #threads)
  table.insert(threads, thread)
end

-- Counts the requests of this thread between `began` and `latest`. The first one does not count:
-- wrk makes one to try the script, before the threads run.
function count_request()
  latest = monotonic_seconds()
  if requests_made then began = began or latest end
  requests_made = (requests_made or -1) + 1
end

-- When there is nothing left to ask for. The answers that are still under way are waited for, and
-- the other threads get a second to finish, meanwhile this one goes easy on the server. Then SIGINT
-- ends wrk, which would end by time only.
local dry = 0

function run_dry()
  dry = dry + 1
  if dry > 100 then ffi.C.poll(nil, 0, 10) end
  if dry == 200 then ffi.C.kill(ffi.C.getpid(), 2) end
  return wrk.format("GET", "/healthz")
end

-- One line of JSON. `per_second` is what the threads asked for, each over its own time: right also
-- when the run ended early.
function done(summary, latency)
  local made, per_second = 0, 0
  for _, thread in ipairs(threads) do
    local n, from, to = thread:get("requests_made"), thread:get("began"), thread:get("latest")
    if from and to > from then
      made, per_second = made + n, per_second + n / (to - from)
    end
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"answers":%d,"requests":%d,"per_second":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,' ..
    '"bad_status":%d,"broken":%d,"timeouts":%d}\n',
    summary.requests, made, per_second, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status, errors.connect + errors.read + errors.write,
    errors.timeout))
end
