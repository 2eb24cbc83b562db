//! Names inside ARNs.

use crate::error::Error;

/// Last part of an ARN or path: the task's id, the cluster's name.
pub(crate) fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Cluster of a task ARN (`arn:P:ecs:R:A:task/CLUSTER/ID`). ARNs of the old format
/// (`task/ID`) have none.
pub(crate) fn cluster_of_task(arn: &str) -> Option<&str> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let mut parts = resource.strip_prefix("task/")?.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(cluster), Some(_), None) => Some(cluster),
        _ => None,
    }
}

/// Region of an ARN.
pub(crate) fn region(arn: &str) -> Option<&str> {
    if !arn.starts_with("arn:") {
        return None;
    }
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

/// The partition that a region belongs to.
/// Source: AWS General Reference, Amazon Resource Names (ARNs).
pub(crate) fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Refuses an ARN of another region than the one that is asked. `what` says what it is.
pub(crate) fn check_region(what: &str, arn: &str, asked: &str) -> Result<(), Error> {
    match region(arn) {
        Some(region) if region != asked => {
            Err(Error::usage(format!("{what} {arn} is in {region}, and sortie asks in {asked}"))
                .hint(format!("give --region {region}")))
        }
        _ => Ok(()),
    }
}

/// Family and revision of a task definition's ARN or `family:revision`.
pub(crate) fn family_and_revision(definition: &str) -> (&str, Option<u32>) {
    let name = last_part(definition);
    match name.rsplit_once(':') {
        Some((family, revision)) => (family, revision.parse().ok()),
        None => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_task_arn() {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task/ci/0123abcd";
        assert_eq!(last_part(arn), "0123abcd");
        assert_eq!(cluster_of_task(arn), Some("ci"));
        assert_eq!(region(arn), Some("eu-west-1"));
        assert_eq!(cluster_of_task("arn:aws:ecs:eu-west-1:123456789012:task/0123abcd"), None);
        assert_eq!(cluster_of_task("0123abcd"), None);
        assert_eq!(region("0123abcd"), None);
    }

    #[test]
    fn an_arn_of_another_region_is_refused_with_the_flag_that_helps() {
        let cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/ci";
        assert!(check_region("the cluster", cluster, "eu-west-1").is_ok());
        assert!(check_region("the cluster", "ci", "eu-west-1").is_ok(), "a name is of any region");
        let error = check_region("the cluster", cluster, "us-east-1").expect_err("another");
        assert!(error.is_usage() && error.to_string().contains("is in eu-west-1"), "{error}");
        assert_eq!(error.advice(), "give --region eu-west-1");
    }

    #[test]
    fn parts_of_a_task_definition() {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/deploy:7";
        assert_eq!(family_and_revision(arn), ("deploy", Some(7)));
        assert_eq!(family_and_revision("deploy:7"), ("deploy", Some(7)));
        assert_eq!(family_and_revision("deploy"), ("deploy", None));
    }
}
