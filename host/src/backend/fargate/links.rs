//! Pages of the AWS console.

use super::arn;
use super::handle::FargateHandle;
use super::streams::LogSource;
use super::streams::stream_name;

/// The task's page, and the page of each container's log.
pub(super) fn of(handle: &FargateHandle) -> Vec<(String, String)> {
    let mut links = vec![("task".to_owned(), task(handle))];
    for (name, source) in handle.containers.iter().zip(&handle.sources) {
        if let LogSource::CloudWatch { group, prefix, region } = source {
            let stream = stream_name(prefix, name, handle.task_id());
            links.push((format!("log of {name}"), log(region, group, &stream)));
        }
    }
    links
}

/// The task's page.
fn task(handle: &FargateHandle) -> String {
    let region = &handle.region;
    format!(
        "https://{}/ecs/v2/clusters/{}/tasks/{}/configuration?region={region}",
        host(region),
        encode(arn::last_part(&handle.cluster)),
        encode(handle.task_id()),
    )
}

fn log(region: &str, group: &str, stream: &str) -> String {
    format!(
        "https://{}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{}/log-events/{}",
        host(region),
        twice(group),
        twice(stream),
    )
}

/// The console of a region's partition.
/// Source: AWS General Reference, service endpoints of the console.
fn host(region: &str) -> String {
    let domain = if region.starts_with("cn-") {
        "console.amazonaws.cn"
    } else if region.starts_with("us-gov-") {
        "console.amazonaws-us-gov.com"
    } else {
        "console.aws.amazon.com"
    };
    format!("{region}.{domain}")
}

fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// The CloudWatch console takes names percent-encoded twice, with `$` for the second `%`.
fn twice(text: &str) -> String {
    encode(&encode(text)).replace('%', "$")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::fargate::handle::Life;

    #[test]
    fn pages_as_the_console_writes_them() {
        let handle = FargateHandle {
            id: "arn:aws:ecs:eu-west-1:1:task/ci/0123".to_owned(),
            cluster: "arn:aws:ecs:eu-west-1:1:cluster/ci".to_owned(),
            region: "eu-west-1".to_owned(),
            containers: vec!["app".to_owned()],
            sources: vec![LogSource::CloudWatch {
                group: "/ci/deploy".to_owned(),
                prefix: "run".to_owned(),
                region: "eu-west-1".to_owned(),
            }],
            life: Life::new(0),
        };
        let links = of(&handle);
        assert_eq!(
            links[0].1,
            "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/ci/tasks/0123/configuration?region=eu-west-1"
        );
        assert_eq!(
            links[1].1,
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/\
             log-group/$252Fci$252Fdeploy/log-events/run$252Fapp$252F0123"
        );
        assert!(host("cn-north-1").ends_with("amazonaws.cn"));
    }
}
