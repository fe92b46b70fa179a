//! Every sentence that people read, in German and English, from `locales/`.

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{LanguageIdentifier, Loader as _, fluent_bundle::FluentValue, static_loader};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // The marks around inserted values are for mixed directions of writing; both languages run the same way.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    De,
    En,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::De, Self::En];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// Its own name for itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::De => "Deutsch",
            Self::En => "English",
        }
    }

    /// Of a locale such as `de` or `de-AT`; `None` for languages that we do not speak.
    pub(crate) fn of(locale: &str) -> Option<Self> {
        let code = locale.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| code.eq_ignore_ascii_case(language.code()))
    }

    /// The one that a browser wants most; `None` when it wants none of ours.
    pub(crate) fn accepted(header: &str) -> Option<Self> {
        let wishes = header.split(',').filter_map(|wish| {
            let (locale, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
            Some((Self::of(locale.trim())?, weight))
        });
        let wanted = wishes.filter(|(_, weight)| *weight > 0.0);
        // The first of equals: browsers list the preferred one first.
        let best =
            wanted.fold(None, |best: Option<(Self, f32)>, wish| if best.is_some_and(|it| it.1 >= wish.1) { best } else { Some(wish) });
        best.map(|(language, _)| language)
    }

    pub(crate) fn say(self, key: &str) -> String {
        LOCALES.lookup(&self.id(), key)
    }

    pub(crate) fn say_with<const N: usize>(self, key: &str, values: [(&'static str, FluentValue<'_>); N]) -> String {
        self.say_of(key, values)
    }

    /// Like [`Language::say_with`], for values that come one by one.
    pub(crate) fn say_of<'v, V: Into<FluentValue<'v>>>(self, key: &str, values: impl IntoIterator<Item = (&'static str, V)>) -> String {
        let values: HashMap<Cow<'static, str>, FluentValue<'_>> =
            values.into_iter().map(|(name, value)| (Cow::Borrowed(name), value.into())).collect();
        LOCALES.lookup_with_args(&self.id(), key, &values)
    }

    fn id(self) -> LanguageIdentifier {
        self.code().parse().expect("our own codes are valid")
    }
}

#[cfg(test)]
mod tests;
