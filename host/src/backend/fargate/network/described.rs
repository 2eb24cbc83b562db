//! A network as EC2 describes it: of each thing, what matters here.
//!
//! Source of the members: Amazon EC2 API reference, data types Subnet, RouteTable, Route, NatGateway, VpcEndpoint,
//! SecurityGroup and IpPermission; their names in XML: EC2's service model (botocore), `locationName`.

use serde::Deserialize;

use crate::backend::fargate::aws::ec2::items;

/// Everything that was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Network {
    /// The task's subnets, those that there are, and the others of their VPC.
    pub(super) subnets: Vec<Subnet>,
    /// The VPC's.
    pub(super) route_tables: Vec<RouteTable>,
    /// Those to which a route table leads.
    pub(super) nat_gateways: Vec<NatGateway>,
    /// The VPC's.
    pub(super) endpoints: Vec<VpcEndpoint>,
    /// The task's, the VPC's default one, and those of endpoints; those that there are.
    pub(super) groups: Vec<SecurityGroup>,
}

/// A subnet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Subnet {
    pub(super) subnet_id: String,
    pub(super) vpc_id: String,
    pub(super) cidr_block: String,
    /// Addresses that nobody has; unknown where it is not told.
    pub(super) available_ip_address_count: Option<u32>,
    /// It has IPv6 addresses only.
    pub(super) ipv6_native: bool,
}

/// A route table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RouteTable {
    pub(super) route_table_id: String,
    pub(super) vpc_id: String,
    #[serde(deserialize_with = "items")]
    pub(super) association_set: Vec<Association>,
    #[serde(deserialize_with = "items")]
    pub(super) route_set: Vec<Route>,
}

/// What a route table holds for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Association {
    pub(super) subnet_id: Option<String>,
    /// For each subnet that names no table.
    pub(super) main: bool,
}

/// A route: one destination, and one target.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Route {
    pub(super) destination_cidr_block: Option<String>,
    pub(super) destination_ipv6_cidr_block: Option<String>,
    pub(super) destination_prefix_list_id: Option<String>,
    /// Of an internet gateway (`igw-`), a virtual private gateway (`vgw-`), an endpoint (`vpce-`), or `local`.
    pub(super) gateway_id: Option<String>,
    pub(super) nat_gateway_id: Option<String>,
    pub(super) transit_gateway_id: Option<String>,
    pub(super) network_interface_id: Option<String>,
    pub(super) instance_id: Option<String>,
    pub(super) vpc_peering_connection_id: Option<String>,
    pub(super) egress_only_internet_gateway_id: Option<String>,
    pub(super) local_gateway_id: Option<String>,
    pub(super) carrier_gateway_id: Option<String>,
    pub(super) core_network_arn: Option<String>,
    /// `active`, or `blackhole` where the target is gone.
    pub(super) state: Option<String>,
}

/// A NAT gateway.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NatGateway {
    pub(super) nat_gateway_id: String,
    pub(super) state: String,
    /// `public` or `private`.
    pub(super) connectivity_type: String,
    /// None where it is the whole region's.
    pub(super) subnet_id: Option<String>,
}

/// A VPC endpoint.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct VpcEndpoint {
    pub(super) vpc_endpoint_id: String,
    pub(super) vpc_endpoint_type: String,
    pub(super) vpc_id: String,
    pub(super) service_name: String,
    pub(super) state: String,
    pub(super) private_dns_enabled: bool,
    #[serde(deserialize_with = "items")]
    pub(super) route_table_id_set: Vec<String>,
    #[serde(deserialize_with = "items")]
    pub(super) subnet_id_set: Vec<String>,
    #[serde(deserialize_with = "items")]
    pub(super) group_set: Vec<GroupId>,
}

/// The id of a security group, as a member.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct GroupId {
    pub(super) group_id: String,
}

/// A security group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SecurityGroup {
    pub(super) group_id: String,
    pub(super) group_name: String,
    pub(super) vpc_id: String,
    #[serde(deserialize_with = "items")]
    pub(super) ip_permissions: Vec<Permission>,
    #[serde(deserialize_with = "items")]
    pub(super) ip_permissions_egress: Vec<Permission>,
}

/// What a security group lets through.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Permission {
    /// `tcp`, a number, or `-1` for all.
    pub(super) ip_protocol: String,
    pub(super) from_port: Option<i32>,
    pub(super) to_port: Option<i32>,
    #[serde(deserialize_with = "items")]
    pub(super) groups: Vec<GroupId>,
    #[serde(deserialize_with = "items")]
    pub(super) ip_ranges: Vec<IpRange>,
    #[serde(deserialize_with = "items")]
    pub(super) ipv6_ranges: Vec<Ipv6Range>,
    #[serde(deserialize_with = "items")]
    pub(super) prefix_list_ids: Vec<PrefixListId>,
}

/// Addresses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct IpRange {
    pub(super) cidr_ip: String,
}

/// Addresses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Ipv6Range {
    pub(super) cidr_ipv6: String,
}

/// The id of a prefix list, as a member.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PrefixListId {
    pub(super) prefix_list_id: String,
}
