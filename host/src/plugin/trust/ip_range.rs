//! Ranges of IP addresses.

use std::fmt;
use std::net::IpAddr;

/// An address, or all addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IpRange {
    address: IpAddr,
    /// How many bits; `None` where there was no number, which means all of them.
    bits: Option<u8>,
}

impl IpRange {
    /// The range of one address.
    pub(crate) fn of(address: IpAddr) -> Self {
        Self { address, bits: None }
    }

    /// Reads `IP` or `IP/BITS`, written in the shortest form and without bits beyond BITS.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let wrong = "after address= stands an address or a range, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8";
        let (address, bits) = match text.split_once('/') {
            None => (text, None),
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| wrong)?)),
        };
        let range = Self { address: address.parse().map_err(|_| wrong)?, bits };
        // So that it is written as it was read, and nobody takes 10.1.2.3/8 for one address.
        let is_canonical = range.to_string() == text && bits.is_none_or(|bits| bits <= range.width());
        if !is_canonical || number(range.address) & !range.mask() != 0 {
            return Err(wrong);
        }
        Ok(range)
    }

    /// Whether the address is one of them.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && (number(self.address) ^ number(address)) & self.mask() == 0
    }

    /// Whether it is this very address and no other.
    pub(crate) fn is_exactly(&self, address: IpAddr) -> bool {
        self.contains(address) && self.bits.is_none_or(|bits| bits == self.width())
    }

    fn width(&self) -> u8 {
        if self.address.is_ipv4() { 32 } else { 128 }
    }

    /// The bits that count, as those of a number of 128 bits.
    fn mask(&self) -> u128 {
        let free = self.width().saturating_sub(self.bits.unwrap_or(self.width()));
        u128::MAX.checked_shl(free.into()).unwrap_or(0)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        self.bits.map_or(Ok(()), |bits| write!(f, "/{bits}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_addresses_that_begin_as_it_does() {
        for (range, inside, outside) in [
            ("10.0.0.7", "10.0.0.7", "10.0.0.6"),
            ("10.0.0.7/32", "10.0.0.7", "10.0.0.6"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("0.0.0.0/0", "255.255.255.255", "::"),
            ("::/0", "ffff::1", "0.0.0.0"),
            ("fd00::/8", "fdff::1", "fc00::"),
            ("::1", "::1", "::2"),
            ("::1/128", "::1", "0.0.0.1"),
        ] {
            let parsed = IpRange::parse(range).expect(range);
            assert_eq!(parsed.to_string(), range);
            assert!(parsed.contains(inside.parse().expect("an address")), "{range}");
            assert!(!parsed.contains(outside.parse().expect("an address")), "{range}");
        }
    }

    #[test]
    fn one_address_is_told_from_a_range() {
        let address = "10.0.0.0".parse().expect("an address");
        for (range, exactly) in [("10.0.0.0", true), ("10.0.0.0/32", true), ("10.0.0.0/31", false)] {
            assert_eq!(IpRange::parse(range).expect(range).is_exactly(address), exactly, "{range}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10.0.0.1/8",
            "10/8",
            "::/129",
            "fd00:0::/8",
            "FD00::/8",
            "010.0.0.1",
            "localhost",
            "*",
            "10.0.0.0/8/8",
            " 10.0.0.1",
        ] {
            assert!(IpRange::parse(text).is_err(), "{text}");
        }
    }
}
