//! The faults that were made elsewhere and must not be made here, each with the tests that would notice.

/// In `target`: the unit tests inside the library.
pub(super) const LIBRARY: &str = "lib";

pub(super) struct Mutant {
    /// What `RINGBACK_MUTANT` is set to.
    pub(super) number: u8,
    /// What goes wrong, in words.
    pub(super) fault: &'static str,
    pub(super) package: &'static str,
    /// The test target, as in `--test TARGET`, or [`LIBRARY`].
    pub(super) target: &'static str,
    /// Full names, as the harness prints them.
    pub(super) tests: &'static [&'static str],
}

pub(super) const MUTANTS: &[Mutant] = &[];
