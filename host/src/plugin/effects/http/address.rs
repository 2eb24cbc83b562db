//! Addresses that a request may lead to.
//!
//! Public ones it may. All others are refused unless the user granted them: a plugin that may ask
//! `https://example.com` shall not reach the machine's neighbours because somebody has that name lead there.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use crate::plugin::trust::ip_range::IpRange;

/// Why an address is refused: what it is, and how it could be granted.
pub(super) fn refusal(address: IpAddr, granted: &[IpRange]) -> Option<String> {
    // `::ffff:127.0.0.1` is what the system connects to as 127.0.0.1.
    let address = address.to_canonical();
    let is_metadata = is_metadata(address);
    let what = match is_metadata {
        true => "the address of a cloud's metadata",
        false => not_public(address)?,
    };
    // What is there hands out the machine's credentials, and a range may hold it by oversight.
    let is_granted = match is_metadata {
        true => granted.iter().any(|range| range.is_exactly(address)),
        false => granted.iter().any(|range| range.contains(address)),
    };
    (!is_granted).then(|| format!("it leads to {address}, {what}, which `#address={address}` would grant"))
}

/// IPv4 addresses that are not public (IANA, IPv4 Special-Purpose Address Registry).
const NOT_PUBLIC_V4: [([u8; 4], u32, &str); 16] = [
    ([0, 0, 0, 0], 8, "an address of no machine"),
    ([10, 0, 0, 0], 8, "a private address"),
    ([100, 64, 0, 0], 10, "a provider's private address"),
    ([127, 0, 0, 0], 8, "a loopback address"),
    ([169, 254, 0, 0], 16, "a link-local address"),
    ([172, 16, 0, 0], 12, "a private address"),
    ([192, 0, 0, 0], 24, "a reserved address"),
    ([192, 0, 2, 0], 24, "an address for documentation"),
    ([192, 88, 99, 0], 24, "a reserved address"),
    ([192, 168, 0, 0], 16, "a private address"),
    ([198, 18, 0, 0], 15, "an address for benchmarks"),
    ([198, 51, 100, 0], 24, "an address for documentation"),
    ([203, 0, 113, 0], 24, "an address for documentation"),
    ([224, 0, 0, 0], 4, "a multicast address"),
    ([255, 255, 255, 255], 32, "the broadcast address"),
    ([240, 0, 0, 0], 4, "a reserved address"),
];

/// IPv6 addresses that are not public (IANA, IPv6 Special-Purpose Address Registry), as their first two
/// groups. What has another beginning than 2000::/3 is not public either.
const NOT_PUBLIC_V6: [([u16; 2], u32, &str); 9] = [
    ([0xfc00, 0], 7, "a private address"),
    ([0xfe80, 0], 10, "a link-local address"),
    ([0xfec0, 0], 10, "a site-local address"),
    ([0xff00, 0], 8, "a multicast address"),
    // Teredo and its like, which lead to IPv4 addresses of somebody else's choice.
    ([0x2001, 0], 23, "a reserved address"),
    ([0x2001, 0x0db8], 32, "an address for documentation"),
    ([0x3fff, 0], 20, "an address for documentation"),
    // Only the network's operator knows where in these the IPv4 address is (RFC 8215).
    ([0x0064, 0xff9b], 32, "an address of a network's own translation"),
    ([0x5f00, 0], 16, "a reserved address"),
];

/// What an address is that is not public.
fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => not_public_v4(address),
        IpAddr::V6(address) => not_public_v6(address).or_else(|| not_public_v4(embedded(address)?)),
    }
}

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    let same =
        |begin: [u8; 4], bits: u32| (u32::from_be_bytes(begin) ^ address.to_bits()) >> (32 - bits) == 0;
    NOT_PUBLIC_V4.iter().find(|(begin, bits, _)| same(*begin, *bits)).map(|(_, _, what)| *what)
}

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    if address.is_unspecified() {
        return Some("an address of no machine");
    }
    if address.is_loopback() {
        return Some("a loopback address");
    }
    // The one translation that everybody knows, behind which there may be a public address.
    if matches!(address.segments(), [0x0064, 0xff9b, 0, 0, 0, 0, _, _]) {
        return None;
    }
    let [first, second, ..] = address.segments();
    let number = |[first, second]: [u16; 2]| u32::from(first) << 16 | u32::from(second);
    let same = |begin: [u16; 2], bits: u32| (number(begin) ^ number([first, second])) >> (32 - bits) == 0;
    let known = NOT_PUBLIC_V6.iter().find(|(begin, bits, _)| same(*begin, *bits)).map(|(_, _, what)| *what);
    known.or_else(|| (first & 0xe000 != 0x2000).then_some("a reserved address"))
}

/// The IPv4 address that a translator makes of this one: NAT64 (RFC 6052), 6to4 (RFC 3056), and the
/// IPv4-compatible form (RFC 4291, section 2.5.5.1).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

/// Whether a cloud tells a machine there who it is, which other machines must not learn.
fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_metadata_v4(address),
        IpAddr::V6(address) => {
            let [first, second, third, ..] = address.segments();
            // AWS (metadata, EKS Pod Identity, DNS and time), Google, OpenStack.
            (first, second) == (0xfd00, 0x0ec2)
                || (first, second, third) == (0xfd20, 0x00ce, 0)
                || address == Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe)
                || embedded(address).is_some_and(is_metadata_v4)
        }
    }
}

fn is_metadata_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        // 169.254.169.254 of nearly all clouds; 169.254.170.2 and .23 of ECS and EKS; their neighbours.
        [169, 254, 168..=171, _] => true,
        // Azure, Alibaba, Oracle, Tencent.
        [168, 63, 129, 16] | [100, 100, 100, 200] | [192, 0, 0, 192] | [169, 254, 0, 23] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    fn is_refused(text: &str, granted: &[&str]) -> bool {
        let granted: Vec<IpRange> = granted.iter().map(|range| IpRange::parse(range).expect(range)).collect();
        refusal(address(text), &granted).is_some()
    }

    /// Addresses that are not public, each at an end of its range.
    const REFUSED: [&str; 60] = [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.255",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.254",
        "255.255.255.255",
        "::",
        "::1",
        "::2",
        "::8.8.8.8",
        "::10.0.0.1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::1:8.8.8.8",
        "64:ff9b:1::8.8.8.8",
        "64:ff9b:1:ffff::1",
        "2002:7f00:1::1",
        "2002:a00:1::",
        "100::1",
        "2001::1",
        "2001:0:808:808::1",
        "2001:1ff::1",
        "2001:db8::1",
        "3fff::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff02::1",
        "e000::1",
    ];

    const PUBLIC: [&str; 22] = [
        "1.0.0.0",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "2001:200::1",
        "2606:4700::1",
        "2a00::1",
    ];

    /// Addresses of clouds' metadata, each with a range that holds it.
    const METADATA: [(&str, &str); 12] = [
        ("169.254.169.254", "169.254.0.0/16"),
        ("169.254.170.2", "169.254.170.0/24"),
        ("169.254.170.23", "0.0.0.0/0"),
        ("169.254.0.23", "169.254.0.0/16"),
        ("168.63.129.16", "168.63.129.0/24"),
        ("100.100.100.200", "100.64.0.0/10"),
        ("192.0.0.192", "192.0.0.0/24"),
        ("fd00:ec2::254", "fd00::/8"),
        ("fd00:ec2::23", "fd00:ec2::/32"),
        ("fd20:ce::254", "fd00::/8"),
        ("64:ff9b::a9fe:a9fe", "64:ff9b::/96"),
        ("2002:a9fe:a9fe::1", "::/0"),
    ];

    #[test]
    fn only_public_addresses_need_no_grant() {
        for text in REFUSED {
            assert!(is_refused(text, &[]), "{text}");
        }
        for text in PUBLIC {
            assert!(!is_refused(text, &[]), "{text}");
        }
    }

    #[test]
    fn a_grant_of_a_range_is_one_of_what_is_in_it() {
        assert!(!is_refused("10.1.2.3", &["192.168.0.0/16", "10.0.0.0/8"]));
        assert!(!is_refused("::ffff:10.1.2.3", &["10.0.0.0/8"]));
        assert!(!is_refused("::1", &["::1"]));
        assert!(is_refused("10.1.2.3", &["10.1.2.4", "11.0.0.0/8", "::/0"]));
        assert!(is_refused("64:ff9b::10.1.2.3", &["10.0.0.0/8"]));
        assert_eq!(
            refusal(address("::ffff:127.0.0.1"), &[]).as_deref(),
            Some("it leads to 127.0.0.1, a loopback address, which `#address=127.0.0.1` would grant")
        );
    }

    #[test]
    fn metadata_is_granted_by_its_very_address_only() {
        for (text, range) in METADATA {
            assert!(is_refused(text, &[]) && is_refused(text, &[range]), "{text}");
            let bits = if text.contains(':') { 128 } else { 32 };
            assert!(!is_refused(text, &[text]) && !is_refused(text, &[&format!("{text}/{bits}")]), "{text}");
        }
        assert!(is_refused("::ffff:169.254.169.254", &["169.254.0.0/16"]));
        assert!(!is_refused("::ffff:169.254.169.254", &["169.254.169.254"]));
    }

    proptest! {
        #[test]
        fn no_form_of_a_refused_address_is_let_through(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let [a, b, c, d] = v4.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            if refusal(v4.into(), &[]).is_some() {
                for form in [
                    v4.to_ipv6_mapped(),
                    v4.to_ipv6_compatible(),
                    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                    Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                    Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                ] {
                    prop_assert!(refusal(form.into(), &[]).is_some(), "{}", form);
                }
            }
        }
    }
}
