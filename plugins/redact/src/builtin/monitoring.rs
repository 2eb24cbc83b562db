//! Monitoring, feature flags and analysis.

use super::GITLEAKS;
use super::Rule;
use super::TRUFFLEHOG;

pub(super) const RULES: &[Rule] = &[
    Rule::word(
        "grafana",
        &["glsa_"],
        "glsa_[A-Za-z0-9_]{20,}",
        "glsa_{a32}_{h8}",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
    ),
    Rule::word(
        "grafana",
        &["glc_eyJ"],
        "glc_eyJ[A-Za-z0-9]{12}[A-Za-z0-9+/_=]{20,}",
        "glc_eyJ{a100}",
        GITLEAKS,
    ),
    Rule::word(
        "grafana",
        &["eyJrIjoi"],
        "eyJrIjoi[A-Za-z0-9]{20}[A-Za-z0-9+/_-]{40,}=*",
        "eyJrIjoi{a70}",
        GITLEAKS,
    ),
    Rule::word(
        "dynatrace",
        &["dt0"],
        r"dt0[a-zA-Z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64,}",
        "dt0c01.{A24}.{A64}",
        "https://docs.dynatrace.com/docs/dynatrace-api/basics/dynatrace-api-authentication",
    ),
    Rule::word(
        "new-relic",
        &["NRAK-", "NRII-", "NRIQ-", "NRJS-", "NRBR-", "NRRA-"],
        r"NR(?:AK|II|IQ|JS|BR|RA)-[A-Za-z0-9_\-]{19,}",
        "NRAK-{A27}",
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/",
    ),
    Rule::marked("new-relic", &["FFFFNRAL"], "[a-z0-9]{32,36}FFFFNRAL", "{h32}FFFFNRAL", TRUFFLEHOG),
    Rule::word(
        "datadog",
        &["ddapp_", "ddpat_"],
        "dd(?:app|pat)_[A-Za-z0-9]{30,}",
        "ddapp_{a34}",
        "https://docs.datadoghq.com/account_management/api-app-keys/",
    ),
    Rule::token(
        "sentry",
        &["sntrys_", "sntryu_", "sntrya_", "sntryi_"],
        "sntry[suai]_[A-Za-z0-9]{13}[A-Za-z0-9+/=_-]{20,}",
        "sntryu_{h64}",
        "https://docs.sentry.io/account/auth-tokens/",
    ),
    Rule::token("rootly", &["rootly_"], "rootly_[a-f0-9]{64,}", "rootly_{h64}", TRUFFLEHOG),
    Rule::word(
        "launchdarkly",
        &["sdk-", "api-"],
        r"(?:sdk|api)-[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}\b",
        "sdk-{h8}-{h4}-{h4}-{h4}-{h12}",
        "https://launchdarkly.com/docs/home/account/environment/keys",
    ),
    Rule::word("posthog", &["phx_", "phs_", "pha_"], "ph[xsa]_[A-Za-z0-9_]{40,}", "phx_{a43}", TRUFFLEHOG),
    Rule::marked("new-relic", &["-NRMA"], r"(?:AA|eu01xx)[a-f0-9]{36,40}-NRMA\b", "AA{h40}-NRMA", TRUFFLEHOG),
    Rule::word("fullstory", &["na1.", "eu1."], r"(?:na|eu)1\.[A-Za-z0-9+/]{100}\b", "na1.{a100}", TRUFFLEHOG),
];
