//! What stands in Redis, and the scripts that change it: each is one atomic step there.
//!
//! An entry is `V|generation|version|payload`, or a floor, `F|generation|version|`, which says that nothing older may be stored.
//! Entries of another generation than the present one count for nothing: to forget everything is to change the generation.

/// How long a floor stands. Fills that began longer ago than [`OLDEST_FILL`] are dropped, so it need not stand longer.
pub(super) const FLOOR_MILLIS: u64 = 60_000;
/// The age at which a fill is too old to be stored.
pub(super) const OLDEST_FILL: std::time::Duration = std::time::Duration::from_secs(5);

/// The generation, made if there is none (an empty or a flushed Redis), and the entry. KEYS: generation, entry. ARGV: a new generation.
pub(super) const LOOK: &str = r"
local generation = redis.call('GET', KEYS[1])
if not generation then
    generation = ARGV[1]
    redis.call('SET', KEYS[1], generation)
end
return {generation, redis.call('GET', KEYS[2])}
";

/// Stores a value unless something newer is there, or a floor above it, or the generation has changed since it was looked for.
/// KEYS: generation, entry. ARGV: the generation then, version, payload, milliseconds to live.
pub(super) const OFFER: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local generation, version = string.match(redis.call('GETRANGE', KEYS[2], 0, 99), '^%u|([^|]*)|(%d+)|')
if generation == ARGV[1] and tonumber(version) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], 'V|' .. ARGV[1] .. '|' .. ARGV[2] .. '|' .. ARGV[3], 'PX', ARGV[4])
return 1
";

/// Puts floors. KEYS: generation, entries. ARGV: a new generation, milliseconds to live, then the version of each entry.
pub(super) const FLOOR: &str = r"
local generation = redis.call('GET', KEYS[1])
if not generation then
    generation = ARGV[1]
    redis.call('SET', KEYS[1], generation)
end
for at = 2, #KEYS do
    local floor = ARGV[at + 1]
    local known, version = string.match(redis.call('GETRANGE', KEYS[at], 0, 99), '^%u|([^|]*)|(%d+)|')
    if known ~= generation or tonumber(version) < tonumber(floor) then
        redis.call('SET', KEYS[at], 'F|' .. generation .. '|' .. floor .. '|', 'PX', ARGV[2])
    end
end
return 1
";

/// The version and the payload of a value of this generation; `None` for floors, for entries of other generations and for whatever
/// else stands there.
pub(super) fn value_of<'e>(entry: &'e [u8], generation: &str) -> Option<(i64, &'e [u8])> {
    let mut parts = entry.splitn(4, |byte| *byte == b'|');
    let (kind, of, version, payload) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if kind != b"V" || of != generation.as_bytes() {
        return None;
    }
    Some((std::str::from_utf8(version).ok()?.parse().ok()?, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_of_the_present_generation_count() {
        assert_eq!(value_of(b"V|g1|7|{\"a\":\"x|y\"}", "g1"), Some((7, &b"{\"a\":\"x|y\"}"[..])));
        assert_eq!(value_of(b"V|g0|7|{}", "g1"), None);
        assert_eq!(value_of(b"F|g1|7|", "g1"), None);
        assert_eq!(value_of(b"rubbish", "g1"), None);
        assert_eq!(value_of(b"V|g1|x|{}", "g1"), None);
    }
}
