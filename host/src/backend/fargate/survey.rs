//! What the account has in this region that a run could use: clusters, families, and the networks of services,
//! which tell subnets and security groups that belong together.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_ecs::types::TaskDefinitionFamilyStatus;

use super::Fargate;
use super::aws::arn;
use super::aws::failure::Failure;
use crate::backend::capability::Network;
use crate::backend::capability::Survey;
use crate::backend::capability::Surveyor;
use crate::error::Error;

/// Names that are read of a list: more than a person looks through.
const MOST: usize = 200;

/// Services that are described at once. Source: Amazon ECS API reference, DescribeServices.
const SERVICES: usize = 10;

#[async_trait]
impl Surveyor for Fargate {
    async fn survey(&self, cluster: Option<&str>) -> Result<Survey, Error> {
        let region = self.clients.region.clone();
        let in_region = format!("in {region}");
        let (clusters, families) = tokio::join!(self.clusters(), self.families());
        let clusters = clusters.map_err(|failure| failure.error(&in_region))?;
        let families = families.map_err(|failure| failure.error(&in_region))?;
        // A network of a cluster that is not chosen yet is as good as another.
        let of = cluster.map_or_else(|| clusters.clone(), |cluster| vec![cluster.to_owned()]);
        let mut networks = Vec::new();
        for cluster in of.iter().take(SERVICES) {
            let found =
                self.networks(cluster).await.map_err(|failure| failure.error(&format!("of {cluster}")))?;
            networks.extend(found);
        }
        let mut seen = BTreeSet::new();
        networks.retain(|network: &Network| seen.insert(network.subnets.clone()));
        Ok(Survey { region, clusters, families, networks })
    }
}

impl Fargate {
    async fn clusters(&self) -> Result<Vec<String>, Failure> {
        const OPERATION: &str = "ListClusters";
        let ecs = &self.clients.ecs;
        let mut pages = ecs.client.list_clusters().into_paginator().items().send();
        let mut names = Vec::new();
        let mut next =
            async || pages.next().await.transpose().map_err(|error| Failure::new(OPERATION, &error));
        while let Some(arn) = ecs.calls.ask(OPERATION, next()).await? {
            names.push(arn::last_part(&arn).to_owned());
            if names.len() == MOST {
                break;
            }
        }
        Ok(names)
    }

    async fn families(&self) -> Result<Vec<String>, Failure> {
        const OPERATION: &str = "ListTaskDefinitionFamilies";
        let ecs = &self.clients.ecs;
        let call = ecs.client.list_task_definition_families().status(TaskDefinitionFamilyStatus::Active);
        let mut pages = call.into_paginator().items().send();
        let mut names = Vec::new();
        let mut next =
            async || pages.next().await.transpose().map_err(|error| Failure::new(OPERATION, &error));
        while let Some(name) = ecs.calls.ask(OPERATION, next()).await? {
            names.push(name);
            if names.len() == MOST {
                break;
            }
        }
        Ok(names)
    }

    async fn networks(&self, cluster: &str) -> Result<Vec<Network>, Failure> {
        const LIST: &str = "ListServices";
        const DESCRIBE: &str = "DescribeServices";
        let ecs = &self.clients.ecs;
        let call = ecs.client.list_services().cluster(cluster).max_results(100).send();
        let asked = async { call.await.map_err(|error| Failure::new(LIST, &error)) };
        let services = ecs.calls.ask(LIST, asked).await?.service_arns.unwrap_or_default();
        let mut networks = Vec::new();
        for some in services.chunks(SERVICES) {
            let call =
                ecs.client.describe_services().cluster(cluster).set_services(Some(some.to_vec())).send();
            let asked = async { call.await.map_err(|error| Failure::new(DESCRIBE, &error)) };
            let described = ecs.calls.ask(DESCRIBE, asked).await?;
            networks.extend(described.services().iter().filter_map(|service| {
                let network = service.network_configuration()?.awsvpc_configuration()?;
                Some(Network {
                    service: service.service_name().unwrap_or_default().to_owned(),
                    subnets: network.subnets().to_vec(),
                    security_groups: network.security_groups().to_vec(),
                })
            }));
        }
        Ok(networks)
    }
}
