//! From which address a request comes, as far as that can be known.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;

/// The caller's address. A proxy on this machine or in its network says whom it speaks for.
pub(crate) fn client_address(peer: Option<SocketAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer?.ip().to_canonical();
    let near = match peer {
        IpAddr::V4(it) => it.is_loopback() || it.is_private(),
        IpAddr::V6(it) => it.is_loopback() || it.is_unique_local(),
    };
    let forwarded = headers.get_all("x-forwarded-for").into_iter().next_back().and_then(|it| it.to_str().ok());
    let last = forwarded.and_then(|it| it.rsplit(',').next()).and_then(|it| it.trim().parse().ok());
    last.filter(|_| near).or(Some(peer))
}

/// The same for all addresses of one subscriber: who has IPv6 has a whole /64 of it.
pub(crate) fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => Ipv6Addr::from_bits(it.to_bits() & (u128::MAX << 64)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_believed_only_from_near() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 198.51.100.7".parse().expect("a header"));
        let address = |peer: &str| client_address(Some(peer.parse().expect("an address")), &headers).expect("known").to_string();
        assert_eq!(address("127.0.0.1:9"), "198.51.100.7");
        assert_eq!(address("[::ffff:10.0.0.2]:9"), "198.51.100.7");
        assert_eq!(address("203.0.113.1:9"), "203.0.113.1");
    }

    #[test]
    fn a_subscriber_is_one_whatever_address_of_his_he_takes() {
        let of = |text: &str| subscriber(text.parse().expect("an address")).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:198.51.100.7"), "198.51.100.7");
    }
}
