//! Chat, mail and telephony.

use super::GITLEAKS;
use super::Rule;
use super::Span;
use super::TRUFFLEHOG;
use super::token;

/// The tokens of Slack.
const SLACK: &str = "https://docs.slack.dev/authentication/tokens";

pub(super) const RULES: &[Rule] = &[
    Rule::token(
        "slack",
        &["xox"],
        r"xox[a-z]-[A-Za-z0-9\-]{15,}[A-Za-z0-9%/+\-]*",
        "xoxb-{d12}-{d12}-{a24}",
        SLACK,
    ),
    Rule::token("slack", &["xox"], r"xox[a-z]\.xox[a-z]-[A-Za-z0-9\-]{16,}", "xoxe.xoxp-1-{a166}", SLACK),
    Rule::token("slack", &["xapp-"], r"xapp-[0-9]-[A-Za-z0-9\-]{16,}", "xapp-1-A{A10}-{d13}-{h64}", SLACK),
    // 10 digits, a colon, and a word that begins with AA.
    Rule::found(
        "telegram",
        &[":AA"],
        r":AA[A-Za-z0-9_\-]{33}",
        after_digits,
        "{d10}:AA{u33}",
        "https://core.telegram.org/bots/features#botfather",
    ),
    // The number of the bot in base64 (those of 2022 and later begin with a 1), a time, a signature.
    Rule::word(
        "discord",
        &["MTA", "MTE", "MTI", "MTM", "MTQ", "MTU"],
        r"MT[AEIMQU][A-Za-z0-9_\-]{19,25}\.G[A-Za-z0-9_\-]{5}\.[A-Za-z0-9_\-]{27,}",
        "MTI{a21}.G{a5}.{u38}",
        "https://discord.com/developers/docs/reference#authentication",
    ),
    Rule::word("facebook", &["EAAM", "EAAC"], "EAA[MC][A-Za-z0-9]{100,}", "EAAM{a120}", GITLEAKS),
    Rule::word("twilio", &["SK"], r"SK[0-9a-f]{32}\b", "SK{h32}", GITLEAKS),
    Rule::word(
        "sendgrid",
        &["SG."],
        r"SG\.[A-Za-z0-9_\-]{19,}\.[A-Za-z0-9_\-]{16,}",
        "SG.{u22}.{u43}",
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
    ),
    Rule::word("mailgun", &["key-"], r"key-[a-f0-9]{32}\b", "key-{h32}", TRUFFLEHOG),
    Rule::found(
        "mailchimp",
        &["-us1", "-us2"],
        r"-us[12][0-9]?\b",
        after_hexadecimal,
        "{h32}-us12",
        "https://mailchimp.com/developer/marketing/docs/fundamentals/",
    ),
    Rule::token(
        "brevo",
        &["xkeysib-"],
        "xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16,}",
        "xkeysib-{h64}-{a16}",
        GITLEAKS,
    ),
    Rule::word(
        "klaviyo",
        &["pk_"],
        r"pk_(?:[A-Za-z0-9]{6}_)?[a-f0-9]{34}\b",
        "pk_{h34}",
        "https://developers.klaviyo.com/en/docs/retrieve_api_credentials",
    ),
    // Those of `pub-c-` and `sub-c-` are for browsers.
    Rule::word(
        "pubnub",
        &["sec-c-"],
        "sec-c-[A-Za-z0-9]{46,}={0,2}",
        "sec-c-{a48}",
        "https://www.pubnub.com/docs/general/setup/account-setup",
    ),
];

/// The number of a bot, and what follows it.
fn after_digits(line: &[u8], (start, end): Span) -> Option<Span> {
    let digits = line[..start].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    if !(8..=10).contains(&digits) { None } else { token::varied(line, (start - digits, end)) }
}

/// A key, and the data centre that follows it.
fn after_hexadecimal(line: &[u8], (start, end): Span) -> Option<Span> {
    let is_hexadecimal = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let digits = line[..start].iter().rev().take_while(is_hexadecimal).count();
    if digits != 32 { None } else { token::alone(line, (start - digits, end)) }
}
