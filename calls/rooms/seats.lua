-- The rules of calls/rooms/seats.py for Redis, each in one run, so that nothing races.
--
-- A room is one JSON value: {"seq": int, "seats": [Seat, ...], "dismissed": [id, ...]}, without
-- empty fields: cjson turns null into a value that is true.
-- KEYS[1]: the room. ARGV: operation, the seat or its id, channel, grace in seconds, seconds to
-- keep a room that has a seat taken, interval and burst of joins, how many of the dismissed are
-- remembered, and the time: Redis's own, so that processes on several machines agree, unless one
-- is given.

local now = tonumber(ARGV[9])
if not now then
  local clock = redis.call('TIME')
  now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
end
local stored = redis.call('GET', KEYS[1])
local room = stored and cjson.decode(stored) or {seq = 0, seats = {}}

local function save()
  room.seq = math.max(room.seq + 1, math.floor(now * 1000))
  if #room.seats == 0 then
    redis.call('DEL', KEYS[1])
  else
    local keep = 0
    for _, s in ipairs(room.seats) do
      keep = math.max(keep, s.away_until and s.away_until - now or tonumber(ARGV[5]))
    end
    redis.call('SET', KEYS[1], cjson.encode(room), 'EX', math.ceil(math.max(keep, 1)))
  end
  return room.seq
end

local function is_over(s)
  return s.away_until and s.away_until <= now
end

local function enter(seat)
  for _, id in ipairs(room.dismissed or {}) do
    if id == seat.id then
      return {unwanted = true}
    end
  end
  local others, expired, own, replaced = {}, {}, nil, nil
  for _, s in ipairs(room.seats) do
    if s.id == seat.id then
      own = s
      if s.order and seat.order and s.order > seat.order then
        return {late = true}
      end
      if not s.away_until then replaced = s.channel end
    elseif is_over(s) then
      table.insert(expired, s.id)
    else
      table.insert(others, s)
    end
  end
  if #others >= 2 then
    return {full = others}
  end
  local interval, burst, clock = tonumber(ARGV[6]), tonumber(ARGV[7]), math.floor(now * 1000)
  seat.due = nil
  if interval > 0 then
    local due = math.max((own or room).due or 0, clock) + interval
    local wait = due - clock - burst * interval
    if wait > 0 then
      return {wait = wait / 1000}
    end
    if own then seat.due = due else room.due = due end
  end
  local other = others[1]
  if other then seat.polite = not other.polite end
  seat.away_until = nil
  room.seats = {seat}
  if other then table.insert(room.seats, 1, other) end
  local entry = {seat = seat, other = other, replaced = replaced, seq = save()}
  -- cjson writes an empty table as an object: leave it out instead.
  if #expired > 0 then entry.expired = expired end
  return entry
end

if ARGV[1] == 'enter' then
  return cjson.encode(enter(cjson.decode(ARGV[2])))
end

if ARGV[1] == 'sessions' then
  local sessions = {}
  for _, s in ipairs(room.seats) do
    if not is_over(s) then table.insert(sessions, s.session) end
  end
  return sessions
end

for i, s in ipairs(room.seats) do
  if s.id == ARGV[2] then
    if ARGV[1] == 'away' and s.channel == ARGV[3] then
      s.away_until = now + tonumber(ARGV[4])
      return save()
    end
    if ARGV[1] == 'back' and s.channel == ARGV[3] and s.away_until and not is_over(s) then
      s.away_until = nil
      return save()
    end
    if ARGV[1] == 'dismiss' then
      table.remove(room.seats, i)
      room.dismissed = room.dismissed or {}
      table.insert(room.dismissed, s.id)
      if #room.dismissed > tonumber(ARGV[8]) then table.remove(room.dismissed, 1) end
      return save()
    end
    if (ARGV[1] == 'free' and s.channel == ARGV[3]) or (ARGV[1] == 'expire' and is_over(s)) then
      table.remove(room.seats, i)
      return save()
    end
    return false
  end
end
if ARGV[1] == 'expire' then return save() end
return false
