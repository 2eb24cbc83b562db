//! Ranges of IPv4 addresses.

use std::net::Ipv4Addr;

/// A range: addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cidr {
    address: u32,
    length: u32,
}

impl Cidr {
    /// Reads `10.0.0.0/8`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let length = length.parse().ok().filter(|length| *length <= 32)?;
        Some(Self { address: address.parse::<Ipv4Addr>().ok()?.to_bits(), length })
    }

    /// Whether it is every address.
    pub(super) fn is_all(self) -> bool {
        self.length == 0
    }

    /// Whether an address is in both: one range holds the other, or they have none in common.
    pub(super) fn overlaps(self, other: Self) -> bool {
        let bits = self.length.min(other.length);
        bits == 0 || (self.address ^ other.address) >> (32 - bits) == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn overlap(one: &str, other: &str) -> bool {
        let parse = |text| Cidr::parse(text).expect("a range");
        parse(one).overlaps(parse(other))
    }

    #[test]
    fn ranges_overlap_where_one_holds_the_other() {
        assert!(overlap("10.0.0.0/16", "10.0.3.0/24") && overlap("10.0.3.0/24", "10.0.0.0/16"));
        assert!(overlap("0.0.0.0/0", "192.168.1.1/32") && overlap("10.1.2.3/8", "10.0.0.0/16"));
        assert!(!overlap("10.0.0.0/24", "10.0.1.0/24") && !overlap("10.0.0.0/8", "11.0.0.0/8"));
        for bad in ["", "10.0.0.0", "10.0.0/8", "10.0.0.0/33", "::/0", "10.0.0.0/-1", "a/8"] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd_and_overlapping_goes_both_ways(
            text in ".{0,20}", one: (u32, u8), other: (u32, u8),
        ) {
            let _ = Cidr::parse(&text);
            let range = |(address, length): (u32, u8)| Cidr { address, length: u32::from(length % 33) };
            let (one, other) = (range(one), range(other));
            prop_assert_eq!(one.overlaps(other), other.overlaps(one));
            prop_assert!(one.overlaps(one));
        }
    }
}
