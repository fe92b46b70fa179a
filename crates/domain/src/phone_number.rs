//! Telephone numbers: parsed once at the edge, printed masked.

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};
use serde::{Deserialize, Serialize};

/// A valid number in E.164. `Display` and `Debug` mask it; [`PhoneNumber::reveal`] is for carriers, the database and
/// the company's own people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

/// What kind of line a number belongs to, as far as decision 17 asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// A fixed or mobile line: somebody may be called there.
    Subscriber,
    Premium,
    SharedCost,
    Satellite,
    /// Toll-free, pager, voicemail access, universal access and the like.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a telephone number that exists; accepted are +49 30 901820 or, inside the company's country, 030 901820")]
pub struct NotANumber;

impl PhoneNumber {
    /// Reads a number as people and carriers write it. `country` (ISO 3166, two letters) is for national numbers.
    pub fn parse(text: &str, country: &str) -> Result<Self, NotANumber> {
        let text = text.trim();
        let text = text.strip_prefix("tel:").unwrap_or(text);
        if text.len() > 40 || !text.chars().all(|c| c.is_ascii_digit() || "+ ()-./\u{a0}".contains(c)) {
            return Err(NotANumber);
        }
        let number = PHONE_NUMBER_UTIL.parse(text, country.parse::<Region>().ok()).map_err(|_| NotANumber)?;
        if !number.is_valid() {
            return Err(NotANumber);
        }
        Ok(Self(number.format_as(PhoneNumberFormat::E164).into_owned()))
    }

    /// Takes back what [`PhoneNumber::reveal`] gave out; for the store alone.
    pub fn from_stored(e164: String) -> Self {
        Self(e164)
    }

    /// The whole number, E.164.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// As people inside `country` write it (`0151 12345678`), international elsewhere.
    pub fn readable(&self, country: &str) -> String {
        let Some(number) = self.known() else { return self.0.clone() };
        let own = number.get_region_code().is_some_and(|region| region.as_region_str().as_str() == country);
        let format = if own { PhoneNumberFormat::National } else { PhoneNumberFormat::International };
        number.format_as(format).into_owned()
    }

    /// The country of the number (ISO 3166, two letters); `None` for numbers of no country (satellite, +800 …).
    pub fn country(&self) -> Option<String> {
        self.known()?.get_region_code().map(|region| region.as_region_str().as_str().to_owned()).filter(|code| code != "001")
    }

    pub fn line_kind(&self) -> LineKind {
        use PhoneNumberType as T;
        let Some(number) = self.known() else { return LineKind::Other };
        // 870, 878, 881, 882 and 883 are shared by satellite and global networks (ITU-T E.164).
        if matches!(number.country_code, 870 | 878 | 881 | 882 | 883) {
            return LineKind::Satellite;
        }
        match number.get_type() {
            T::FixedLine | T::Mobile | T::FixedLineOrMobile | T::VoIP | T::PersonalNumber => LineKind::Subscriber,
            T::PremiumRate => LineKind::Premium,
            T::SharedCost => LineKind::SharedCost,
            T::TollFree | T::Pager | T::UAN | T::VoiceMail | T::Unknown => LineKind::Other,
        }
    }

    fn known(&self) -> Option<rlibphonenumber::PhoneNumber> {
        PHONE_NUMBER_UTIL.parse(&self.0, None).ok()
    }
}

/// What international numbers of a country begin with: 49 for `DE`.
pub fn calling_code(country: &str) -> Option<u32> {
    let region = country.parse::<Region>().ok()?;
    PHONE_NUMBER_UTIL.get_country_code_for_region(region).and_then(|code| u32::try_from(code).ok())
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…{}", self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PhoneNumber {
    /// The whole number: what is serialized goes to the company's own people and systems.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.reveal())
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them_and_kept_in_e164() {
        for (text, country, e164) in [
            ("030 901820", "DE", "+4930901820"),
            ("+49 (0)30 / 901820", "DE", "+4930901820"),
            ("tel:+91-98450-12345", "DE", "+919845012345"),
            ("09845012345", "IN", "+919845012345"),
        ] {
            assert_eq!(PhoneNumber::parse(text, country).map(|n| n.reveal().to_owned()), Ok(e164.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", "anonymous", "+999123456789", "12", "+49 30 901820;ext=5", "+4930901820x", "Restricted", "+"] {
            assert_eq!(PhoneNumber::parse(text, "DE"), Err(NotANumber), "{text}");
        }
    }

    #[test]
    fn printing_never_shows_a_whole_number() {
        let number = PhoneNumber::parse("+4915112345678", "DE").expect("valid");
        assert_eq!(format!("{number} {number:?}"), "…5678 …5678");
    }

    #[test]
    fn the_machine_can_tell_subscribers_from_costly_lines() {
        let kind = |text: &str| PhoneNumber::parse(text, "DE").map(|n| n.line_kind());
        assert_eq!(kind("+4915112345678"), Ok(LineKind::Subscriber));
        assert_eq!(kind("+499001234567"), Ok(LineKind::Premium));
        assert_eq!(kind("+491801234567"), Ok(LineKind::SharedCost));
        assert_eq!(kind("+881612345678"), Ok(LineKind::Satellite));
        assert_eq!(kind("+498001234567"), Ok(LineKind::Other));
    }

    proptest::proptest! {
        #[test]
        fn whatever_somebody_types_is_read_or_refused(text in ".{0,60}", country in "[A-Z]{2}|.{0,3}") {
            if let Ok(number) = PhoneNumber::parse(&text, &country) {
                proptest::prop_assert_eq!(PhoneNumber::parse(number.reveal(), "ZZ"), Ok(number.clone()), "E.164 reads itself back");
                proptest::prop_assert!(!number.to_string().contains(number.reveal()));
                let _ = (number.line_kind(), number.country(), number.readable(&country));
            }
        }

        #[test]
        fn digits_with_the_usual_marks_are_read_or_refused(text in "[+]?[0-9 ()/.-]{0,24}") {
            let _ = PhoneNumber::parse(&text, "DE");
        }
    }
}
