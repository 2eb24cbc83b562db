//! What a network and a task's needs come to.
//!
//! Sources, beside those of [`super::ways`] and [`super::groups`]: AWS PrivateLink Guide, "Access AWS services
//! through an interface VPC endpoint" (with private DNS the service's name leads to the endpoint in the whole VPC,
//! whatever zones it is in, even where there is another way) and "Gateway endpoints for Amazon S3" (for the subnets
//! of the route tables that it is in; security groups must let out to its prefix list); Amazon ECS API reference,
//! AwsVpcConfiguration (all subnets and security groups are of one VPC).

use std::collections::BTreeMap;

use super::cidr::Cidr;
use super::described::Network;
use super::described::SecurityGroup;
use super::described::Subnet;
use super::described::VpcEndpoint;
use super::groups;
use super::groups::Lets;
use super::groups::Side;
use super::needs::Destination;
use super::needs::Needs;
use super::ways::Way;
use crate::report::examination::Check;
use crate::report::examination::Outcome;

/// Name of the checks.
const NAME: &str = "network";

/// Judges all of it. The worst comes first.
pub(super) fn judge(network: &Network, needs: &Needs) -> Vec<Check> {
    let mut checks = subnets(network, needs);
    checks.extend(security_groups(network, needs));
    checks.extend(reach(network, needs));
    let order = |outcome: Outcome| match outcome {
        Outcome::Problem => 0,
        Outcome::Unsure => 1,
        Outcome::Ok => 2,
    };
    checks.sort_by_key(|check| order(check.outcome));
    checks
}

/// The task's subnets that there are.
fn there<'a>(network: &'a Network, needs: &'a Needs) -> impl Iterator<Item = &'a Subnet> {
    needs.subnets.iter().filter_map(|id| network.subnets.iter().find(|subnet| subnet.subnet_id == *id))
}

fn subnets(network: &Network, needs: &Needs) -> Vec<Check> {
    let region = &needs.region;
    let mut checks = Vec::new();
    for id in &needs.subnets {
        if !network.subnets.iter().any(|subnet| subnet.subnet_id == *id) {
            checks.push(Check::problem(
                NAME,
                format!("there is no subnet {id} in {region}"),
                format!(
                    "check --subnet, --region and the account; aws ec2 describe-subnets --region {region} lists those that \
                     there are"
                ),
            ));
        }
    }
    let mut vpcs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for subnet in there(network, needs) {
        vpcs.entry(&subnet.vpc_id).or_default().push(&subnet.subnet_id);
    }
    if vpcs.len() > 1 {
        let each: Vec<String> = vpcs.iter().map(|(vpc, ids)| format!("{} in {vpc}", listed(ids))).collect();
        checks.push(Check::problem(
            NAME,
            format!("the subnets are in {} VPCs: {}", vpcs.len(), each.join("; ")),
            "take subnets of one VPC (--subnet)",
        ));
    }
    let is_full = |subnet: &&Subnet| subnet.available_ip_address_count == Some(0);
    let full: Vec<&str> =
        there(network, needs).filter(is_full).map(|subnet| subnet.subnet_id.as_str()).collect();
    if !full.is_empty() {
        let said = format!("no address is free in {}", listed(&full));
        let remedy = "take other subnets, or larger ones (--subnet); addresses of tasks that have ended are free again \
                      within minutes";
        checks.push(match there(network, needs).all(|subnet| is_full(&subnet)) {
            true => Check::problem(NAME, said, remedy),
            false => Check::unsure(NAME, said, remedy),
        });
    }
    checks
}

fn security_groups(network: &Network, needs: &Needs) -> Vec<Check> {
    let Some(vpc) = there(network, needs).next().map(|subnet| &subnet.vpc_id) else { return Vec::new() };
    let mut checks = Vec::new();
    for id in &needs.groups {
        match network.groups.iter().find(|group| group.group_id == *id) {
            None => checks.push(Check::problem(
                NAME,
                format!("there is no security group {id} in {}", needs.region),
                format!("check --security-group; it must be one of {vpc}"),
            )),
            Some(group) if group.vpc_id != *vpc => checks.push(Check::problem(
                NAME,
                format!("the security group {id} is of {}, and the subnets are in {vpc}", group.vpc_id),
                format!("take a security group of {vpc} (--security-group)"),
            )),
            Some(_) => {}
        }
    }
    checks
}

/// Whether something is reached, from one subnet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    outcome: Sort,
    /// By what, or why not.
    why: String,
    remedy: String,
    /// An endpoint would be another remedy.
    or_endpoint: bool,
}

/// [`Outcome`], in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    No,
    Unknown,
    Yes,
}

impl Reached {
    fn by(why: impl Into<String>) -> Self {
        Self { outcome: Sort::Yes, why: why.into(), remedy: String::new(), or_endpoint: false }
    }

    fn unknown(why: impl Into<String>) -> Self {
        Self { outcome: Sort::Unknown, ..Self::by(why) }
    }

    fn not(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { outcome: Sort::No, remedy: remedy.into(), ..Self::by(why) }
    }
}

/// One check for what is reached, or not, in the same way and from the same subnets.
fn reach(network: &Network, needs: &Needs) -> Vec<Check> {
    let mut of_subnets: BTreeMap<(Reached, Vec<&Destination>), Vec<&str>> = BTreeMap::new();
    for subnet in there(network, needs) {
        let from = Place::new(network, needs, subnet);
        let mut same: BTreeMap<Reached, Vec<&Destination>> = BTreeMap::new();
        for destination in &needs.destinations {
            same.entry(from.reach(destination)).or_default().push(destination);
        }
        for each in same {
            of_subnets.entry(each).or_default().push(&subnet.subnet_id);
        }
    }
    of_subnets.iter().map(|((reached, to), from)| check(reached, to, from)).collect()
}

fn check(reached: &Reached, to: &[&Destination], from: &[&str]) -> Check {
    let names: Vec<String> = to.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (from, to_all, why) = (listed(from), listed(&names), &reached.why);
    match reached.outcome {
        Sort::Yes => Check::ok(NAME, format!("from {from} the task reaches {to_all} {why}")),
        Sort::Unknown => Check::unsure(
            NAME,
            format!("from {from} the task may not reach {to_all}: {why}"),
            &*reached.remedy,
        ),
        Sort::No => {
            let mut remedy = reached.remedy.clone();
            if reached.or_endpoint {
                remedy.push_str(&instead(to));
            }
            Check::problem(NAME, format!("from {from} the task does not reach {to_all}: {why}"), remedy)
        }
    }
}

/// What helps where nothing leads to the internet.
fn instead(to: &[&Destination]) -> String {
    let near = |wanted: fn(&str) -> bool| -> Vec<&str> {
        to.iter()
            .filter_map(|destination| match destination {
                Destination::Aws { service, is_near: true, .. } if wanted(service) => Some(*service),
                _ => None,
            })
            .collect()
    };
    let (interfaces, gateways) = (near(|service| service != "s3"), near(|service| service == "s3"));
    let mut text = String::new();
    if !interfaces.is_empty() {
        text.push_str(&format!("; or interface endpoints with private DNS for {}", listed(&interfaces)));
    }
    if !gateways.is_empty() {
        text.push_str(if interfaces.is_empty() { "; or" } else { " and" });
        text.push_str(" a gateway endpoint for s3 in the route table");
    }
    if to.iter().any(|destination| matches!(destination, Destination::Registry { .. })) {
        text.push_str("; or the image in ECR, with endpoints for it");
    }
    text
}

/// One subnet, and what holds for everything that is reached from it.
struct Place<'a> {
    network: &'a Network,
    subnet: &'a Subnet,
    /// The task's security groups; none where they are not known.
    groups: Vec<&'a SecurityGroup>,
    way: Way,
}

impl<'a> Place<'a> {
    fn new(network: &'a Network, needs: &Needs, subnet: &'a Subnet) -> Self {
        let is_of_task = |group: &&SecurityGroup| match needs.groups.is_empty() {
            true => group.group_name == "default" && group.vpc_id == subnet.vpc_id,
            false => needs.groups.contains(&group.group_id),
        };
        let groups = network.groups.iter().filter(is_of_task).collect();
        Self { network, subnet, groups, way: network.way(subnet, needs.is_public) }
    }

    fn reach(&self, destination: &Destination) -> Reached {
        if let Destination::Aws { service, region, .. } = destination {
            // A name that leads to an endpoint leads nowhere else.
            if let Some(endpoint) = self.interface(service, region) {
                return self.through_interface(endpoint);
            }
            if let Some(endpoint) = self.gateway(service, region) {
                return self.through_gateway(endpoint);
            }
        }
        let is_elsewhere = matches!(destination, Destination::Registry { is_public: false, .. });
        match &self.way {
            Way::Out(by) => match self.lets_out(destination.port(), Side::Internet) {
                Lets::Through => Reached::by(format!("through {by}")),
                lets => self.held_back(lets, destination.port(), ""),
            },
            Way::Unknown(why) => Reached::unknown(why),
            Way::Nowhere(why, _) if is_elsewhere => {
                Reached::unknown(format!("{why}, and whether it is in the VPC is not known"))
            }
            Way::Nowhere(why, remedy) => {
                let why = match self.useless(destination) {
                    Some(endpoint) => format!("{why}, and {endpoint}"),
                    None => why.clone(),
                };
                Reached { or_endpoint: true, ..Reached::not(why, remedy) }
            }
        }
    }

    /// The VPC's endpoints for a service. Those of China have another beginning.
    fn endpoints(&self, service: &str, region: &str) -> impl Iterator<Item = &'a VpcEndpoint> {
        let end = format!(".{region}.{service}");
        let of_vpc = self.network.endpoints.iter().filter(|one| one.vpc_id == self.subnet.vpc_id);
        of_vpc.filter(move |endpoint| endpoint.service_name.ends_with(&end))
    }

    fn interface(&self, service: &str, region: &str) -> Option<&'a VpcEndpoint> {
        self.endpoints(service, region)
            .find(|endpoint| is_interface(endpoint) && endpoint.private_dns_enabled && is_available(endpoint))
    }

    fn gateway(&self, service: &str, region: &str) -> Option<&'a VpcEndpoint> {
        let table = self.network.table(self.subnet)?;
        self.endpoints(service, region).find(|endpoint| {
            !is_interface(endpoint)
                && is_available(endpoint)
                && endpoint.route_table_id_set.contains(&table.route_table_id)
        })
    }

    /// An endpoint that is there and does not help.
    fn useless(&self, destination: &Destination) -> Option<String> {
        let Destination::Aws { service, region, .. } = destination else { return None };
        let endpoint = self.endpoints(service, region).next()?;
        let why = match (is_available(endpoint), is_interface(endpoint)) {
            (false, _) => format!("is {}", endpoint.state.to_lowercase()),
            (true, true) => "has no private DNS".to_owned(),
            (true, false) => "is in other route tables".to_owned(),
        };
        Some(format!("the endpoint {} {why}", endpoint.vpc_endpoint_id))
    }

    fn through_interface(&self, endpoint: &VpcEndpoint) -> Reached {
        const PORT: u16 = 443;
        let theirs: Vec<&str> = endpoint.group_set.iter().map(|group| group.group_id.as_str()).collect();
        let is_in = |subnet: &&Subnet| endpoint.subnet_id_set.contains(&subnet.subnet_id);
        let subnets = self.network.subnets.iter().filter(is_in);
        let ranges: Vec<Cidr> = subnets.filter_map(|subnet| Cidr::parse(&subnet.cidr_block)).collect();
        match self.lets_out(PORT, Side::Interfaces { groups: &theirs, ranges: &ranges }) {
            Lets::Through => {}
            lets => return self.held_back(lets, PORT, " to the VPC endpoint"),
        }
        let known: Vec<&SecurityGroup> =
            self.network.groups.iter().filter(|group| theirs.contains(&group.group_id.as_str())).collect();
        let ours: Vec<&str> = self.groups.iter().map(|group| group.group_id.as_str()).collect();
        let here: Vec<Cidr> = Cidr::parse(&self.subnet.cidr_block).into_iter().collect();
        let lets = match known.len() < theirs.len() || theirs.is_empty() || ours.is_empty() {
            // Of somebody else, who shares the VPC.
            true => Lets::Through,
            false => groups::into(&known, PORT, Side::Interfaces { groups: &ours, ranges: &here }),
        };
        let by = listed(&theirs);
        match lets {
            Lets::Through => Reached::by("through VPC endpoints"),
            Lets::Some => Reached::unknown(format!(
                "the endpoint's security group {by} lets some addresses in on port {PORT}, and whether the task's is one of \
                 them is not known"
            )),
            Lets::Nothing => Reached::not(
                format!("the endpoint's security group {by} does not let the task in on port {PORT}"),
                format!("an inbound rule in {by} for TCP {PORT} from {}", listed(&ours)),
            ),
        }
    }

    fn through_gateway(&self, endpoint: &VpcEndpoint) -> Reached {
        const PORT: u16 = 443;
        let routes = self.network.table(self.subnet).into_iter().flat_map(|table| &table.route_set);
        let mut lists = routes
            .filter(|route| route.gateway_id.as_ref() == Some(&endpoint.vpc_endpoint_id))
            .filter_map(|route| route.destination_prefix_list_id.as_deref());
        match self.lets_out(PORT, Side::PrefixList(lists.next())) {
            Lets::Through => Reached::by("through VPC endpoints"),
            lets => self.held_back(lets, PORT, " to the prefix list of the S3 endpoint"),
        }
    }

    fn lets_out(&self, port: u16, to: Side<'_>) -> Lets {
        match self.groups.is_empty() {
            true => Lets::Through,
            false => groups::out(&self.groups, port, to),
        }
    }

    /// The task's own groups let out some packets, or none.
    fn held_back(&self, lets: Lets, port: u16, to: &str) -> Reached {
        let ids: Vec<&str> = self.groups.iter().map(|group| group.group_id.as_str()).collect();
        let (ids, remedy) =
            (listed(&ids), format!("an outbound rule in {} for TCP {port}{to}", listed(&ids)));
        match lets {
            Lets::Some => Reached::unknown(format!(
                "the security group {ids} lets out to some addresses on port {port}, and which these are is not looked at"
            )),
            _ => {
                Reached::not(format!("the security group {ids} lets nothing out{to} on port {port}"), remedy)
            }
        }
    }
}

/// Source: Amazon EC2 API reference, VpcEndpoint, `vpcEndpointType`.
fn is_interface(endpoint: &VpcEndpoint) -> bool {
    endpoint.vpc_endpoint_type.eq_ignore_ascii_case("interface")
}

/// The API reference writes it with a capital letter, and EC2 without.
fn is_available(endpoint: &VpcEndpoint) -> bool {
    endpoint.state.eq_ignore_ascii_case("available")
}

/// `a`, `a and b`, `a, b and c`.
fn listed(all: &[&str]) -> String {
    match all {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
