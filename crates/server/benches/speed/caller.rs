//! A carrier that asks what to do with a caller: one connection that stays open, and nothing else, so that what is measured is the
//! answer and not a client.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

pub(crate) struct Caller {
    stream: TcpStream,
    host: String,
    path: String,
}

impl Caller {
    /// `ingress` is the phone's address without its last word.
    pub(crate) async fn at(ingress: &str) -> Self {
        let (host, path) = ingress.trim_start_matches("http://").split_once('/').expect("http://HOST/PATH");
        let stream = TcpStream::connect(host).await.expect("connects");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, host: host.to_owned(), path: format!("/{path}") }
    }

    /// The `nth` person rings.
    pub(crate) async fn rings(&mut self, nth: usize) {
        let Self { stream, host, path } = self;
        let asked = format!("{path}/incoming?CallSid=in-{nth}&CallFrom=%2B4915112{nth:06}&CallTo=x&Direction=incoming");
        stream.write_all(format!("GET {asked} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await.expect("sent");
        let (mut answer, mut whole) = (Vec::with_capacity(1024), None);
        while whole.is_none_or(|whole| answer.len() < whole) {
            assert_ne!(stream.read_buf(&mut answer).await.expect("answers"), 0, "the server hung up");
            whole = whole.or_else(|| length(&answer));
        }
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1.1 200 ") || text.starts_with("HTTP/1.1 302 "), "{text}");
    }
}

/// Of head and body, once the head is there.
fn length(answer: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(answer).ok()?;
    let head = text.find("\r\n\r\n")? + 4;
    let lines = text[..head].lines().filter_map(|line| line.split_once(": "));
    let body = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length")).find_map(|(_, value)| value.trim().parse().ok());
    Some(head + body.unwrap_or(0_usize))
}
