//! What security groups let through.
//!
//! Source: Amazon VPC User Guide, "Security groups": what no rule allows is not let through, the rules of all groups
//! of an interface count together, and answers are let through by themselves.

use super::cidr::Cidr;
use super::described::Permission;
use super::described::SecurityGroup;

/// Whether packets are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lets {
    /// No rule does.
    Nothing,
    /// Some addresses, and which they are is not known here.
    Some,
    /// Yes.
    Through,
}

/// The other side of packets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side<'a> {
    /// Somewhere on the internet.
    Internet,
    /// The service behind a gateway endpoint, whose addresses are in a prefix list.
    PrefixList(Option<&'a str>),
    /// Interfaces in the VPC: their security groups, and the ranges of the subnets that they are in.
    Interfaces { groups: &'a [&'a str], ranges: &'a [Cidr] },
}

/// What groups let out to the other side.
pub(super) fn out(groups: &[&SecurityGroup], port: u16, to: Side<'_>) -> Lets {
    most(groups.iter().flat_map(|group| &group.ip_permissions_egress), port, to)
}

/// What groups let in from the other side.
pub(super) fn into(groups: &[&SecurityGroup], port: u16, from: Side<'_>) -> Lets {
    most(groups.iter().flat_map(|group| &group.ip_permissions), port, from)
}

fn most<'a>(permissions: impl Iterator<Item = &'a Permission>, port: u16, side: Side<'_>) -> Lets {
    let of_port = permissions.filter(|permission| is_for(permission, port));
    of_port.map(|permission| lets(permission, side)).max().unwrap_or(Lets::Nothing)
}

/// Source: Amazon EC2 API reference, IpPermission: `-1` is every protocol and every port.
fn is_for(permission: &Permission, port: u16) -> bool {
    let port = i32::from(port);
    match permission.ip_protocol.as_str() {
        "-1" => true,
        "tcp" | "6" => {
            permission.from_port.is_none_or(|from| from <= port)
                && permission.to_port.is_none_or(|to| to == -1 || port <= to)
        }
        _ => false,
    }
}

fn lets(permission: &Permission, side: Side<'_>) -> Lets {
    let ranges: Vec<Cidr> =
        permission.ip_ranges.iter().filter_map(|range| Cidr::parse(&range.cidr_ip)).collect();
    let to_all = ranges.iter().any(|range| range.is_all())
        || permission.ipv6_ranges.iter().any(|range| range.cidr_ipv6 == "::/0");
    if to_all {
        return Lets::Through;
    }
    let lists = &permission.prefix_list_ids;
    let some = |is_some: bool| if is_some { Lets::Some } else { Lets::Nothing };
    match side {
        Side::Internet => some(!ranges.is_empty() || !permission.ipv6_ranges.is_empty() || !lists.is_empty()),
        Side::PrefixList(Some(id)) if lists.iter().any(|list| list.prefix_list_id == id) => Lets::Through,
        Side::PrefixList(_) => some(!ranges.is_empty() || !lists.is_empty()),
        Side::Interfaces { groups, ranges: theirs } => {
            let names = permission.groups.iter().any(|group| groups.contains(&group.group_id.as_str()));
            let holds = ranges.iter().any(|range| theirs.iter().any(|other| range.overlaps(*other)));
            match names || holds {
                true => Lets::Through,
                // Lists of addresses, and interfaces whose range is not known.
                false => some(!lists.is_empty() || theirs.is_empty() && !ranges.is_empty()),
            }
        }
    }
}
