-- Posts of a form, each with an address of its own.
-- Arguments: path, form version, name of the run, posts per thread (0: no limit).

local head = {
  ["Content-Type"] = "application/x-www-form-urlencoded",
  ["Accept"] = "text/html,application/xhtml+xml;q=0.9",
  ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
}

dofile(os.getenv("JAWORT_BENCH_FOLDER") .. "/answers.lua")

function init(args)
  path, version, run, posts = args[1], args[2], args[3], tonumber(args[4])
  if posts == 0 then posts = math.huge end
  number = 0
end

function request()
  if number == posts then return run_dry() end
  number = number + 1
  count_request()
  return wrk.format("POST", path, head, string.format(
    "email=%s-%d-%d%%40example.org&first_name=Anna&company_fax=&consent=newsletter&lang=de" ..
    "&version=%s", run, thread_number, number, version))
end
