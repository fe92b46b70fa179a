//! Addresses of people.

/// In lower case: letters' case makes no other mailbox in practice, and nobody remembers how he typed it.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    let fits = text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\"[]\\".contains(c))
        && text.split_once('@').is_some_and(|(local, domain)| {
            let labels: Vec<&str> = domain.split('.').collect();
            !local.is_empty() && labels.len() > 1 && labels.iter().all(|label| !label.is_empty() && !label.contains('@'))
        });
    if fits { Ok(text) } else { Err("is not an e-mail address; accepted are addresses such as lena@example.com".to_owned()) }
}
