//! What is accepted for the fields that the command line takes.

use jiff::tz::TimeZone;
use ringback_domain::calling_hours::zones_of_country;

use crate::config::Problem;

const LONGEST_NAME: usize = 200;
const LONGEST_SLUG: usize = 63;

/// Collects what is wrong with several fields, so that all of it is told at once.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn check<T>(&mut self, field: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|message| self.0.push(Problem { what: field.to_owned(), message })).ok()
    }

    /// The fields, when nothing was wrong with any.
    pub(super) fn finish<T>(self, fields: Option<T>) -> Result<T, super::Refused> {
        fields.filter(|_| self.0.is_empty()).ok_or(super::Refused(self.0))
    }
}

pub(super) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        return Err(format!("must have 1 to {LONGEST_NAME} characters and no control characters"));
    }
    Ok(text.to_owned())
}

pub(super) fn slug(text: &str) -> Result<String, String> {
    let letters = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if text.is_empty() || text.len() > LONGEST_SLUG || !letters || text.starts_with('-') || text.ends_with('-') {
        return Err(format!(
            "is {text:?}; accepted are a–z, 0–9 and - (not first or last), at most {LONGEST_SLUG} characters, such as salon-lang"
        ));
    }
    Ok(text.to_owned())
}

/// "Salon Müller & Söhne" → `salon-mueller-soehne`. `None` when nothing of the name can be written in it.
pub(super) fn slug_of(name: &str) -> Option<String> {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            'ä' | 'æ' => slug.push_str("ae"),
            'ö' | 'ø' | 'œ' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'á' | 'à' | 'â' | 'ã' | 'å' => slug.push('a'),
            'é' | 'è' | 'ê' | 'ë' => slug.push('e'),
            'í' | 'ì' | 'î' | 'ï' => slug.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' => slug.push('o'),
            'ú' | 'ù' | 'û' => slug.push('u'),
            'ç' => slug.push('c'),
            'ñ' => slug.push('n'),
            // "Lisa's" is one word.
            '\'' | '’' => {}
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(LONGEST_SLUG);
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

pub(super) fn country(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    if zones_of_country(&code).next().is_none() {
        return Err(format!("{text:?} is not a country; accepted are two letters of ISO 3166, such as DE or IN"));
    }
    Ok(code)
}

pub(super) fn locale(text: &str) -> Result<String, String> {
    match text {
        "de" | "en" => Ok(text.to_owned()),
        _ => Err(format!("is {text:?}; accepted are de and en")),
    }
}

/// The spoken language of a country's businesses, of those that the pages speak.
pub(super) fn locale_of(country: &str) -> &'static str {
    if matches!(country, "DE" | "AT" | "CH" | "LI" | "LU") { "de" } else { "en" }
}

pub(super) fn time_zone(text: &str) -> Result<String, String> {
    let zone = TimeZone::get(text).map_err(|_| format!("{text:?} is not a time zone; accepted are names such as Europe/Berlin"))?;
    zone.iana_name().map(str::to_owned).ok_or_else(|| format!("{text:?} has no name; accepted are names such as Europe/Berlin"))
}

pub(super) use crate::email::parse as email;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_of_what_can_be_read_of_a_name() {
        assert_eq!(slug_of("Salon Müller & Söhne").as_deref(), Some("salon-mueller-soehne"));
        assert_eq!(slug_of("  Lisa's  Café! ").as_deref(), Some("lisas-cafe"));
        assert_eq!(slug_of("日本"), None);
        for name in ["a b", &"x y".repeat(60), "--A--"] {
            let slug_of_name = slug_of(name).expect("letters");
            assert_eq!(slug(&slug_of_name), Ok(slug_of_name.clone()));
        }
    }

    #[test]
    fn what_is_no_field_is_refused_with_what_is() {
        for wrong in ["", "Salon", "-a", "a-", "a_b", "a b", "ä"] {
            assert!(slug(wrong).is_err(), "{wrong}");
        }
        for wrong in ["Germany", "XX", "D", ""] {
            assert!(country(wrong).is_err_and(|message| message.contains("ISO 3166")), "{wrong}");
        }
        for wrong in [
            "",
            "lena",
            "lena@",
            "@example.com",
            "lena@example",
            "a b@example.com",
            "a@b@example.com",
            "a@example..com",
            "Lena <l@example.com>",
        ] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "Berlin", "Europe/Atlantis", "+02:00"] {
            assert!(time_zone(wrong).is_err(), "{wrong}");
        }
        assert!(locale("fr").is_err());
        assert!(name(" ").is_err() && name("a\nb").is_err());
    }

    #[test]
    fn fields_are_written_one_way() {
        assert_eq!(country("de").as_deref(), Ok("DE"));
        assert_eq!(email(" Lena@Example.com ").as_deref(), Ok("lena@example.com"));
        assert_eq!(time_zone("Asia/Kolkata").as_deref(), Ok("Asia/Kolkata"));
        assert_eq!(name(" Salon Lang ").as_deref(), Ok("Salon Lang"));
    }
}
