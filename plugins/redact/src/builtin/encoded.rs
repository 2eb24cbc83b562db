//! Tokens in base64, as Kubernetes keeps them in secrets and CI systems in variables: alone, from their first
//! letter on, so that what their prefixes become is known.

use super::Rule;

/// How Kubernetes keeps a secret.
const KUBERNETES: &str = "https://kubernetes.io/docs/concepts/configuration/secret/";

pub(super) const RULES: &[Rule] = &[
    // `ghp_`, `gho_`, `ghu_`, `ghs_`, `ghr_`; `github_pat_`.
    Rule::word(
        "github",
        &["Z2hwX", "Z2hvX", "Z2h1X", "Z2hzX", "Z2hyX"],
        "Z2h[wv1zy]X[A-Za-z0-9]{20}[A-Za-z0-9+/]{20,}={0,2}",
        "Z2hwX{a50}",
        KUBERNETES,
    ),
    Rule::word(
        "github",
        &["Z2l0aHViX3BhdF"],
        "Z2l0aHViX3BhdF[A-Za-z0-9]{20}[A-Za-z0-9+/]{20,}={0,2}",
        "Z2l0aHViX3BhdF8x{a80}",
        KUBERNETES,
    ),
    // `glpat-`.
    Rule::word(
        "gitlab",
        &["Z2xwYXQt"],
        "Z2xwYXQt[A-Za-z0-9]{10}[A-Za-z0-9+/]{12,}={0,2}",
        "Z2xwYXQt{a28}",
        KUBERNETES,
    ),
    // `npm_`.
    Rule::word("npm", &["bnBtX"], "bnBtX[A-Za-z0-9]{20}[A-Za-z0-9+/]{20,}={0,2}", "bnBtX{a49}", KUBERNETES),
    // `xoxb-`, `xoxp-` and the like.
    Rule::word(
        "slack",
        &["eG94Y", "eG94c"],
        "eG94[Yc][A-Za-z0-9]{20}[A-Za-z0-9+/]{24,}={0,2}",
        "eG94Yi{a70}",
        KUBERNETES,
    ),
    // `sk_live_`, `rk_live_`.
    Rule::word(
        "stripe",
        &["c2tfbGl2ZV", "cmtfbGl2ZV"],
        "(?:c2t|cmt)fbGl2ZV[A-Za-z0-9]{16}[A-Za-z0-9+/]{8,}={0,2}",
        "c2tfbGl2ZV{a34}",
        KUBERNETES,
    ),
    // `sk-ant-`, `sk-proj-`.
    Rule::word(
        "anthropic",
        &["c2stYW50L"],
        "c2stYW50L[A-Za-z0-9]{20}[A-Za-z0-9+/]{40,}={0,2}",
        "c2stYW50L{a120}",
        KUBERNETES,
    ),
    Rule::word(
        "openai",
        &["c2stcHJvai"],
        "c2stcHJvai[A-Za-z0-9]{20}[A-Za-z0-9+/]{40,}={0,2}",
        "c2stcHJvai{a150}",
        KUBERNETES,
    ),
    // `hvs.`.
    Rule::word(
        "vault",
        &["aHZzL"],
        "aHZzL[A-Za-z0-9]{20}[A-Za-z0-9+/]{20,}={0,2}",
        "aHZzL{a100}",
        KUBERNETES,
    ),
    // `AKIA`.
    Rule::word("aws", &["QUtJQ"], r"QUtJQ[A-Za-z0-9]{22}\b", "QUtJQ{a22}", KUBERNETES),
];
