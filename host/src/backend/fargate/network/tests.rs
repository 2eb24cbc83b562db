//! A table of networks, and what is found in each; and what EC2 writes, read.

use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use super::described::NatGateway;
use super::described::Network;
use super::described::RouteTable;
use super::described::SecurityGroup;
use super::described::Subnet;
use super::described::VpcEndpoint;
use super::judge::judge;
use super::needs::Needs;
use crate::backend::fargate::aws::ec2::read_page;
use crate::report::examination::Check;
use crate::report::examination::Outcome;
use crate::spec::ContainerSpec;
use crate::spec::LogConfig;
use crate::spec::NetworkSpec;
use crate::spec::Pair;
use crate::spec::TaskSpec;

const ECR: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/deploy:1";

/// A task with this image, whose lines go to CloudWatch Logs.
fn task(image: &str) -> TaskSpec {
    let options = [("awslogs-group", "/ecs/deploy"), ("awslogs-stream-prefix", "run")];
    let log = LogConfig {
        driver: "awslogs".to_owned(),
        options: options.map(|(name, value)| Pair::new(name, value)).to_vec(),
    };
    let container = ContainerSpec {
        name: "app".to_owned(),
        image: image.to_owned(),
        log: Some(log),
        ..Default::default()
    };
    TaskSpec {
        containers: vec![container],
        network: NetworkSpec {
            subnets: vec!["subnet-a".to_owned()],
            security_groups: vec!["sg-task".to_owned()],
            assign_public_ip: false,
        },
        ..Default::default()
    }
}

fn needs(task: &TaskSpec) -> Needs {
    Needs::of(task, "eu-west-1")
}

fn subnet(id: &str, vpc: &str, cidr: &str) -> Subnet {
    Subnet {
        subnet_id: id.to_owned(),
        vpc_id: vpc.to_owned(),
        cidr_block: cidr.to_owned(),
        available_ip_address_count: Some(250),
        ipv6_native: false,
    }
}

/// A table of `subnets` (none: the main one), with these routes: destination, target, state.
fn table(id: &str, subnets: &[&str], routes: &[(&str, &str, &str)]) -> RouteTable {
    let route = |(to, target, state): &(&str, &str, &str)| {
        let destination = match *to {
            list if list.starts_with("pl-") => "destinationPrefixListId",
            ipv6 if ipv6.contains(':') => "destinationIpv6CidrBlock",
            _ => "destinationCidrBlock",
        };
        let by = match target.split('-').next() {
            Some("nat") => "natGatewayId",
            Some("tgw") => "transitGatewayId",
            Some("pcx") => "vpcPeeringConnectionId",
            Some("eni") => "networkInterfaceId",
            Some("eigw") => "egressOnlyInternetGatewayId",
            _ => "gatewayId",
        };
        json!({ destination: to, by: target, "state": state })
    };
    let routes: Vec<Value> =
        routes.iter().map(route).chain([route(&("10.0.0.0/16", "local", "active"))]).collect();
    let mut table = RouteTable {
        route_table_id: id.to_owned(),
        vpc_id: "vpc-1".to_owned(),
        route_set: routes.into_iter().map(|route| serde_json::from_value(route).unwrap()).collect(),
        ..Default::default()
    };
    let of = |subnet: Option<&str>| json!({ "main": subnet.is_none(), "subnetId": subnet });
    let associations = match subnets {
        [] => vec![of(None)],
        some => some.iter().map(|subnet| of(Some(subnet))).collect(),
    };
    table.association_set =
        associations.into_iter().map(|one| serde_json::from_value(one).unwrap()).collect();
    table
}

/// A group: each rule is a protocol, a port, and a source or destination.
fn group(id: &str, inbound: &[(&str, i32, &str)], outbound: &[(&str, i32, &str)]) -> SecurityGroup {
    let rules = |rules: &[(&str, i32, &str)]| {
        rules
            .iter()
            .map(|(protocol, port, other)| {
                let mut rule = super::described::Permission {
                    ip_protocol: (*protocol).to_owned(),
                    from_port: (*port >= 0).then_some(*port),
                    to_port: (*port >= 0).then_some(*port),
                    ..Default::default()
                };
                let of = |key: &str| json!({ key: other });
                match other {
                    group if group.starts_with("sg-") => {
                        rule.groups = vec![serde_json::from_value(of("groupId")).unwrap()];
                    }
                    list if list.starts_with("pl-") => {
                        rule.prefix_list_ids = vec![serde_json::from_value(of("prefixListId")).unwrap()];
                    }
                    _ => rule.ip_ranges = vec![serde_json::from_value(of("cidrIp")).unwrap()],
                }
                rule
            })
            .collect()
    };
    SecurityGroup {
        group_id: id.to_owned(),
        group_name: id.trim_start_matches("sg-").to_owned(),
        vpc_id: "vpc-1".to_owned(),
        ip_permissions: rules(inbound),
        ip_permissions_egress: rules(outbound),
    }
}

fn interface(service: &str) -> VpcEndpoint {
    VpcEndpoint {
        vpc_endpoint_id: format!("vpce-{service}"),
        vpc_endpoint_type: "Interface".to_owned(),
        vpc_id: "vpc-1".to_owned(),
        service_name: format!("com.amazonaws.eu-west-1.{service}"),
        state: "available".to_owned(),
        private_dns_enabled: true,
        route_table_id_set: Vec::new(),
        subnet_id_set: vec!["subnet-e".to_owned()],
        group_set: vec![serde_json::from_value(json!({ "groupId": "sg-endpoint" })).unwrap()],
    }
}

fn s3(table: &str) -> VpcEndpoint {
    VpcEndpoint {
        vpc_endpoint_type: "Gateway".to_owned(),
        private_dns_enabled: false,
        route_table_id_set: vec![table.to_owned()],
        subnet_id_set: Vec::new(),
        group_set: Vec::new(),
        ..interface("s3")
    }
}

fn nat(state: &str, connectivity: &str, subnet: &str) -> NatGateway {
    NatGateway {
        nat_gateway_id: "nat-1".to_owned(),
        state: state.to_owned(),
        connectivity_type: connectivity.to_owned(),
        subnet_id: Some(subnet.to_owned()),
    }
}

const TO_NAT: (&str, &str, &str) = ("0.0.0.0/0", "nat-1", "active");
const TO_IGW: (&str, &str, &str) = ("0.0.0.0/0", "igw-1", "active");

/// A VPC of a private subnet `a`, a public one `p` and one for endpoints, in which all is well: through NAT.
fn network() -> Network {
    Network {
        subnets: vec![
            subnet("subnet-a", "vpc-1", "10.0.1.0/24"),
            subnet("subnet-p", "vpc-1", "10.0.2.0/24"),
            subnet("subnet-e", "vpc-1", "10.0.3.0/24"),
        ],
        route_tables: vec![
            table("rtb-main", &[], &[]),
            table("rtb-p", &["subnet-p"], &[TO_IGW]),
            of_a(TO_NAT),
        ],
        nat_gateways: vec![nat("available", "public", "subnet-p")],
        endpoints: Vec::new(),
        groups: vec![
            group("sg-task", &[], &[("-1", -1, "0.0.0.0/0")]),
            group("sg-endpoint", &[("tcp", 443, "sg-task")], &[]),
        ],
    }
}

/// The route table of subnet `a`, with this default route.
fn of_a(default: (&str, &str, &str)) -> RouteTable {
    table("rtb-a", &["subnet-a"], &[default])
}

/// The same VPC, in which `a` has this default route.
fn leading(default: (&str, &str, &str)) -> Network {
    let mut network = network();
    network.route_tables.pop();
    network.route_tables.push(of_a(default));
    network
}

/// The same VPC, in which `a` has no default route, and endpoints for everything.
fn with_endpoints() -> Network {
    let mut network = network();
    network.route_tables.pop();
    network.route_tables.push(table("rtb-a", &["subnet-a"], &[("pl-s3", "vpce-s3", "active")]));
    network.endpoints = vec![interface("ecr.api"), interface("ecr.dkr"), interface("logs"), s3("rtb-a")];
    network
}

#[track_caller]
fn assert_found(checks: &[Check], outcome: Outcome, words: &[&str]) {
    let text = |check: &Check| format!("{} {}", check.said, check.remedy.as_deref().unwrap_or_default());
    let is_it =
        |check: &&Check| check.outcome == outcome && words.iter().all(|word| text(check).contains(word));
    assert!(checks.iter().any(|check| is_it(&check)), "no {outcome:?} {words:?}: {checks:#?}");
    assert!(checks.iter().all(|check| !check.said.is_empty() && check.name == "network"));
    assert!(
        checks.iter().all(|check| (check.outcome == Outcome::Problem) <= check.remedy.is_some()),
        "a problem has a remedy: {checks:#?}"
    );
}

/// Of a task whose image is in ECR.
#[track_caller]
fn found(network: &Network, outcome: Outcome, words: &[&str]) {
    assert_found(&judge(network, &needs(&task(ECR))), outcome, words);
}

#[track_caller]
fn all_is_well(network: &Network, task: &TaskSpec) {
    let checks = judge(network, &needs(task));
    assert!(checks.iter().all(|check| check.outcome == Outcome::Ok) && !checks.is_empty(), "{checks:#?}");
}

use Outcome::Ok as Good;
use Outcome::Problem;
use Outcome::Unsure;

#[test]
fn a_private_subnet_with_nat_reaches_everything() {
    all_is_well(&network(), &task(ECR));
    all_is_well(&network(), &task("alpine"));
    let words =
        ["from subnet-a the task reaches ecr.api, ecr.dkr, logs and s3 through the NAT gateway nat-1"];
    found(&network(), Good, &words);
}

#[test]
fn a_subnet_without_a_way_out_is_told_with_what_it_lacks() {
    let mut network = network();
    // Without a table of its own it has the main one.
    network.route_tables.pop();
    found(
        &network,
        Problem,
        &[
            "from subnet-a the task does not reach ecr.api, ecr.dkr, logs and s3",
            "its route table rtb-main has no default route",
            "a NAT gateway; or interface endpoints with private DNS for ecr.api, ecr.dkr and logs and a gateway endpoint \
             for s3",
        ],
    );
    let checks = judge(&network, &needs(&task("alpine")));
    assert_found(&checks, Problem, &["does not reach logs and docker.io", "or the image in ECR"]);
}

#[test]
fn an_internet_gateway_is_of_use_to_who_has_a_public_address() {
    let network = leading(TO_IGW);
    found(
        &network,
        Problem,
        &["leads to the internet gateway igw-1, and the task has no public address", "--assign-public-ip"],
    );
    let mut public = task(ECR);
    public.network.assign_public_ip = true;
    all_is_well(&network, &public);
    assert_found(&judge(&network, &needs(&public)), Good, &["through the internet gateway igw-1"]);
    // An address of its own does not harm behind NAT.
    all_is_well(&self::network(), &public);
}

#[test]
fn a_default_route_may_lead_nowhere() {
    let to = |target: &str, state: &str, outcome: Outcome, words: &str| {
        found(&leading(("0.0.0.0/0", target, state)), outcome, &[words]);
    };
    to("nat-1", "blackhole", Problem, "leads to nat-1, which is gone (blackhole)");
    to("igw-1", "blackhole", Problem, "leads to igw-1, which is gone (blackhole)");
    to("pcx-1", "active", Problem, "leads to the VPC peering pcx-1");
    to("tgw-1", "active", Unsure, "leads to tgw-1, beyond which nothing is looked at");
    to("eni-1", "active", Unsure, "leads to eni-1");
    to("vgw-1", "active", Unsure, "leads to vgw-1");
    to("vpce-1", "active", Unsure, "leads to vpce-1");
    to("nat-2", "active", Good, "through the NAT gateway nat-2");
}

#[test]
fn a_nat_gateway_may_lead_nowhere() {
    let with = |nat: NatGateway| Network { nat_gateways: vec![nat], ..network() };
    found(&with(nat("failed", "public", "subnet-p")), Problem, &["its NAT gateway nat-1 is failed"]);
    found(&with(nat("available", "private", "subnet-p")), Unsure, &["nat-1 is private"]);
    let words = ["nat-1 is in subnet-a, whose route table rtb-a has no route to an internet gateway"];
    found(&with(nat("available", "public", "subnet-a")), Problem, &words);
    // The whole region's.
    let mut of_region = nat("available", "public", "");
    of_region.subnet_id = None;
    all_is_well(&with(of_region), &task(ECR));
}

#[test]
fn routes_for_some_addresses_may_be_for_these() {
    let some = leading(("54.0.0.0/8", "tgw-1", "active"));
    found(&some, Unsure, &["has no default route, and leads to tgw-1 for some addresses"]);
    let peer = leading(("10.9.0.0/16", "pcx-1", "active"));
    found(&peer, Problem, &["has no default route"]);
}

#[test]
fn endpoints_are_as_good_as_a_way_out() {
    all_is_well(&with_endpoints(), &task(ECR));
    found(&with_endpoints(), Good, &["reaches ecr.api, ecr.dkr, logs and s3 through VPC endpoints"]);
    // Images of others need the internet, whatever endpoints there are.
    for image in ["alpine", "public.ecr.aws/docker/library/alpine", "ghcr.io/a/b:1", "eu.gcr.io/a/b"] {
        let checks = judge(&with_endpoints(), &needs(&task(image)));
        assert_found(&checks, Problem, &["has no default route"]);
        assert_found(&checks, Good, &["reaches logs through VPC endpoints"]);
    }
    // One that nobody knows may be in the VPC.
    let checks = judge(&with_endpoints(), &needs(&task("registry.corp.example:5000/a/b")));
    assert_found(&checks, Unsure, &["registry.corp.example", "whether it is in the VPC is not known"]);
}

#[test]
fn one_endpoint_that_lacks_is_named() {
    for (lacks, word) in [("ecr.api", "ecr.api"), ("ecr.dkr", "ecr.dkr"), ("logs", "logs"), ("s3", "s3")] {
        let mut network = with_endpoints();
        network.endpoints.retain(|endpoint| !endpoint.service_name.ends_with(&format!(".{lacks}")));
        let checks = judge(&network, &needs(&task(ECR)));
        assert_found(&checks, Problem, &[&format!("does not reach {word}:")]);
        assert_eq!(checks.iter().filter(|check| check.outcome == Problem).count(), 1, "{checks:#?}");
    }
}

#[test]
fn an_endpoint_that_does_not_help_is_named() {
    let with = |change: fn(&mut VpcEndpoint)| {
        let mut network = with_endpoints();
        network.endpoints.iter_mut().for_each(change);
        network
    };
    let no_dns = with(|endpoint| endpoint.private_dns_enabled = false);
    found(&no_dns, Problem, &["the endpoint vpce-logs has no private DNS"]);
    found(&with(|endpoint| endpoint.state = "pending".to_owned()), Problem, &["vpce-s3 is pending"]);
    let other_table = with(|endpoint| endpoint.route_table_id_set = vec!["rtb-p".to_owned()]);
    found(&other_table, Problem, &["does not reach s3:", "vpce-s3 is in other route tables"]);
    let other_region =
        with(|endpoint| endpoint.service_name = endpoint.service_name.replace("eu-west-1", "eu-west-2"));
    found(&other_region, Problem, &["does not reach ecr.api, ecr.dkr, logs and s3"]);
    let other_vpc = with(|endpoint| endpoint.vpc_id = "vpc-2".to_owned());
    found(&other_vpc, Problem, &["does not reach ecr.api, ecr.dkr, logs and s3"]);
    // S3 has an interface endpoint too.
    let all = with(|endpoint| *endpoint = interface(endpoint.vpc_endpoint_id.trim_start_matches("vpce-")));
    all_is_well(&all, &task(ECR));
}

#[test]
fn what_secrets_come_from_is_reached_too() {
    let mut task = task(ECR);
    let secret = |from: &str| Pair::new("NAME", from);
    task.containers[0].secrets = vec![
        secret("arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf:password::"),
        secret("/deploy/token"),
    ];
    let checks = judge(&with_endpoints(), &needs(&task));
    assert_found(&checks, Problem, &["does not reach secretsmanager and ssm:"]);
    let mut network = with_endpoints();
    network.endpoints.extend([interface("secretsmanager"), interface("ssm")]);
    all_is_well(&network, &task);
    // Another region's are not those of this VPC.
    task.containers[0].secrets = vec![secret("arn:aws:ssm:us-east-1:1:parameter/x")];
    assert_found(&judge(&network, &needs(&task)), Problem, &["does not reach ssm of us-east-1:"]);
    task.containers[0].secrets.clear();
    task.containers[0].image = "alpine".to_owned();
    task.containers[0].extra = serde_json::from_value(json!({
        "repositoryCredentials": { "credentialsParameter": "arn:aws:secretsmanager:eu-west-1:1:secret:hub" },
        "environmentFiles": [{ "type": "s3", "value": "arn:aws:s3:::b/f.env" }],
        "logConfiguration": { "secretOptions": [{ "name": "a", "valueFrom": "arn:aws:ssm:eu-west-3:1:parameter/y" }] },
    }))
    .unwrap();
    let shown: Vec<String> = needs(&task).destinations.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["logs", "s3", "secretsmanager", "ssm of eu-west-3", "docker.io"]);
}

#[test]
fn security_groups_may_hold_back() {
    let with = |mut network: Network, task: SecurityGroup, endpoint: SecurityGroup| {
        network.groups = vec![task, endpoint];
        network
    };
    let open = || group("sg-task", &[], &[("-1", -1, "0.0.0.0/0")]);
    let lets_in = |rule: (&str, i32, &str)| group("sg-endpoint", &[rule], &[]);
    let none = group("sg-task", &[], &[]);
    let words = [
        "the security group sg-task lets nothing out on port 443",
        "an outbound rule in sg-task for TCP 443",
    ];
    found(&with(network(), none.clone(), lets_in(("-1", -1, "0.0.0.0/0"))), Problem, &words);
    let http = group("sg-task", &[], &[("tcp", 80, "0.0.0.0/0"), ("udp", 443, "0.0.0.0/0")]);
    found(&with(network(), http, lets_in(("-1", -1, "0.0.0.0/0"))), Problem, &words);
    let narrow = group("sg-task", &[], &[("tcp", 443, "10.0.0.0/16")]);
    found(
        &with(network(), narrow.clone(), lets_in(("-1", -1, "10.0.0.0/8"))),
        Unsure,
        &["lets out to some addresses"],
    );
    let https = group("sg-task", &[], &[("tcp", 443, "0.0.0.0/0")]);
    all_is_well(&with(network(), https.clone(), lets_in(("-1", -1, "0.0.0.0/0"))), &task(ECR));

    // Endpoints: by group, by range, or not at all. A way out does not help: the name leads to the endpoint.
    for rule in [("tcp", 443, "sg-task"), ("6", 443, "10.0.1.0/24"), ("-1", -1, "10.0.0.0/16")] {
        all_is_well(&with(with_endpoints(), https.clone(), lets_in(rule)), &task(ECR));
    }
    let mut with_nat = with_endpoints();
    with_nat.route_tables.push(of_a(TO_NAT));
    for rule in [("tcp", 443, "sg-other"), ("tcp", 80, "sg-task"), ("tcp", 443, "10.0.2.0/24")] {
        found(
            &with(with_nat.clone(), open(), lets_in(rule)),
            Problem,
            &[
                "does not reach ecr.api, ecr.dkr and logs",
                "the endpoint's security group sg-endpoint does not let the task in on port 443",
                "an inbound rule in sg-endpoint for TCP 443 from sg-task",
            ],
        );
    }
    found(
        &with(with_endpoints(), open(), lets_in(("tcp", 443, "pl-x"))),
        Unsure,
        &["lets some addresses in"],
    );
    // Out to the endpoints, and to the prefix list of S3.
    let lists = group("sg-task", &[], &[("tcp", 443, "sg-endpoint"), ("tcp", 443, "pl-s3")]);
    all_is_well(&with(with_endpoints(), lists, lets_in(("tcp", 443, "sg-task"))), &task(ECR));
    let no_list = group("sg-task", &[], &[("tcp", 443, "sg-endpoint")]);
    let words = ["does not reach s3:", "prefix list"];
    found(&with(with_endpoints(), no_list, lets_in(("tcp", 443, "sg-task"))), Problem, &words);
    let in_vpc = with(with_endpoints(), narrow, lets_in(("tcp", 443, "sg-task")));
    found(&in_vpc, Good, &["reaches ecr.api, ecr.dkr and logs through VPC endpoints"]);
    found(&in_vpc, Unsure, &["may not reach s3"]);
    found(
        &with(with_endpoints(), none, lets_in(("tcp", 443, "sg-task"))),
        Problem,
        &["lets nothing out to the VPC endpoint"],
    );
}

#[test]
fn without_a_group_the_vpc_s_default_one_holds() {
    let mut network = network();
    let mut task = task(ECR);
    task.network.security_groups.clear();
    network.groups = vec![group("sg-default", &[], &[("-1", -1, "0.0.0.0/0")])];
    all_is_well(&network, &task);
    network.groups = vec![group("sg-default", &[], &[])];
    assert_found(
        &judge(&network, &needs(&task)),
        Problem,
        &["the security group sg-default lets nothing out"],
    );
}

#[test]
fn what_is_not_there_or_elsewhere_is_told() {
    let mut task = task(ECR);
    task.network.subnets = vec!["subnet-a".to_owned(), "subnet-gone".to_owned(), "subnet-b".to_owned()];
    task.network.security_groups = vec!["sg-task".to_owned(), "sg-gone".to_owned(), "sg-far".to_owned()];
    let mut network = network();
    network.subnets.push(subnet("subnet-b", "vpc-2", "10.0.0.0/24"));
    let mut far = group("sg-far", &[], &[]);
    far.vpc_id = "vpc-2".to_owned();
    network.groups.push(far);
    let checks = judge(&network, &needs(&task));
    assert_found(
        &checks,
        Problem,
        &["there is no subnet subnet-gone in eu-west-1", "aws ec2 describe-subnets"],
    );
    assert_found(&checks, Problem, &["in 2 VPCs: subnet-a in vpc-1; subnet-b in vpc-2"]);
    assert_found(&checks, Problem, &["there is no security group sg-gone"]);
    assert_found(&checks, Problem, &["the security group sg-far is of vpc-2, and the subnets are in vpc-1"]);
    // Nothing is known of routes that were not told.
    assert_found(&checks, Unsure, &["from subnet-b", "its route table is not among those of the VPC"]);
    let nothing = judge(&Network::default(), &needs(&task));
    assert_eq!(nothing.len(), 3, "{nothing:#?}");
}

#[test]
fn subnets_without_addresses_are_told_and_others_help() {
    let mut network = network();
    network.subnets[0].available_ip_address_count = Some(0);
    found(&network, Problem, &["no address is free in subnet-a"]);
    let mut task = task(ECR);
    task.network.subnets.push("subnet-p".to_owned());
    let checks = judge(&network, &needs(&task));
    assert_found(&checks, Unsure, &["no address is free in subnet-a"]);
    assert_found(&checks, Problem, &["from subnet-p the task does not reach"]);
    assert_eq!(checks[0].outcome, Problem, "the worst comes first");
}

#[test]
fn a_subnet_of_ipv6_only_has_its_own_default_route() {
    let mut network = leading(("::/0", "eigw-1", "active"));
    found(&network, Problem, &["has no default route"]);
    network.subnets[0].ipv6_native = true;
    found(&network, Good, &["through the egress-only internet gateway eigw-1"]);
    let mut network = leading(("::/0", "igw-1", "active"));
    network.subnets[0].ipv6_native = true;
    all_is_well(&network, &task(ECR));
}

#[test]
fn subnets_that_are_alike_are_told_together() {
    let mut network = network();
    network.subnets.push(subnet("subnet-b", "vpc-1", "10.0.4.0/24"));
    network.route_tables = vec![table("rtb-main", &[], &[])];
    let mut task = task(ECR);
    task.network.subnets.push("subnet-b".to_owned());
    let checks = judge(&network, &needs(&task));
    assert_eq!(checks.len(), 1, "{checks:#?}");
    assert_found(&checks, Problem, &["from subnet-a and subnet-b the task does not reach"]);
}

/// As EC2 writes it: Amazon EC2 API reference, the examples of the operations.
const ROUTE_TABLES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeRouteTablesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>6f570b0b-9c18-4b07-bdec-73740dcf861a</requestId>
  <routeTableSet>
    <item>
      <routeTableId>rtb-13ad487a</routeTableId>
      <vpcId>vpc-11ad4878</vpcId>
      <routeSet>
        <item>
          <destinationCidrBlock>10.0.0.0/22</destinationCidrBlock>
          <gatewayId>local</gatewayId>
          <state>active</state>
          <origin>CreateRouteTable</origin>
        </item>
        <item>
          <destinationPrefixListId>pl-6da54004</destinationPrefixListId>
          <gatewayId>vpce-1</gatewayId>
          <state>active</state>
        </item>
        <item>
          <destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>
          <natGatewayId>nat-0f2</natGatewayId>
          <state>blackhole</state>
        </item>
      </routeSet>
      <associationSet>
        <item>
          <routeTableAssociationId>rtbassoc-12ad487b</routeTableAssociationId>
          <routeTableId>rtb-13ad487a</routeTableId>
          <main>true</main>
        </item>
        <item><subnetId>subnet-15ad487c</subnetId><main>false</main></item>
      </associationSet>
      <tagSet><item><key>Name</key><value>a &amp; b</value></item></tagSet>
      <propagatingVgwSet/>
    </item>
    <item><routeTableId>rtb-2</routeTableId><routeSet/><associationSet/></item>
  </routeTableSet>
  <nextToken>more</nextToken>
</DescribeRouteTablesResponse>"#;

#[test]
fn answers_are_read_as_ec2_writes_them() {
    let (tables, next) = read_page::<RouteTable>(ROUTE_TABLES).unwrap();
    assert_eq!((tables.len(), next.as_str()), (2, "more"));
    let table = &tables[0];
    assert!(table.association_set[0].main && !table.association_set[1].main);
    assert_eq!(table.association_set[1].subnet_id.as_deref(), Some("subnet-15ad487c"));
    assert_eq!(table.route_set[1].destination_prefix_list_id.as_deref(), Some("pl-6da54004"));
    assert_eq!(table.route_set[2].state.as_deref(), Some("blackhole"));
    assert!(tables[1].route_set.is_empty());

    let groups = "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId>\
                  <groupName>default</groupName><vpcId>vpc-1</vpcId><ipPermissions><item><ipProtocol>tcp</ipProtocol>\
                  <fromPort>443</fromPort><toPort>443</toPort><groups><item><userId>1</userId><groupId>sg-2</groupId>\
                  </item></groups><ipRanges/><ipv6Ranges/><prefixListIds/></item></ipPermissions>\
                  <ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><groups/><ipRanges><item>\
                  <cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item></ipPermissionsEgress></item></securityGroupInfo>\
                  </DescribeSecurityGroupsResponse>";
    let (groups, next) = read_page::<SecurityGroup>(groups).unwrap();
    assert_eq!((groups[0].ip_permissions[0].from_port, next.as_str()), (Some(443), ""));
    assert_eq!(groups[0].ip_permissions[0].groups[0].group_id, "sg-2");
    assert_eq!(groups[0].ip_permissions_egress[0].ip_ranges[0].cidr_ip, "0.0.0.0/0");

    let endpoints = "<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId>\
                     <vpcEndpointType>Interface</vpcEndpointType><state>available</state>\
                     <privateDnsEnabled>true</privateDnsEnabled><routeTableIdSet><item>rtb-1</item></routeTableIdSet>\
                     <subnetIdSet><item>subnet-1</item><item>subnet-2</item></subnetIdSet><groupSet><item>\
                     <groupId>sg-1</groupId><groupName>x</groupName></item></groupSet></item></vpcEndpointSet>\
                     </DescribeVpcEndpointsResponse>";
    let (endpoints, _) = read_page::<VpcEndpoint>(endpoints).unwrap();
    assert!(endpoints[0].private_dns_enabled);
    assert_eq!(endpoints[0].subnet_id_set, ["subnet-1", "subnet-2"]);
    assert_eq!(endpoints[0].route_table_id_set, ["rtb-1"]);
    let (none, _) =
        read_page::<Subnet>("<DescribeSubnetsResponse><subnetSet/></DescribeSubnetsResponse>").unwrap();
    assert!(none.is_empty());
}

#[test]
fn what_is_no_answer_of_ec2_is_no_empty_network() {
    let bombs = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;\">]><R><subnetSet><item><subnetId>&c;\
                 </subnetId></item></subnetSet></R>";
    let deep = format!("<R><subnetSet>{}", "<item>".repeat(100_000));
    for text in ["", "<html><body>Sign in</body></html>", "{}", "<R/>", bombs, &deep] {
        assert!(read_page::<Subnet>(text).is_err(), "{}", &text[..text.len().min(80)]);
    }
}

proptest! {
    /// A network half of which is missing would be judged wrongly.
    #[test]
    fn an_answer_that_breaks_off_is_refused(at in 0..ROUTE_TABLES.len()) {
        let cut = &ROUTE_TABLES[..ROUTE_TABLES.floor_char_boundary(at)];
        prop_assert!(read_page::<RouteTable>(cut).is_err());
    }

    #[test]
    fn no_answer_is_too_odd(at in 0..ROUTE_TABLES.len(), length in 0..40_usize, text in ".{0,40}") {
        let (from, to) = (at, (at + length).min(ROUTE_TABLES.len()));
        let odd = format!("{}{text}{}", &ROUTE_TABLES[..from], &ROUTE_TABLES[to..]);
        if let Ok((tables, _)) = read_page::<RouteTable>(&odd) {
            let network = Network { route_tables: tables, ..network() };
            judge(&network, &needs(&task(ECR)));
        }
    }
}
