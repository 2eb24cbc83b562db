//! Where a subnet's packets to the internet go.
//!
//! Sources: Amazon VPC User Guide, "Route tables" (a subnet without a table of its own has the main one; a route
//! whose target is gone is a blackhole), "Enable internet access using internet gateways" (only from a public
//! address), "NAT gateways" (a public one is in a subnet that leads to an internet gateway; a private one leads to
//! no internet); Amazon VPC Peering Guide, "VPC peering limitations" (no way through a peer's gateways).

use super::described::NatGateway;
use super::described::Network;
use super::described::Route;
use super::described::RouteTable;
use super::described::Subnet;

/// Every address.
const ALL: &str = "0.0.0.0/0";
const ALL_IPV6: &str = "::/0";

/// Where packets to the internet go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// There, by this.
    Out(String),
    /// To something that is not looked into.
    Unknown(String),
    /// Nowhere: why, and what to do about it.
    Nowhere(String, String),
}

impl Network {
    /// The route table of a subnet.
    pub(super) fn table(&self, subnet: &Subnet) -> Option<&RouteTable> {
        let of_vpc = || self.route_tables.iter().filter(|table| table.vpc_id == subnet.vpc_id);
        let own = of_vpc().find(|table| {
            let mut subnets = table.association_set.iter().filter_map(|one| one.subnet_id.as_ref());
            subnets.any(|id| *id == subnet.subnet_id)
        });
        own.or_else(|| of_vpc().find(|table| table.association_set.iter().any(|one| one.main)))
    }

    /// Where packets to the internet go from a subnet.
    pub(super) fn way(&self, subnet: &Subnet, is_public: bool) -> Way {
        let Some(table) = self.table(subnet) else {
            return Way::Unknown("its route table is not among those of the VPC".to_owned());
        };
        let id = &table.route_table_id;
        let Some(route) = default_route(table, subnet.ipv6_native) else {
            return match table.route_set.iter().find_map(elsewhere) {
                // Somebody's own way to some addresses, which these may be among.
                Some(target) => Way::Unknown(format!(
                    "its route table {id} has no default route, and leads to {target} for some addresses"
                )),
                None => Way::Nowhere(
                    format!("its route table {id} has no default route"),
                    "a route for 0.0.0.0/0 to a NAT gateway".to_owned(),
                ),
            };
        };
        let target = target(route);
        if is_blackhole(route) {
            return Way::Nowhere(
                format!(
                    "the default route of its route table {id} leads to {target}, which is gone (blackhole)"
                ),
                format!("a default route in {id} to something that there is"),
            );
        }
        match target.split('-').next().unwrap_or_default() {
            // An address of IPv6 is public by itself.
            "igw" if is_public || subnet.ipv6_native => Way::Out(format!("the internet gateway {target}")),
            "igw" => Way::Nowhere(
                format!(
                    "the default route of its route table {id} leads to the internet gateway {target}, and the task has no \
                     public address"
                ),
                "--assign-public-ip, or a subnet whose default route leads to a NAT gateway".to_owned(),
            ),
            "nat" => self.through_nat(&target),
            "eigw" => Way::Out(format!("the egress-only internet gateway {target}")),
            "pcx" => Way::Nowhere(
                format!(
                    "the default route of its route table {id} leads to the VPC peering {target}, through which there is no way \
                     to the internet"
                ),
                format!("a default route in {id} to a NAT gateway or a transit gateway"),
            ),
            _ => Way::Unknown(format!(
                "its default route leads to {target}, beyond which nothing is looked at"
            )),
        }
    }

    fn through_nat(&self, id: &str) -> Way {
        let through = || Way::Out(format!("the NAT gateway {id}"));
        let Some(nat) = self.nat_gateways.iter().find(|nat| nat.nat_gateway_id == id) else {
            return through();
        };
        let NatGateway { state, connectivity_type, subnet_id, .. } = nat;
        if !state.is_empty() && state != "available" {
            let remedy = "a default route to a NAT gateway that is available".to_owned();
            return Way::Nowhere(format!("its NAT gateway {id} is {state}"), remedy);
        }
        if connectivity_type == "private" {
            return Way::Unknown(format!(
                "its NAT gateway {id} is private, and leads to other networks only"
            ));
        }
        let subnet = self.subnets.iter().find(|subnet| subnet_id.as_ref() == Some(&subnet.subnet_id));
        let Some((subnet, table)) = subnet.and_then(|subnet| Some((subnet, self.table(subnet)?))) else {
            return through();
        };
        let leads_out = default_route(table, false)
            .is_some_and(|route| !is_blackhole(route) && !target(route).starts_with("nat-"));
        match leads_out {
            true => through(),
            false => Way::Nowhere(
                format!(
                    "its NAT gateway {id} is in {}, whose route table {} has no route to an internet gateway",
                    subnet.subnet_id, table.route_table_id
                ),
                format!("a route for 0.0.0.0/0 to an internet gateway in {}", table.route_table_id),
            ),
        }
    }
}

fn default_route(table: &RouteTable, ipv6: bool) -> Option<&Route> {
    table.route_set.iter().find(|route| match ipv6 {
        true => route.destination_ipv6_cidr_block.as_deref() == Some(ALL_IPV6),
        false => route.destination_cidr_block.as_deref() == Some(ALL),
    })
}

/// The target of a route that leads out of the VPC, to some addresses.
fn elsewhere(route: &Route) -> Option<String> {
    let target = target(route);
    let is_near = target == "local" || target.starts_with("vpce-") || target.starts_with("pcx-");
    let is_for_all = route.destination_ipv6_cidr_block.as_deref() == Some(ALL_IPV6);
    (!is_near && !is_for_all && !is_blackhole(route)).then_some(target)
}

fn is_blackhole(route: &Route) -> bool {
    route.state.as_deref() == Some("blackhole")
}

/// What a route leads to. A NAT instance's has its interface beside it.
fn target(route: &Route) -> String {
    let targets = [
        &route.gateway_id,
        &route.nat_gateway_id,
        &route.transit_gateway_id,
        &route.vpc_peering_connection_id,
        &route.egress_only_internet_gateway_id,
        &route.instance_id,
        &route.network_interface_id,
        &route.local_gateway_id,
        &route.carrier_gateway_id,
        &route.core_network_arn,
    ];
    let found = targets.into_iter().flatten().find(|target| !target.is_empty());
    found.cloned().unwrap_or_else(|| "something unknown".to_owned())
}
