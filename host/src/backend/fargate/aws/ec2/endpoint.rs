//! Where EC2 is.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// Domains, and those of addresses that speak IPv6 too, by the beginning of a region's name.
/// Source: partitions.json of botocore, `dnsSuffix` and `dualStackDnsSuffix`.
const DOMAINS: &[(&str, &str, &str)] = &[
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("", "amazonaws.com", "api.aws"),
];

/// The address of EC2: what somebody set in its place (`AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`, or the
/// profile's), or AWS's own.
pub(super) fn endpoint(config: &SdkConfig, region: &str) -> String {
    let key = ServiceConfigKey::builder().service_id("EC2").env("AWS_ENDPOINT_URL").profile("endpoint_url");
    let set = key.build().ok().and_then(|key| config.service_config()?.load_config(key));
    let set = set.or_else(|| config.endpoint_url().map(str::to_owned));
    let fips = config.use_fips().unwrap_or(false);
    set.unwrap_or_else(|| of_aws(region, fips, config.use_dual_stack().unwrap_or(false)))
}

/// Source: the endpoint rules of EC2's service model (botocore, `endpoint-rule-set-1.json`).
fn of_aws(region: &str, fips: bool, dual_stack: bool) -> String {
    let found = DOMAINS.iter().find(|(prefix, ..)| region.starts_with(prefix));
    let (domain, dual) = found.map_or(("amazonaws.com", "api.aws"), |(_, domain, dual)| (domain, dual));
    let domain = if dual_stack { dual } else { domain };
    // The plain address in GovCloud is one of FIPS.
    let name = match fips && (dual_stack || !region.starts_with("us-gov-")) {
        true => "ec2-fips",
        false => "ec2",
    };
    format!("https://{name}.{region}.{domain}/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_domain() {
        for (region, fips, dual, address) in [
            ("eu-west-1", false, false, "https://ec2.eu-west-1.amazonaws.com/"),
            ("us-east-1", true, false, "https://ec2-fips.us-east-1.amazonaws.com/"),
            ("us-east-1", false, true, "https://ec2.us-east-1.api.aws/"),
            ("us-gov-west-1", true, false, "https://ec2.us-gov-west-1.amazonaws.com/"),
            ("us-gov-west-1", true, true, "https://ec2-fips.us-gov-west-1.api.aws/"),
            ("cn-north-1", false, false, "https://ec2.cn-north-1.amazonaws.com.cn/"),
            ("us-isob-east-1", false, false, "https://ec2.us-isob-east-1.sc2s.sgov.gov/"),
        ] {
            assert_eq!(of_aws(region, fips, dual), address);
        }
    }

    #[test]
    fn an_address_in_place_of_aws_s_counts() {
        let config = SdkConfig::builder().endpoint_url("http://127.0.0.1:1").build();
        assert_eq!(endpoint(&config, "eu-west-1"), "http://127.0.0.1:1");
        assert_eq!(endpoint(&SdkConfig::builder().build(), "eu-west-1"), of_aws("eu-west-1", false, false));
    }
}
