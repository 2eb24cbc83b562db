//! Whether a task would reach what it must reach before it starts: the registry of its images, its log, its
//! secrets. A task that does not hangs for minutes and ends with `ResourceInitializationError` or
//! `CannotPullContainerError`.
//!
//! Data flows one way: what the task needs ([`needs`]) and how the network is made ([`described`], read by
//! [`read`]) → where a subnet's packets go ([`ways`]), what security groups let through ([`groups`]) → checks ([`judge`]).
//!
//! Not looked at: network ACLs, the DNS settings of the VPC, endpoint policies, and what lies beyond a transit
//! gateway, a virtual private gateway, or a machine that routes.

mod cidr;
mod described;
mod groups;
mod judge;
mod needs;
mod read;
mod ways;

#[cfg(test)]
mod tests;

pub(super) use needs::Needs;

use super::aws::clients::Clients;
use super::aws::failure::Failure;
use crate::report::examination::Check;

/// What an account must allow for it, all of it on `*`.
/// Source: Service Authorization Reference, Amazon EC2: none of these knows resources.
pub(super) const ACTIONS: &str = "ec2:DescribeSubnets, ec2:DescribeRouteTables, ec2:DescribeVpcEndpoints, \
     ec2:DescribeSecurityGroups and ec2:DescribeNatGateways";

/// Reads the network and judges it. The worst comes first.
pub(super) async fn examine(clients: &Clients, needs: &Needs) -> Result<Vec<Check>, Failure> {
    let network = read::network(&clients.ec2(), needs).await?;
    Ok(judge::judge(&network, needs))
}
