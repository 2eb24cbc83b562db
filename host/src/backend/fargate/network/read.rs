//! Reads from EC2 what there is around a task's subnets.

use std::collections::BTreeSet;

use super::described::NatGateway;
use super::described::Network;
use super::described::RouteTable;
use super::described::SecurityGroup;
use super::described::Subnet;
use super::described::VpcEndpoint;
use super::needs::Needs;
use crate::backend::fargate::aws::ec2::Ec2;
use crate::backend::fargate::aws::failure::Failure;

/// Filters instead of ids: what is not there is left out, and is no error.
pub(super) async fn network(ec2: &Ec2, needs: &Needs) -> Result<Network, Failure> {
    const SUBNETS: &str = "DescribeSubnets";
    let ids: Vec<&str> = needs.subnets.iter().map(String::as_str).collect();
    let asked = ec2.list::<Subnet>(SUBNETS, &[("subnet-id", &ids)]).await?;
    // Some answer with what was not asked for.
    let found = asked.into_iter().filter(|subnet| ids.contains(&subnet.subnet_id.as_str()));
    let vpcs: BTreeSet<String> = found.map(|subnet| subnet.vpc_id).collect();
    let vpcs: Vec<&str> = vpcs.iter().map(String::as_str).collect();
    if vpcs.is_empty() {
        return Ok(Network::default());
    }
    let in_vpc: &[(&str, &[&str])] = &[("vpc-id", &vpcs)];
    let (subnets, route_tables, endpoints) = tokio::try_join!(
        ec2.list::<Subnet>(SUBNETS, in_vpc),
        ec2.list::<RouteTable>("DescribeRouteTables", in_vpc),
        ec2.list::<VpcEndpoint>("DescribeVpcEndpoints", in_vpc),
    )?;
    let mut network = Network { subnets, route_tables, endpoints, ..Network::default() };
    network.endpoints.retain(|endpoint| vpcs.contains(&endpoint.vpc_id.as_str()));
    let (groups, nat_gateways) = tokio::try_join!(groups(ec2, &network, needs, &vpcs), async {
        let routes = network.route_tables.iter().flat_map(|table| &table.route_set);
        let nats: BTreeSet<&str> = routes.filter_map(|route| route.nat_gateway_id.as_deref()).collect();
        let nats: Vec<&str> = nats.into_iter().collect();
        match nats.is_empty() {
            true => Ok(Vec::new()),
            false => ec2.list::<NatGateway>("DescribeNatGateways", &[("nat-gateway-id", &nats)]).await,
        }
    })?;
    Ok(Network { groups, nat_gateways, ..network })
}

/// The task's groups (or the default one) and those of endpoints.
async fn groups(
    ec2: &Ec2,
    network: &Network,
    needs: &Needs,
    vpcs: &[&str],
) -> Result<Vec<SecurityGroup>, Failure> {
    const GROUPS: &str = "DescribeSecurityGroups";
    let of_endpoints = network.endpoints.iter().flat_map(|endpoint| &endpoint.group_set);
    let ids: BTreeSet<&str> = of_endpoints
        .map(|group| group.group_id.as_str())
        .chain(needs.groups.iter().map(String::as_str))
        .collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut groups = match ids.is_empty() {
        true => Vec::new(),
        false => ec2.list::<SecurityGroup>(GROUPS, &[("group-id", &ids)]).await?,
    };
    if needs.groups.is_empty() {
        let default: &[(&str, &[&str])] = &[("vpc-id", vpcs), ("group-name", &["default"])];
        groups.extend(ec2.list::<SecurityGroup>(GROUPS, default).await?);
    }
    Ok(groups)
}
