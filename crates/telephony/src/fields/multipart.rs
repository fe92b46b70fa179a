//! Reads multipart/form-data as carriers send it: small text fields, all of it in memory already.

/// More parts than any carrier sends.
const MOST_PARTS: usize = 256;

/// The named parts as text, in order. `None`: this is no multipart body of that content type. A last part that was
/// cut off is left out.
pub(super) fn read(content_type: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    let boundary = parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty() && boundary.len() <= 200)?;
    let delimiter = format!("--{boundary}").into_bytes();
    let mut rest = &body[find(body, &delimiter)? + delimiter.len()..];
    let mut parts = Vec::new();
    while parts.len() < MOST_PARTS && !rest.starts_with(b"--") {
        let Some(end) = end_of_part(rest, &delimiter) else { break };
        parts.extend(part(&rest[..end]));
        // The line break before the delimiter belongs to the delimiter.
        rest = &rest[end + find(&rest[end..], &delimiter)? + delimiter.len()..];
    }
    Some(parts)
}

/// Where the part ends: before the line break of the next delimiter at a line's start.
fn end_of_part(rest: &[u8], delimiter: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + find(&rest[from..], delimiter)?;
        if rest[..at].ends_with(b"\r\n") {
            return Some(at - 2);
        }
        if rest[..at].ends_with(b"\n") {
            return Some(at - 1);
        }
        from = at + 1;
    }
}

fn part(part: &[u8]) -> Option<(String, String)> {
    let part = part.strip_prefix(b"\r\n").or_else(|| part.strip_prefix(b"\n"))?;
    let (head, content) = match (find(part, b"\r\n\r\n"), find(part, b"\n\n")) {
        (Some(at), _) => (&part[..at], &part[at + 4..]),
        (None, Some(at)) => (&part[..at], &part[at + 2..]),
        // An empty last field: the blank line is the delimiter's.
        (None, None) => (part, &[][..]),
    };
    let head = String::from_utf8_lossy(head);
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    Some((parameter(disposition, "name")?, String::from_utf8_lossy(content).into_owned()))
}

/// A parameter of a header's value: `; name="x"` or `; name=x`.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
        rest = next.trim_start().strip_prefix(';')?;
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
