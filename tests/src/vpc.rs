//! A network of a test's own, in the EC2 of its cloud.

use crate::cloud::Cloud;

/// A VPC. It ends with the services.
#[derive(Debug)]
pub struct Vpc<'a> {
    cloud: &'a Cloud,
    id: String,
}

impl<'a> Vpc<'a> {
    /// Makes one, 10.0.0.0/16, with nothing in it.
    pub fn new(cloud: &'a Cloud) -> Self {
        let made = cloud.query("ec2", "CreateVpc", &[("CidrBlock", "10.0.0.0/16")]);
        Self { cloud, id: text(&made, "vpcId") }
    }

    /// A subnet, 10.0.N.0/24, with a route table of its own; the ids of both.
    pub fn subnet(&self, number: u8) -> (String, String) {
        let range = format!("10.0.{number}.0/24");
        let subnet = text(&self.make("CreateSubnet", &[("CidrBlock", &range)]), "subnetId");
        let table = text(&self.make("CreateRouteTable", &[]), "routeTableId");
        let of = [("RouteTableId", table.as_str()), ("SubnetId", subnet.as_str())];
        self.cloud.query("ec2", "AssociateRouteTable", &of);
        (subnet, table)
    }

    /// Lets a route table lead to the internet by an internet gateway.
    pub fn lead_to_internet(&self, table: &str) {
        let gateway = text(&self.cloud.query("ec2", "CreateInternetGateway", &[]), "internetGatewayId");
        self.make("AttachInternetGateway", &[("InternetGatewayId", &gateway)]);
        self.lead(table, "GatewayId", &gateway);
    }

    /// Lets a route table lead to the internet by a NAT gateway, which is in this subnet.
    pub fn lead_through_nat(&self, table: &str, subnet: &str) {
        let address = text(&self.cloud.query("ec2", "AllocateAddress", &[("Domain", "vpc")]), "allocationId");
        let made = [("SubnetId", subnet), ("AllocationId", &address)];
        let gateway = text(&self.cloud.query("ec2", "CreateNatGateway", &made), "natGatewayId");
        self.lead(table, "NatGatewayId", &gateway);
    }

    fn lead(&self, table: &str, to: &str, id: &str) {
        let route = [("RouteTableId", table), ("DestinationCidrBlock", "0.0.0.0/0"), (to, id)];
        self.cloud.query("ec2", "CreateRoute", &route);
    }

    /// A security group that lets everything out.
    pub fn group(&self, name: &str) -> String {
        text(&self.make("CreateSecurityGroup", &[("GroupName", name), ("GroupDescription", name)]), "groupId")
    }

    /// Lets a security group let another one in, by HTTPS.
    pub fn let_in(&self, group: &str, from: &str) {
        let rule = [
            ("GroupId", group),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "443"),
            ("IpPermissions.1.ToPort", "443"),
            ("IpPermissions.1.Groups.1.GroupId", from),
        ];
        self.cloud.query("ec2", "AuthorizeSecurityGroupIngress", &rule);
    }

    /// An interface endpoint with private DNS.
    pub fn interface(&self, service: &str, subnet: &str, group: &str) {
        let service = format!("com.amazonaws.us-east-1.{service}");
        let endpoint = [
            ("VpcEndpointType", "Interface"),
            ("ServiceName", &service),
            ("SubnetId.1", subnet),
            ("SecurityGroupId.1", group),
            ("PrivateDnsEnabled", "true"),
        ];
        self.make("CreateVpcEndpoint", &endpoint);
    }

    /// A gateway endpoint of S3.
    pub fn gateway(&self, table: &str) {
        let endpoint = [
            ("VpcEndpointType", "Gateway"),
            ("ServiceName", "com.amazonaws.us-east-1.s3"),
            ("RouteTableId.1", table),
        ];
        self.make("CreateVpcEndpoint", &endpoint);
    }

    fn make(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let parameters = [parameters, &[("VpcId", self.id.as_str())]].concat();
        self.cloud.query("ec2", action, &parameters)
    }
}

/// The text of the first element of this name.
fn text(xml: &str, name: &str) -> String {
    let found = xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once("</"));
    found.map(|(text, _)| text.to_owned()).unwrap_or_else(|| panic!("no {name} in {xml}"))
}
