//! Secret stores, provisioning, clusters and networks.

use super::GITLEAKS;
use super::Rule;
use super::token;

pub(super) const RULES: &[Rule] = &[
    Rule::word(
        "vault",
        &["hvs.", "hvb.", "hvr."],
        r"hv[sbr]\.[A-Za-z0-9_\-]{20,}",
        "hvs.{u95}",
        "https://developer.hashicorp.com/vault/docs/concepts/tokens",
    ),
    // Of Vault before 1.10.
    Rule::found(
        "vault",
        &["s."],
        r"s\.[A-Za-z0-9]{24}\b",
        token::mixed,
        "s.{a24}",
        "https://developer.hashicorp.com/vault/docs/concepts/tokens",
    ),
    Rule::marked(
        "terraform",
        &[".atlasv1."],
        r"[A-Za-z0-9]{10,}\.atlasv1\.[A-Za-z0-9_\-=]{40,}",
        "{a14}.atlasv1.{u67}",
        GITLEAKS,
    ),
    Rule::word(
        "pulumi",
        &["pul-"],
        "pul-[a-f0-9]{40,}",
        "pul-{h40}",
        "https://www.pulumi.com/docs/administration/access-identity/access-tokens/",
    ),
    Rule::word(
        "doppler",
        &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.said.", "dp.scim.", "dp.audit."],
        r"dp\.(?:pt|st|ct|sa|said|scim|audit)\.(?:[a-z0-9_\-]{2,35}\.)?[A-Za-z0-9]{40,}",
        "dp.st.dev.{a43}",
        "https://docs.doppler.com/reference/auth-token-formats",
    ),
    Rule::word(
        "1password",
        &["ops_eyJ"],
        r"ops_eyJ[A-Za-z0-9]{16}[A-Za-z0-9+/_\-]{40,}=*",
        "ops_eyJ{a260}",
        "https://developer.1password.com/docs/service-accounts/security/",
    ),
    Rule::word(
        "1password",
        &["A3-"],
        "A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
        "A3-{A6}-{A11}-{A5}-{A5}-{A5}",
        "https://support.1password.com/secret-key/",
    ),
    Rule::word(
        "infisical",
        &["st."],
        r"st\.[a-f0-9]{24}\.[a-f0-9]{32}\.[a-f0-9]{32}",
        "st.{h24}.{h32}.{h32}",
        "https://infisical.com/docs/documentation/platform/token",
    ),
    Rule::token(
        "age",
        &["AGE-SECRET-KEY-1", "AGE-SECRET-KEY-PQ-1"],
        "AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{40,}",
        "AGE-SECRET-KEY-1{A58}",
        "https://age-encryption.org/v1",
    ),
    Rule::token("openshift", &["sha256~"], r"sha256~[A-Za-z0-9_\-]{43,}", "sha256~{u43}", GITLEAKS),
    // How a cluster is joined: of kubeadm it is asked for by name, its form being that of a file's name.
    Rule::token(
        "docker",
        &["SWMTKN-1-"],
        "SWMTKN-1-[a-z0-9]{40,}-[a-z0-9]{20,}",
        "SWMTKN-1-{l50}-{l25}",
        "https://docs.docker.com/reference/cli/docker/swarm/join-token/",
    ),
    Rule::word("octopus", &["API-"], r"API-[A-Z0-9]{25,}\b", "API-{A26}", GITLEAKS),
    Rule::word(
        "harness",
        &["pat.", "sat."],
        r"[ps]at\.[A-Za-z0-9_\-]{22}\.[a-zA-Z0-9]{24}\.[A-Za-z0-9]{20,}",
        "pat.{u22}.{a24}.{a20}",
        GITLEAKS,
    ),
    Rule::word("prefect", &["pnu_", "pnb_"], "pn[ub]_[A-Za-z0-9]{36,}", "pnu_{a36}", GITLEAKS),
    Rule::token(
        "tailscale",
        &["tskey-"],
        r"tskey-[a-z]+-[A-Za-z0-9_]+-[A-Za-z0-9_]{16,}",
        "tskey-auth-{a12}CNTRL-{a32}",
        "https://tailscale.com/kb/1085/auth-keys",
    ),
    Rule::word("infracost", &["ico-"], r"ico-[A-Za-z0-9]{32,}", "ico-{a32}", GITLEAKS),
    Rule::token(
        "defined-networking",
        &["dnkey-"],
        r"dnkey-[A-Za-z0-9_\-]{26}-[A-Za-z0-9_\-]{52,}",
        "dnkey-{u26}-{u52}",
        GITLEAKS,
    ),
    Rule::marked(
        "authress",
        &[".acc-", ".acc_"],
        r"(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_\-][a-z0-9\-]{10,32}\.[A-Za-z0-9+/_=\-]{30,}",
        "sc_{l10}.{l5}.acc-{l12}.{b43}",
        GITLEAKS,
    ),
    Rule::marked("maxmind", &["_mmk"], "[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk", "{a6}_{a29}_mmk", GITLEAKS),
];
