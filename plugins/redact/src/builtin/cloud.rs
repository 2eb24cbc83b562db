//! Clouds and what runs applications.

use super::GITLEAKS;
use super::Rule;
use super::TRUFFLEHOG;
use super::token;

pub(super) const RULES: &[Rule] = &[
    // AKIA long-term, ASIA temporary, ABIA bearer, ACCA context; base32 after the prefix.
    Rule::word(
        "aws",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        "(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16,}",
        "AKIA{B16}",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
    ),
    Rule::word("aws", &["ABSK"], "ABSK[A-Za-z0-9]{20}[A-Za-z0-9+/]{80,}={0,2}", "ABSK{a110}", GITLEAKS),
    Rule::token(
        "aws",
        &["bedrock-api-key-"],
        "bedrock-api-key-[A-Za-z0-9]{20}[A-Za-z0-9+/=_-]{20,}",
        "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t{a100}",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
    ),
    // What GetAuthorizationToken of ECR gives: base64 of JSON that begins with `{"payload":`, and this
    // behind `AWS:` in base64 again.
    Rule::token(
        "aws",
        &["eyJwYXlsb2Fk"],
        "eyJwYXlsb2Fk[A-Za-z0-9]{20}[A-Za-z0-9+/_-]{40,}=*",
        "eyJwYXlsb2FkIjoi{a200}",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html",
    ),
    Rule::token(
        "aws",
        &["QVdTOmV5Snd"],
        "QVdTOmV5Snd[A-Za-z0-9]{20}[A-Za-z0-9+/_-]{40,}=*",
        "QVdTOmV5SndZWGxzYjJGa0lqb2k{a200}",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html",
    ),
    // Secret access keys have no prefix: 40 characters behind a name that says so.
    Rule::after(
        "aws",
        &["secr", "Secr", "SECR"],
        r#"(?:secr|Secr|SECR)(?i:et[_\-. ]?(?:access)?[_\-. ]?key)[\\"' \t]{0,4}(?:=>|[:=>])[\\"' \t]{0,4}([A-Za-z0-9/+]{40,}=*)"#,
        "secret_access_key = {b40}",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
    )
    .within("assignment"),
    Rule::after(
        "aws",
        &["sess", "Sess", "SESS", "secu", "Secu", "SECU"],
        r#"(?:sess|Sess|SESS|secu|Secu|SECU)(?i:(?:ion|rity)[_\-. ]?token)[\\"' \t]{0,4}(?:=>|[:=>])[\\"' \t]{0,4}([A-Za-z0-9/+=%]{60,})"#,
        "aws_session_token = {b240}",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html",
    )
    .within("assignment"),
    Rule::after(
        "aws",
        &["X-Amz-Signature="],
        "X-Amz-Signature=([0-9A-Fa-f]{16,})",
        "X-Amz-Signature={h64}",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html",
    )
    .within("assignment"),
    Rule::word("alibaba", &["LTAI"], "LTAI[A-Za-z0-9]{16,}", "LTAI5t{a18}", GITLEAKS),
    Rule::word(
        "tencent",
        &["AKID"],
        "AKID[A-Za-z0-9]{32,}",
        "AKID{a32}",
        "https://www.tencentcloud.com/document/product/598/34228",
    ),
    Rule::token(
        "yandex",
        &["AQVN"],
        r"AQVN[A-Za-z0-9_\-]{35,}",
        "AQVN{u36}",
        "https://yandex.cloud/en/docs/security/operations/secret-is-disclosed",
    ),
    Rule::word(
        "yandex",
        &["YCAJ", "YCM", "YCN", "YCO", "YCP"],
        r"YC(?:AJ|[M-P])[A-Za-z0-9_\-]{34,}",
        "YCAJ{u36}",
        "https://yandex.cloud/en/docs/security/operations/secret-is-disclosed",
    ),
    Rule::word(
        "yandex",
        &["t1."],
        r"t1\.[A-Za-z0-9_\-]{30,}=*\.[A-Za-z0-9_\-]{80,}=*",
        "t1.{u60}.{u86}",
        "https://yandex.cloud/en/docs/security/operations/secret-is-disclosed",
    ),
    // Client secrets of Entra ID. The digit is a version: 7 and 8 are in use.
    Rule::marked(
        "azure",
        &["7Q~", "8Q~"],
        r"[A-Za-z0-9_~.\-]{3}[78]Q~[A-Za-z0-9_~.\-]{31,}",
        "{a3}8Q~{a34}",
        GITLEAKS,
    ),
    // Keys of Azure hold a signature of where they belong to.
    Rule::marked(
        "azure",
        &["AZDO"],
        "[A-Za-z0-9]{60,}AZDO[A-Za-z0-9]{4,}",
        "{a75}AZDO{a5}",
        "https://learn.microsoft.com/azure/devops/release-notes/2024/sprint-241-update",
    ),
    Rule::marked("azure", &["+ACR"], r"[A-Za-z0-9+/]{42}\+ACR[A-Za-z0-9]{6,}", "{b42}+ACR{a6}", TRUFFLEHOG),
    Rule::marked(
        "azure",
        &["AzFu"],
        "[A-Za-z0-9_-]{40,}AzFu[A-Za-z0-9_-]{4,}={0,2}",
        "{u43}AzFu{a6}==",
        "https://learn.microsoft.com/azure/azure-functions/function-keys-how-to",
    ),
    // Shared access signatures.
    Rule::after(
        "azure",
        &["AccountKey="],
        "AccountKey=([A-Za-z0-9+/=]{40,})",
        "AccountKey={b86}==",
        "https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string",
    )
    .within("assignment"),
    Rule::after(
        "azure",
        &["SharedAccessKey="],
        "SharedAccessKey=([A-Za-z0-9+/=]{40,})",
        "SharedAccessKey={b43}=",
        "https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas",
    )
    .within("assignment"),
    Rule::token(
        "google",
        &["AIza"],
        r"AIza[A-Za-z0-9_\-]{35,}",
        "AIza{u35}",
        "https://cloud.google.com/docs/authentication/api-keys",
    ),
    Rule::word(
        "google",
        &["AQ.Ab"],
        r"AQ\.Ab[A-Za-z0-9_\-]{40,}",
        "AQ.Ab8{u47}",
        "https://ai.google.dev/gemini-api/docs/api-key",
    ),
    Rule::word(
        "google",
        &["ya29."],
        r"ya29\.[A-Za-z0-9_\-]{20,}[A-Za-z0-9_\-.]*",
        "ya29.a0{u100}",
        "https://developers.google.com/identity/protocols/oauth2",
    ),
    Rule::word(
        "google",
        &["1//0"],
        r"1//0[A-Za-z0-9_\-]{35,}",
        "1//0{u60}",
        "https://developers.google.com/identity/protocols/oauth2",
    ),
    Rule::token(
        "google",
        &["GOCSPX-"],
        r"GOCSPX-[A-Za-z0-9_\-]{20,}",
        "GOCSPX-{u28}",
        "https://developers.google.com/identity/protocols/oauth2",
    ),
    Rule::token(
        "digitalocean",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        "do[por]_v1_[a-f0-9]{64,}",
        "dop_v1_{h64}",
        "https://docs.digitalocean.com/reference/api/create-personal-access-token/",
    ),
    Rule::word("cloudflare", &["v1.0-"], "v1\\.0-[a-f0-9]{24}-[a-f0-9]{140,}", "v1.0-{h24}-{h146}", GITLEAKS),
    Rule::word(
        "cloudflare",
        &["cfut_", "cfat_", "cfk_"],
        "cf(?:ut|at|k)_[A-Za-z0-9]{40,}",
        "cfut_{a40}{h8}",
        "https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
    ),
    Rule::token(
        "heroku",
        &["HRKU-"],
        r"HRKU-[A-Za-z0-9_\-]{36,}",
        "HRKU-AA{u58}",
        "https://devcenter.heroku.com/changelog-items/2842",
    ),
    Rule::word(
        "fly",
        &["fm1a_", "fm1r_", "fm2_"],
        "fm(?:1[ar]|2)_[A-Za-z0-9+/]{80,}={0,3}(?:,fm(?:1[ar]|2)_[A-Za-z0-9+/]{80,}={0,3})*",
        "fm2_{b120}",
        GITLEAKS,
    ),
    Rule::word("fly", &["fo1_"], r"fo1_[A-Za-z0-9_\-]{40,}", "fo1_{u43}", GITLEAKS),
    Rule::word(
        "netlify",
        &["nfp_", "nfc_", "nfo_", "nfu_"],
        "nf[pcou]_[A-Za-z0-9_-]{36,}",
        "nfp_{a36}",
        "https://docs.netlify.com/api/get-started/",
    ),
    Rule::word(
        "vercel",
        &["vcp_", "vci_", "vca_", "vcr_", "vck_"],
        "vc[piark]_[A-Za-z0-9]{24,}",
        "vcp_{a56}",
        "https://vercel.com/docs/rest-api",
    ),
    Rule::word(
        "supabase",
        &["sbp_"],
        "sbp_(?:v0_|oauth_)?[a-f0-9]{40,}",
        "sbp_{h40}",
        "https://supabase.com/docs/guides/api/api-keys",
    ),
    Rule::token(
        "supabase",
        &["sb_secret_"],
        r"sb_secret_[A-Za-z0-9_\-]{20,}",
        "sb_secret_{u22}_{u8}",
        "https://supabase.com/docs/guides/api/api-keys",
    ),
    Rule::token(
        "planetscale",
        &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"],
        r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_\-]{30,}[A-Za-z0-9_=.\-]*",
        "pscale_tkn_{u43}",
        GITLEAKS,
    ),
    Rule::word(
        "neon",
        &["napi_"],
        "napi_[a-z0-9]{48,}",
        "napi_{l64}",
        "https://neon.com/docs/manage/api-keys",
    ),
    Rule::word("render", &["rnd_"], "rnd_[A-Za-z0-9]{28,}", "rnd_{a32}", "https://render.com/docs/api"),
    Rule::word("scalingo", &["tk-us-"], r"tk-us-[A-Za-z0-9_\-]{48,}", "tk-us-{u48}", GITLEAKS),
    Rule::token(
        "databricks",
        &["dapi"],
        "dapi[a-f0-9]{32,}(?:-[0-9]+)?",
        "dapi{h32}",
        "https://docs.databricks.com/aws/en/dev-tools/auth/pat",
    ),
    Rule::word("clickhouse", &["4b1d"], r"4b1d[A-Za-z0-9]{38}\b", "4b1d{a38}", GITLEAKS),
    Rule::found(
        "mapbox",
        &["sk.eyJ"],
        r"sk\.eyJ[A-Za-z0-9_\-]{20,}\.[A-Za-z0-9_\-]{20,}",
        token::alone,
        "sk.eyJ{u80}.{u22}",
        "https://docs.mapbox.com/help/dive-deeper/access-tokens/",
    ),
    Rule::word(
        "salesforce",
        &["00D"],
        "00D[A-Za-z0-9]{12,15}![A-Za-z0-9_]{20,}[A-Za-z0-9_.]{40,}",
        "00D{a12}!{a96}",
        TRUFFLEHOG,
    ),
    Rule::word(
        "salesforce",
        &["5AEP861", "5Aep861"],
        "5A(?:EP|ep)861[A-Za-z0-9._=]{80,}",
        "5Aep861{a80}",
        TRUFFLEHOG,
    ),
    Rule::token(
        "saladcloud",
        &["salad_cloud_"],
        "salad_cloud_[A-Za-z0-9]{1,7}_[A-Za-z0-9]{20,}",
        "salad_cloud_user_{a40}",
        TRUFFLEHOG,
    ),
];
