//! Faults that the suite must catch, put back one at a time (feature `mutants`, number in `RINGBACK_MUTANT`).
//! Without the feature this is `false` at compile time.

#[cfg(feature = "mutants")]
pub(crate) fn fault(number: u32) -> bool {
    static CHOSEN: std::sync::LazyLock<Option<u32>> =
        std::sync::LazyLock::new(|| std::env::var("RINGBACK_MUTANT").ok().and_then(|text| text.parse().ok()));
    *CHOSEN == Some(number)
}

#[cfg(not(feature = "mutants"))]
pub(crate) const fn fault(_number: u32) -> bool {
    false
}
