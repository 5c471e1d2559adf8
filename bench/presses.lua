-- Visits of links, each once: GET opens the page, POST presses its button.
-- Arguments: GET or POST, file with one path per line, number of threads.

local head = {
  ["Content-Type"] = "application/x-www-form-urlencoded",
  ["Accept"] = "text/html,application/xhtml+xml;q=0.9",
  ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
}
local paths = {}
local at = 0

dofile(os.getenv("JAWORT_BENCH_FOLDER") .. "/answers.lua")

function init(args)
  method = args[1]
  body = method == "POST" and "decision=confirm" or nil
  local threads, line_number = tonumber(args[3]), 0
  for line in io.lines(args[2]) do
    if line_number % threads == thread_number then table.insert(paths, line) end
    line_number = line_number + 1
  end
end

function request()
  if at == #paths then return run_dry() end
  at = at + 1
  count_request()
  return wrk.format(method, paths[at], head, body)
end
