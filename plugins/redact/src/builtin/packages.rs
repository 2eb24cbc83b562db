//! Registries of packages and images.

use super::GITLEAKS;
use super::Rule;
use super::TRUFFLEHOG;

pub(super) const RULES: &[Rule] = &[
    Rule::word(
        "npm",
        &["npm_"],
        "npm_[A-Za-z0-9]{36,}",
        "npm_{a36}",
        "https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/",
    ),
    Rule::after(
        "npm",
        &["_authToken="],
        r#"_authToken=["']?([^\s"']+)"#,
        "_authToken={a36}",
        "https://docs.npmjs.com/cli/v11/configuring-npm/npmrc",
    )
    .within("assignment"),
    Rule::token(
        "pypi",
        &["pypi-"],
        r"pypi-[A-Za-z0-9_\-]{50,}",
        "pypi-AgEIcHlwaS5vcmc{u100}",
        "https://docs.pypi.org/api/secrets/",
    ),
    Rule::token(
        "rubygems",
        &["rubygems_"],
        "rubygems_[a-f0-9]{48,}",
        "rubygems_{h48}",
        "https://guides.rubygems.org/api-key-scopes/",
    ),
    Rule::word(
        "crates-io",
        &["cio"],
        r"cio[A-Za-z0-9]{32}\b",
        "cio{a32}",
        "https://github.com/rust-lang/crates.io/blob/main/src/util/token.rs",
    ),
    Rule::word(
        "nuget",
        &["oy2"],
        r"oy2[a-z0-9]{43}\b",
        "oy2{l43}",
        "https://learn.microsoft.com/nuget/nuget-org/scoped-api-keys",
    ),
    Rule::token("clojars", &["CLOJARS_"], "CLOJARS_[A-Za-z0-9]{60,}", "CLOJARS_{l60}", GITLEAKS),
    Rule::word("deno", &["ddp_", "ddw_", "ddo_"], "dd[pwo]_[A-Za-z0-9]{36,}", "ddp_{a36}", TRUFFLEHOG),
    Rule::token(
        "docker",
        &["dckr_pat_", "dckr_oat_"],
        r"dckr_[po]at_[A-Za-z0-9_\-]{20,}",
        "dckr_pat_{u27}",
        "https://docs.docker.com/security/access-tokens/",
    ),
    Rule::word("artifactory", &["AKCp"], "AKCp[A-Za-z0-9]{60,}", "AKCp{a69}", GITLEAKS),
    Rule::word("artifactory", &["cmVmdGtu"], "cmVmdGtu[A-Za-z0-9]{50,}", "cmVmdGtu{a56}", TRUFFLEHOG),
];
