//! The documents that tell Twilio what to do with a call.

use ringback_domain::ids::CallId;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
const BUSY: &str = r#"<Reject reason="busy"/>"#;
pub(super) const REFUSED: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response><Reject reason="rejected"/></Response>"#;

/// Connects the call with the voice agent in both directions.
pub(super) fn connect(stream_url: &str, call: CallId) -> String {
    let stream_url = escaped(stream_url);
    format!(
        r#"{HEAD}<Response><Connect><Stream url="{stream_url}"><Parameter name="call_id" value="{call}"/></Stream></Connect></Response>"#
    )
}

/// A `Reject` that comes first gives a busy tone and is not billed. After a sentence the call has been answered, and
/// the same verb ends it.
pub(super) fn full(announce: Option<(&str, &str)>) -> String {
    match announce {
        None => format!("{HEAD}<Response>{BUSY}</Response>"),
        Some((text, language)) => {
            let (text, language) = (escaped(text), escaped(voice_of(language)));
            format!(r#"{HEAD}<Response><Say language="{language}">{text}</Say>{BUSY}</Response>"#)
        }
    }
}

/// Twilio's voices are of a country.
fn voice_of(language: &str) -> &str {
    match language {
        "de" => "de-DE",
        "en" => "en-GB",
        other => other,
    }
}

/// Escapes for text and for attributes; characters that XML cannot carry at all are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_cannot_become_markup() {
        let said = full(Some((r#"Müller & Söhne <"jetzt">"#, "de")));
        assert_eq!(
            said,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say language=\"de-DE\">Müller &amp; Söhne \
             &lt;&quot;jetzt&quot;&gt;</Say><Reject reason=\"busy\"/></Response>"
        );
        assert!(full(None).ends_with("<Response><Reject reason=\"busy\"/></Response>"));
        let call = "01890000-0000-7000-8000-000000000001".parse().expect("an id");
        assert!(connect("wss://x.example/?a=1&b=\"", call).contains(r#"url="wss://x.example/?a=1&amp;b=&quot;""#));
    }
}
