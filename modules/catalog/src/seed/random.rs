//! A random number generator that gives the same numbers in every version: synthetic catalogs are compared over years, and
//! the generators of crates may change.

/// `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The generator of one thing (product 17) of one kind (`products`): it depends on nothing made before.
    pub fn of(stream: u64, number: u64) -> Self {
        let mut random = Self(stream);
        let mixed = random.next();
        Self(mixed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        // The high half of a product: no bias that a catalog could show.
        let wide = u128::from(self.next()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Whether something that happens in `percent` of the cases happens now.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items, all alike.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(usize::try_from(self.below(items.len() as u64)).ok()?)
    }

    /// One of the words; the lists of words are never empty.
    pub fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or_default()
    }

    /// An index below `end`, small ones much more often: the first of a thousand comes about every seventh time, as the
    /// most popular of a thousand brands would (Zipf with exponent 1, by inverting its continuous form).
    pub fn popular(&mut self, end: usize) -> usize {
        /// 2^53: as many steps as a float has between 0 and 1.
        const STEPS: u64 = 1 << 53;
        if end == 0 {
            return 0;
        }
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        let (unit, most) = (self.below(STEPS) as f64 / STEPS as f64, end as f64);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and `end`, rounded down on purpose"
        )]
        let index = ((most + 1.0).powf(unit) - 1.0) as usize;
        index.min(end - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_paper() {
        let mut random = Random(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn popular_things_are_popular_and_all_are_possible() {
        let mut random = Random::of(7, 0);
        let mut counts = [0_u32; 100];
        for _ in 0..100_000 {
            counts[random.popular(100)] += 1;
        }
        assert!(counts[0] > 4 * counts[9], "{counts:?}");
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    }
}
