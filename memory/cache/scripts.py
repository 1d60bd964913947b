"""The scripts that Redis runs for the shared cache, each as one step that nothing comes between.

The hash of changes holds `=epoch`, `=sequence` (how many changes there were), `=floor` (nothing read before that is
fresh), and for each tag `c:TAG`, the sequence of its last change, and `f:TAG`, that of when it was last forgotten.
"""

from typing import Final

_BEGUN: Final = """
local function begun(changes, epoch)
    local known = redis.call('HMGET', changes, '=epoch', '=sequence', '=floor')
    if known[1] and known[2] and known[3] then return known end
    redis.call('DEL', changes)
    redis.call('HSET', changes, '=epoch', epoch, '=sequence', '0', '=floor', '0')
    return {epoch, '0', '0'}
end
local function after(changes, field, sequence)
    local at = redis.call('HGET', changes, field)
    return at and tonumber(at) > sequence
end
"""

FIND: Final = f"""{_BEGUN}
local known = begun(KEYS[1], ARGV[1])
local kept = redis.call('HMGET', KEYS[2], 'entry', 'epoch', 'sequence', 'tags')
if not kept[1] then return {{known[1], known[2]}} end
local sequence = tonumber(kept[3])
local changed = kept[2] ~= known[1] or sequence < tonumber(known[3])
for _, tag in ipairs(cjson.decode(kept[4])) do
    if after(KEYS[1], 'f:' .. tag, sequence) then return {{known[1], known[2]}} end
    changed = changed or after(KEYS[1], 'c:' .. tag, sequence)
end
return {{known[1], known[2], changed and 1 or 0, kept[1]}}
"""
"""KEYS: changes, value. ARGV: an epoch to begin with. Epoch, sequence, and of a value: whether it changed, and it."""

PUT: Final = f"""{_BEGUN}
local known = redis.call('HMGET', KEYS[1], '=epoch', '=sequence', '=floor')
local sequence = tonumber(ARGV[2])
if known[1] ~= ARGV[1] or not known[3] or sequence < tonumber(known[3]) then return -1 end
for _, tag in ipairs(cjson.decode(ARGV[4])) do
    if after(KEYS[1], 'c:' .. tag, sequence) then return -1 end
end
if ARGV[3] == '' then
    redis.call('UNLINK', KEYS[2])
    return 0
end
local kept = redis.call('HMGET', KEYS[2], 'epoch', 'sequence', 'read_at')
local older = kept[1] ~= known[1] or tonumber(kept[2]) < sequence or tonumber(kept[3]) < tonumber(ARGV[5])
if not older then return 0 end
redis.call('HSET', KEYS[2], 'epoch', ARGV[1], 'sequence', ARGV[2], 'entry', ARGV[3], 'tags', ARGV[4],
    'read_at', ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('ZADD', KEYS[3], ARGV[5], KEYS[2])
return redis.call('ZCARD', KEYS[3])
"""
"""KEYS: changes, value, index. ARGV: epoch, sequence, entry ('' when it is too large), tags, read at and life in ms.

-1 when it was overtaken by a change, else how many values the index holds, or 0 when nothing was kept.
"""

CHANGE: Final = f"""{_BEGUN}
begun(KEYS[1], ARGV[1])
local sequence = redis.call('HINCRBY', KEYS[1], '=sequence', 1)
if ARGV[3] == 'all' then
    redis.call('HSET', KEYS[1], '=floor', sequence)
    return
end
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[2]) then
    local epoch = redis.call('HGET', KEYS[1], '=epoch')
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], '=epoch', epoch, '=sequence', sequence, '=floor', sequence)
end
for number = 4, #ARGV do
    redis.call('HSET', KEYS[1], 'c:' .. ARGV[number], sequence)
    if ARGV[3] == 'forget' then redis.call('HSET', KEYS[1], 'f:' .. ARGV[number], sequence) end
end
"""
"""KEYS: changes. ARGV: an epoch to begin with, the most fields, 'tags', 'forget' or 'all', and the tags."""

RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
"""KEYS: turn. ARGV: the token that it was taken with."""
