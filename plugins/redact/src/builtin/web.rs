//! Tokens of standards, and secrets in the paths of URLs.

use super::GITLEAKS;
use super::Rule;
use super::Span;

/// `PRIVATE KEY` in base64, as far as what stands before and behind changes nothing.
const ENCODED: [&[u8]; 3] = [b"UFJJVkFURSBLRV", b"BSSVZBVEUgS0VZ", b"QUklWQVRFIEtFW"];

/// Bytes in which a key's kind is told.
const KIND: usize = 72;

/// JSON Web Tokens.
const JWT: &str = "https://www.rfc-editor.org/rfc/rfc7519";

pub(super) const RULES: &[Rule] = &[
    // Header and payload are base64url of JSON objects: `{"`, `{ "`, or `{` and a new line.
    Rule::token(
        "jwt",
        &["eyJ", "eyA", "ewo", "ew0"],
        r"(?:ey[JA]|ew[o0])[A-Za-z0-9_\-]{16,}={0,2}\.(?:ey[JA]|ew[o0])[A-Za-z0-9_\-]{4,}={0,2}\.?[A-Za-z0-9_\-]*(?:\.[A-Za-z0-9_\-]+)*",
        "eyJhbGciOiJIUzI1NiJ9.eyJ{u40}.{u43}",
        JWT,
    ),
    // The same in base64, as Kubernetes keeps it in a secret: headers that begin with `alg`, `typ` or `kid`.
    Rule::word(
        "jwt",
        &["ZXlKaGJHY2lPaU", "ZXlKMGVYQWlPaU", "ZXlKcmFXUWlPaU"],
        "ZXlK(?:aGJHY2lPaU|MGVYQWlPaU|cmFXUWlPaU)[A-Za-z0-9]{16}[A-Za-z0-9+/]{40,}={0,2}",
        "ZXlKaGJHY2lPaUpTVXpJMU5p{a200}",
        "https://kubernetes.io/docs/concepts/configuration/secret/",
    ),
    // An encrypted token has a header, and four parts that are not JSON.
    Rule::token(
        "jwt",
        &["eyJ"],
        r"eyJ[A-Za-z0-9_\-]{16,}(?:\.[A-Za-z0-9_\-]*){4}",
        "eyJhbGciOiJSU0EtT0FFUCJ9.{u342}.{u16}.{u60}.{u22}",
        "https://www.rfc-editor.org/rfc/rfc7516",
    ),
    // Base64 of a private key in PEM, at each of the three alignments: `client-key-data` of kubeconfig.
    Rule::found(
        super::PRIVATE_KEY,
        &["LS0tLS1CRUdJTi", "0tLS0tQkVHSU4g", "tLS0tLUJFR0lO"],
        "(?:LS0tLS1CRUdJTi|0tLS0tQkVHSU4g|tLS0tLUJFR0lO)[A-Za-z0-9]{20,}[A-Za-z0-9+/_-]*={0,2}",
        encoded_key,
        "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUV2{b100}",
        "https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/",
    ),
    Rule::after(
        "slack",
        &["hooks.slack.com/"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_\-]+)",
        "hooks.slack.com/services/{A9}/{A9}/{a24}",
        "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/",
    ),
    Rule::after(
        "discord",
        &["/api/webhooks/"],
        r"/api/webhooks/[0-9]{15,}/([A-Za-z0-9_\-]{40,})",
        "/api/webhooks/{d18}/{u68}",
        "https://discord.com/developers/docs/resources/webhook",
    ),
    Rule::after(
        "teams",
        &["/webhookb2/"],
        r"/webhookb2/([A-Za-z0-9@\-]{36,}/IncomingWebhook/[A-Za-z0-9/_\-]+)",
        "/webhookb2/{h8}-{h4}-{h4}-{h4}-{h12}@{h8}-{h4}-{h4}-{h4}-{h12}/IncomingWebhook/{h32}/{h36}",
        GITLEAKS,
    ),
    Rule::after(
        "tines",
        &["tines.com/webhook/"],
        r"tines\.com/webhook/([a-z0-9]{32}/[a-z0-9]{32})",
        "tines.com/webhook/{l32}/{l32}",
        "https://www.tines.com/docs/actions/types/webhook/",
    ),
    Rule::after(
        "zapier",
        &["hooks.zapier.com/"],
        "hooks\\.zapier\\.com/hooks/catch/([A-Za-z0-9/]{8,})",
        "hooks.zapier.com/hooks/catch/{d7}/{l7}/",
        "https://help.zapier.com/hc/en-us/articles/8496288690317",
    ),
];

/// The whole text in base64, if it is a private key's: certificates begin the same way.
fn encoded_key(line: &[u8], (start, end): Span) -> Option<Span> {
    let kind = &line[start..end.min(start + KIND)];
    let is_key = ENCODED.iter().any(|key| kind.windows(key.len()).any(|part| part == *key));
    let is_encoded = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let before = line[..start].iter().rev().take(4).take_while(is_encoded).count();
    is_key.then_some((start - before, end))
}
