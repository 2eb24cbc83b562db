//! Where source code lives, and what builds it.

use super::GITLEAKS;
use super::Rule;
use super::TRUFFLEHOG;

/// The prefixes of all tokens of GitLab.
const GITLAB: &str = "https://docs.gitlab.com/security/tokens/#token-prefixes";

pub(super) const RULES: &[Rule] = &[
    Rule::token(
        "github",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        r"gh[pousr]_[A-Za-z0-9_]{20,}(?:[.\-][A-Za-z0-9_\-]{8,})*",
        "ghp_{a36}",
        "https://github.blog/engineering/behind-githubs-new-authentication-token-formats/",
    ),
    // The token of an app is to become longer and to hold a JWT.
    Rule::token(
        "github",
        &["ghs_"],
        r"ghs_[0-9]+_eyJ[A-Za-z0-9_\-]{16,}[A-Za-z0-9_\-.]*",
        "ghs_123456_eyJ{u60}.eyJ{u200}.{u80}",
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
    ),
    Rule::token(
        "github",
        &["github_pat_"],
        "github_pat_[A-Za-z0-9_]{20,}",
        "github_pat_{a22}_{a59}",
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
    ),
    Rule::token(
        "gitlab",
        &["glpat-"],
        r"glpat-[A-Za-z0-9_\-]{16,}(?:\.[A-Za-z0-9_\-.]+)?",
        "glpat-{u20}",
        GITLAB,
    ),
    Rule::token(
        "gitlab",
        &[
            "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glwt-",
            "glsoat-", "gloas-", "glffct-",
        ],
        r"gl(?:dt|rt|rtr|cbt|ptt|ft|imt|agent|wt|soat|oas|ffct)-[A-Za-z0-9_\-]{16,}(?:\.[A-Za-z0-9_\-.]+)?",
        "glrt-t1_{u27}.01.0w{l7}",
        GITLAB,
    ),
    Rule::token("gitlab", &["GR1348941"], r"GR1348941[A-Za-z0-9_\-]{16,}", "GR1348941{u20}", GITLAB),
    Rule::word(
        "bitbucket",
        &["ATBB"],
        r"ATBB[A-Za-z0-9_\-]{24,}[A-Za-z0-9_=.\-]*",
        "ATBB{a32}",
        "https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/",
    ),
    Rule::word("bitbucket", &["BBDC-"], r"BBDC-[A-Za-z0-9+/@_\-]{40,}", "BBDC-{b44}", TRUFFLEHOG),
    Rule::token(
        "atlassian",
        &["ATATT3", "ATCTT3"],
        r"AT[AC]TT3[A-Za-z0-9_\-]{60,}(?:=[A-Za-z0-9]{8})?",
        "ATATT3xFfG{u180}={H8}",
        TRUFFLEHOG,
    ),
    Rule::token(
        "sourcegraph",
        &["sgp_", "slk_"],
        "(?:sgp_(?:[A-Fa-f0-9]{16}_|local_)?[A-Fa-f0-9]{40,}|slk_[a-f0-9]{64,})",
        "sgp_{h16}_{h40}",
        "https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token",
    ),
    Rule::token(
        "circleci",
        &["CCIPAT_", "CCIPRJ_"],
        "CCIP(?:AT|RJ)_[A-Za-z0-9]{20,}_[A-Fa-f0-9]{40,}",
        "CCIPAT_{a22}_{h40}",
        TRUFFLEHOG,
    ),
    Rule::word(
        "buildkite",
        &["bkua_", "bkct_", "bkaj_", "bkjt_"],
        "bk(?:ua|ct|aj|jt)_[A-Za-z0-9]{32,}",
        "bkua_{h40}",
        "https://buildkite.com/docs/platform/security/tokens",
    ),
    Rule::word(
        "sonar",
        &["sqp_", "squ_", "sqa_", "sqco_"],
        "sq(?:p|u|a|co)_[A-Za-z0-9]{40,}",
        "squ_{h40}",
        "https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens/",
    ),
    Rule::token("postman", &["PMAK-"], "PMAK-[A-Za-z0-9]{24}-[A-Za-z0-9]{34,}", "PMAK-{h24}-{h34}", GITLEAKS),
    Rule::token("endor-labs", &["endr+"], r"endr\+[A-Za-z0-9\-]{16,}", "endr+{a16}", TRUFFLEHOG),
    Rule::token(
        "trufflehog",
        &["thog-secret-"],
        "thog-secret-[0-9a-f]{32,}",
        "thog-secret-{h32}",
        TRUFFLEHOG,
    ),
];
