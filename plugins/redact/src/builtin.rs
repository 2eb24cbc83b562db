//! The token formats that are masked without being asked.
//!
//! A rule has a cheap necessary condition, its anchors: literals one of which every match holds.
//! Lines without one are not looked at. The host, which searches otherwise, is not asked for them but
//! for what the expressions match; only where an expression does not begin with its anchors it is asked
//! for these. They are exact then: words in any case are in ordinary lines too.
//!
//! Expressions end greedily (`{36,}`, not `{36}`): of two tokens that stand side by side none may
//! leave its tail. None can match a newline.

/// One token format.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What `builtin = ["…"]` calls it.
    pub name: &'static str,
    /// What is in every match.
    pub anchors: Anchors,
    /// Over bytes, Unicode off. Group 1, where there is one, is what is masked.
    pub expression: &'static str,
}

/// What is in every match of a rule.
#[derive(Debug, Clone, Copy)]
pub enum Anchors {
    /// One of these.
    Exact(&'static [&'static str]),
    /// One of these in any case, in lines that hold no secret too.
    Words(&'static [&'static str]),
}

/// The name of the private key rule, which is not an expression: it spans lines.
pub const PRIVATE_KEY: &str = "private-key";

/// All formats but [`PRIVATE_KEY`].
pub const RULES: &[Rule] = &[
    // Access key ids: AKIA long-term, ASIA temporary, ABIA bearer, ACCA context (IAM user guide,
    // "Understanding unique ID prefixes"); base32 after the prefix.
    rule("aws", &["AKIA", "ASIA", "ABIA", "ACCA"], r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16,}"),
    // Secret access keys have no prefix: 40 characters behind a name that says so.
    by_words(
        "aws",
        &["secret"],
        r#"(?i:secret[_\-. ]?(?:access)?[_\-. ]?key)[\\"' \t]{0,4}(?:=>|[:=])[\\"' \t]{0,4}([A-Za-z0-9/+]{40,}=*)"#,
    ),
    by_words(
        "aws",
        &["session", "security"],
        r#"(?i:(?:session|security)[_\-. ]?token)[\\"' \t]{0,4}(?:=>|[:=])[\\"' \t]{0,4}([A-Za-z0-9/+=%]{60,})"#,
    ),
    // Presigned URLs.
    rule("aws", &["X-Amz-Signature="], r"X-Amz-Signature=([0-9A-Fa-f]+)"),
    rule("aws", &["X-Amz-Security-Token="], r"X-Amz-Security-Token=([A-Za-z0-9/+=%_\-.]+)"),
    rule(
        "github",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        r"gh[pousr]_[A-Za-z0-9_]{20,}(?:[.\-][A-Za-z0-9_\-]{8,})*",
    ),
    rule("github", &["github_pat_"], r"github_pat_[A-Za-z0-9_]{20,}"),
    rule(
        "gitlab",
        &[
            "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-",
            "gloas-", "glffct-",
        ],
        r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct)-[A-Za-z0-9_\-]{16,}(?:\.[A-Za-z0-9_\-.]+)?",
    ),
    rule("gitlab", &["GR1348941"], r"GR1348941[A-Za-z0-9_\-]{16,}"),
    rule("slack", &["xox"], r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9\-]{10,}"),
    rule("slack", &["xapp-"], r"xapp-[0-9]-[A-Za-z0-9\-]{10,}"),
    rule(
        "slack",
        &["hooks.slack.com/"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_\-]+)",
    ),
    rule(
        "stripe",
        &["sk_live_", "sk_test_", "rk_live_", "rk_test_"],
        r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
    ),
    rule("stripe", &["whsec_"], r"whsec_[A-Za-z0-9+/=]{24,}"),
    rule("google", &["AIza"], r"AIza[A-Za-z0-9_\-]{35,}"),
    rule("google", &["ya29."], r"ya29\.[A-Za-z0-9_\-.]{20,}"),
    rule("google", &["GOCSPX-"], r"GOCSPX-[A-Za-z0-9_\-]{20,}"),
    rule("npm", &["npm_"], r"npm_[A-Za-z0-9]{36,}"),
    rule("npm", &["_authToken="], r#"_authToken=["']?([^\s"']+)"#),
    rule("pypi", &["pypi-"], r"pypi-[A-Za-z0-9_\-]{50,}"),
    rule("docker", &["dckr_pat_", "dckr_oat_"], r"dckr_[po]at_[A-Za-z0-9_\-]{20,}"),
    rule("hugging-face", &["hf_"], r"hf_[A-Za-z0-9]{30,}"),
    rule(
        "openai",
        &["sk-proj-", "sk-svcacct-", "sk-admin-"],
        r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_\-]{20,}",
    ),
    rule("openai", &["T3BlbkFJ"], r"sk-[A-Za-z0-9_\-]*T3BlbkFJ[A-Za-z0-9_\-]*"),
    rule("anthropic", &["sk-ant-"], r"sk-ant-[A-Za-z0-9_\-]{20,}"),
    rule("sendgrid", &["SG."], r"SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    rule("digitalocean", &["dop_v1_", "doo_v1_", "dor_v1_"], r"do[por]_v1_[a-f0-9]{64,}"),
    rule("vault", &["hvs.", "hvb.", "hvr."], r"hv[sbr]\.[A-Za-z0-9_\-]{20,}"),
    rule("terraform", &[".atlasv1."], r"[A-Za-z0-9]{10,}\.atlasv1\.[A-Za-z0-9_\-=]{40,}"),
    rule("grafana", &["glsa_", "glc_"], r"(?:glsa|glc)_[A-Za-z0-9+/_=]{20,}"),
    rule("databricks", &["dapi"], r"dapi[a-f0-9]{32,}(?:-[0-9]+)?"),
    rule("azure", &["AccountKey="], r"AccountKey=([A-Za-z0-9+/=]{40,})"),
    rule("azure", &["SharedAccessKey="], r"SharedAccessKey=([A-Za-z0-9+/=]{40,})"),
    rule("age", &["AGE-SECRET-KEY-1"], r"AGE-SECRET-KEY-1[0-9A-Z]{40,}"),
    // Header and payload are base64url of JSON objects: both begin with `{"`.
    rule(
        "jwt",
        &["eyJ"],
        r"eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{4,}\.?[A-Za-z0-9_\-]*(?:\.[A-Za-z0-9_\-]+)*",
    ),
    // An encrypted token (JWE) has a header, and four parts that are not JSON.
    rule("jwt", &["eyJ"], r"eyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){4}"),
    // To the last @ before the path: passwords hold @ more often than paths do. But not beyond the text that
    // the URL stands in: in JSON on one line an e-mail address may follow a port.
    by_words("url", &["://"], r#"://[^\s/:@?#"'`<>]*:([^\s/?#"'`<>]+)@"#),
    // A scheme that is not known is one where what follows can be a token (token68 of RFC 9110, 11.2) and is no
    // path. Without a scheme a word may be one of a sentence, as in `authorization: granted`: up to 15 letters,
    // such as `unauthenticated`, are taken for that.
    by_words(
        "authorization",
        &["authorization"],
        r#"(?i:authorization)[\\"']{0,3}[ \t]*[:=][ \t]*[\\"']{0,3}((?i:bearer|basic|digest|token|negotiate|ntlm|apikey)[ \t]+[^\s"'\\,]+|[A-Za-z][A-Za-z0-9\-]*[ \t]+[A-Za-z0-9_~+\-][A-Za-z0-9._~+/\-]{15,}=*|[^\s"'\\,]*[0-9][^\s"'\\,]*|[^\s"'\\,]{16,})"#,
    ),
    by_words("authorization", &["bearer"], r"(?i:bearer)[ \t]+([A-Za-z0-9._~+/\-]{16,}=*)"),
];

const fn rule(name: &'static str, anchors: &'static [&'static str], expression: &'static str) -> Rule {
    Rule { name, anchors: Anchors::Exact(anchors), expression }
}

const fn by_words(name: &'static str, words: &'static [&'static str], expression: &'static str) -> Rule {
    Rule { name, anchors: Anchors::Words(words), expression }
}

/// All names that `builtin` may list, each once.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    names.dedup();
    names.push(PRIVATE_KEY);
    names
}
