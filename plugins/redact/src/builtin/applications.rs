//! Applications that people work with.

use super::GITLEAKS;
use super::Rule;
use super::TRUFFLEHOG;

pub(super) const RULES: &[Rule] = &[
    Rule::word("adobe", &["p8e-"], "p8e-[A-Za-z0-9]{32,}", "p8e-{l32}", GITLEAKS),
    // Airtable's have no mark but their lengths.
    Rule::word("airtable", &["pat"], r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}", "pat{a14}.{h64}", GITLEAKS),
    Rule::token(
        "linear",
        &["lin_api_", "lin_oauth_"],
        "lin_(?:api|oauth)_[A-Za-z0-9]{40,}",
        "lin_api_{a40}",
        "https://linear.app/developers/graphql",
    ),
    Rule::word(
        "notion",
        &["ntn_"],
        "ntn_[0-9]{6,}[A-Za-z0-9]{30,}",
        "ntn_{d11}{a35}",
        "https://developers.notion.com/page/changelog",
    ),
    Rule::word("notion", &["secret_"], r"secret_[A-Za-z0-9]{43}\b", "secret_{a43}", TRUFFLEHOG),
    Rule::token(
        "figma",
        &["figd_", "figp_", "figu_"],
        r"fig[dpu]_[A-Za-z0-9_\-]{36,}=*",
        "figd_{u40}",
        TRUFFLEHOG,
    ),
    Rule::word("typeform", &["tfp_"], r"tfp_[A-Za-z0-9_\-]{20,}[A-Za-z0-9_.=\-]{20,}", "tfp_{u59}", GITLEAKS),
    Rule::word(
        "hubspot",
        &["pat-na", "pat-eu", "pat-ap"],
        "pat-(?:na|eu|ap)[0-9]-[0-9a-fA-F]{8}-[0-9a-fA-F-]{27,}",
        "pat-na1-{h8}-{h4}-{h4}-{h4}-{h12}",
        TRUFFLEHOG,
    ),
    Rule::token("contentful", &["CFPAT-"], r"CFPAT-[A-Za-z0-9_\-]{43,}", "CFPAT-{u43}", TRUFFLEHOG),
    Rule::token("frameio", &["fio-u-"], r"fio-u-[A-Za-z0-9_\-]{64,}", "fio-u-{u64}", GITLEAKS),
    Rule::token("readme", &["rdme_"], "rdme_[a-z0-9]{70,}", "rdme_{l70}", GITLEAKS),
    Rule::word("adafruit", &["aio_"], "aio_[A-Za-z0-9]{28,}", "aio_{a28}", TRUFFLEHOG),
    Rule::token("intra42", &["s-s4t2"], "s-s4t2(?:ud|af)-[a-f0-9]{64,}", "s-s4t2ud-{h64}", GITLEAKS),
    Rule::token(
        "settlemint",
        &["sm_aat_", "sm_pat_", "sm_sat_"],
        "sm_[aps]at_[A-Za-z0-9]{16,}",
        "sm_aat_{a16}",
        GITLEAKS,
    ),
    Rule::word("zoho", &["1000."], r"1000\.[a-f0-9]{32}\.[a-f0-9]{32,}", "1000.{h32}.{h32}", TRUFFLEHOG),
    Rule::word("dropbox", &["sl."], r"sl\.(?:u\.)?[A-Za-z0-9_\-]{130,}=*", "sl.{u135}", GITLEAKS),
    Rule::word("flexport", &["shltm_"], r"shltm_[A-Za-z0-9_\-]{40,}", "shltm_{u40}", TRUFFLEHOG),
    Rule::word(
        "fleetbase",
        &["flb_live_", "flb_test_"],
        "flb_(?:live|test)_[A-Za-z0-9]{20,}",
        "flb_live_{a20}",
        TRUFFLEHOG,
    ),
    Rule::word(
        "bannerbear",
        &["bb_pr_", "bb_ma_"],
        r"bb_(?:pr|ma)_[a-f0-9]{30}\b",
        "bb_pr_{h30}",
        TRUFFLEHOG,
    ),
    Rule::word("close", &["api_"], r"api_[A-Za-z0-9]{22}\.[A-Za-z0-9]{22}\b", "api_{a22}.{a22}", TRUFFLEHOG),
    Rule::word(
        "robinhood",
        &["rh-api-"],
        "rh-api-[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        "rh-api-{h8}-{h4}-{h4}-{h4}-{h12}",
        TRUFFLEHOG,
    ),
    Rule::token("finage", &["API_KEY"], r"API_KEY[0-9A-Z]{32}\b", "API_KEY{A32}", TRUFFLEHOG),
    Rule::word("ubidots", &["BBFF-", "BBUS-"], "BB(?:FF|US)-[A-Za-z0-9]{30,}", "BBFF-{a30}", TRUFFLEHOG),
];
