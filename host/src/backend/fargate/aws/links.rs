//! Pages of the AWS console.

use super::arn;

/// A task's page. `cluster` is a name or an ARN.
pub(crate) fn task(region: &str, cluster: &str, task_id: &str) -> String {
    format!(
        "https://{}/ecs/v2/clusters/{}/tasks/{}/configuration?region={region}",
        host(region),
        encode(arn::last_part(cluster)),
        encode(task_id),
    )
}

/// A log stream's page.
pub(crate) fn log(region: &str, group: &str, stream: &str) -> String {
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

    #[test]
    fn pages_as_the_console_writes_them() {
        assert_eq!(
            task("eu-west-1", "arn:aws:ecs:eu-west-1:1:cluster/ci", "0123"),
            "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/ci/tasks/0123/configuration?region=eu-west-1"
        );
        assert_eq!(
            log("eu-west-1", "/ci/deploy", "run/app/0123"),
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/\
             log-group/$252Fci$252Fdeploy/log-events/run$252Fapp$252F0123"
        );
        assert!(host("cn-north-1").ends_with("amazonaws.cn"));
    }
}
