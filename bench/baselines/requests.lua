-- The requests of our messages, for wrk: bench/baselines/wrk.py. Arguments: the token, and the text as JSON.
-- They are made once and sent in turn: what making them costs is no part of what wrk is asked.
local made, count, last = {}, 1000, 0

function init(args)
  wrk.headers["Authorization"] = "Bearer " .. args[1]
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Accept"] = "application/json"
  wrk.headers["User-Agent"] = "vestnik"
  for number = 1, count do
    local id, phone = string.format("9000000000%04d", number), string.format("7900000%04d", number)
    local body = '{"id":' .. id .. ',"phone":' .. phone .. ',"text":' .. args[2] .. "}"
    made[number] = wrk.format("POST", "/send/" .. id, nil, body)
  end
end

function request()
  last = last % count + 1
  return made[last]
end
