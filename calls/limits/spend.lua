-- The rules of calls/limits/pace.py for Redis.
--
-- KEYS[1]: a hash of what is remembered by kind. ARGV: the time in milliseconds, or "" for Redis's
-- own, then kind, interval, burst and 1 or 0 (whether it counts) of each wish. Answers with the
-- milliseconds to wait: 0, and all of it is counted.

local now = tonumber(ARGV[1])
if not now then
  local clock = redis.call('TIME')
  now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
end

local longest, latest, after = 0, 0, {}
for n = 2, #ARGV, 4 do
  local kind, interval, burst = ARGV[n], tonumber(ARGV[n + 1]), tonumber(ARGV[n + 2])
  local due = tonumber(redis.call('HGET', KEYS[1], kind) or 0)
  due = math.max(due, now) + interval
  longest = math.max(longest, due - now - burst * interval)
  if ARGV[n + 3] == '1' then
    table.insert(after, kind)
    table.insert(after, string.format('%d', due))
    latest = math.max(latest, due - now)
  end
end
if longest > 0 then return longest end
if #after > 0 then
  redis.call('HSET', KEYS[1], unpack(after))
  if redis.call('PTTL', KEYS[1]) < latest then
    redis.call('PEXPIRE', KEYS[1], math.max(latest, 1))
  end
end
return 0
