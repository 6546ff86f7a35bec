//! How long to wait after a failure.

use jiff::SignedDuration;

/// The pause after the `failures`-th failure in a row: 5 s doubling to 10 minutes, spread by up to a fifth by
/// `seed` (of the object's UID), so that objects which failed together do not come back together.
pub fn pause(failures: u32, seed: u64) -> SignedDuration {
    spread(
        doubling(
            SignedDuration::from_secs(5),
            failures,
            SignedDuration::from_mins(10),
        ),
        seed,
        5,
    )
}

/// The pause before looking again at a key that the cloud is moving: 3 s doubling to 60 s.
pub fn settling(looks: u32) -> SignedDuration {
    doubling(
        SignedDuration::from_secs(3),
        looks,
        SignedDuration::from_secs(60),
    )
}

/// `period` lengthened by up to a tenth by `seed`: for visits that repeat for ever.
pub fn jitter(period: SignedDuration, seed: u64) -> SignedDuration {
    spread(period, seed, 10)
}

/// `first` doubled `times` times, at most `last`.
pub fn doubling(first: SignedDuration, times: u32, last: SignedDuration) -> SignedDuration {
    first
        .checked_mul(1 << times.min(20))
        .map_or(last, |pause| pause.min(last))
}

fn spread(pause: SignedDuration, seed: u64, parts: i32) -> SignedDuration {
    let thousandth = i32::try_from(seed % 1000).unwrap_or(0);
    pause + (pause / parts) * thousandth / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_minutes_and_no_further() {
        assert_eq!(pause(0, 0), SignedDuration::from_secs(5));
        assert_eq!(pause(3, 0), SignedDuration::from_secs(40));
        assert_eq!(pause(u32::MAX, 0), SignedDuration::from_mins(10));
        assert!(pause(30, 999) < SignedDuration::from_mins(12));
    }

    #[test]
    fn a_key_in_motion_is_looked_at_after_3_s_and_then_ever_more_seldom() {
        let looks: Vec<_> = (0..6).map(|look| settling(look).as_secs()).collect();
        assert_eq!(looks, [3, 6, 12, 24, 48, 60]);
    }
}
