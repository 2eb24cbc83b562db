//! Payment and trade.

use super::GITLEAKS;
use super::Rule;
use super::TRUFFLEHOG;

pub(super) const RULES: &[Rule] = &[
    // Paystack, Clerk and others write theirs the same way.
    Rule::word(
        "stripe",
        &["sk_live_", "sk_test_", "sk_prod_", "sk_org_", "rk_live_", "rk_test_", "rk_prod_", "rk_org_"],
        "[sr]k_(?:(?:org_)?(?:live|test|prod)|org)_[A-Za-z0-9]{16,}",
        "sk_live_{a24}",
        "https://docs.stripe.com/keys",
    ),
    Rule::word(
        "stripe",
        &["whsec_"],
        "whsec_[A-Za-z0-9+/]{24,}=*",
        "whsec_{a32}",
        "https://docs.stripe.com/webhooks",
    ),
    Rule::word(
        "square",
        &["EAAA"],
        r"EAAA[A-Za-z0-9_\-]{56,}",
        "EAAA{u60}",
        "https://developer.squareup.com/docs/build-basics/access-tokens",
    ),
    Rule::token(
        "square",
        &["sq0atp-", "sq0csp-"],
        r"sq0(?:at|cs)p-[A-Za-z0-9_\-]{22,}",
        "sq0csp-{u43}",
        GITLEAKS,
    ),
    Rule::token(
        "shopify",
        &["shpat_", "shpca_", "shppa_", "shpss_", "shprt_"],
        "shp(?:at|ca|pa|ss|rt)_[A-Fa-f0-9]{32,}",
        "shpat_{h32}",
        "https://shopify.dev/changelog/length-of-the-shopify-access-token-is-increasing",
    ),
    Rule::word(
        "razorpay",
        &["rzp_live_", "rzp_test_"],
        "rzp_(?:live|test)_[A-Za-z0-9]{14,}",
        "rzp_live_{a14}",
        "https://razorpay.com/docs/payments/dashboard/account-settings/api-keys/",
    ),
    Rule::token(
        "flutterwave",
        &["FLWSECK-", "FLWSECK_TEST-"],
        "FLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}(?:-X)?",
        "FLWSECK_TEST-{h32}-X",
        GITLEAKS,
    ),
    Rule::word("easypost", &["EZAK", "EZTK"], "EZ[AT]K[A-Za-z0-9]{54,}", "EZAK{a54}", GITLEAKS),
    Rule::token(
        "shippo",
        &["shippo_live_", "shippo_test_"],
        "shippo_(?:live|test)_[A-Fa-f0-9]{40,}",
        "shippo_live_{h40}",
        GITLEAKS,
    ),
    Rule::token(
        "duffel",
        &["duffel_live_", "duffel_test_"],
        r"duffel_(?:live|test)_[A-Za-z0-9_\-]{43,}",
        "duffel_live_{u43}",
        GITLEAKS,
    ),
    Rule::word("ramp", &["ramp_sec_"], "ramp_sec_[A-Za-z0-9]{40,}", "ramp_sec_{a48}", TRUFFLEHOG),
    // What a browser confirms a payment with: of one payment alone, and not to be logged.
    Rule::marked(
        "stripe",
        &["_secret_"],
        "(?:pi|seti|src|cs_test|cs_live)_[A-Za-z0-9]{14,}_secret_[A-Za-z0-9]{20,}",
        "pi_{a24}_secret_{a25}",
        "https://docs.stripe.com/api/payment_intents/object#payment_intent_object-client_secret",
    ),
    Rule::word(
        "gocardless",
        &["live_"],
        r"live_[A-Za-z0-9_\-]{40}\b",
        "live_{u39}a",
        "https://developer.gocardless.com/api-reference/#api-usage-authentication",
    ),
    Rule::word(
        "lob",
        &["live_"],
        r"live_[a-f0-9]{35}\b",
        "live_{h35}",
        "https://docs.lob.com/#tag/Authentication",
    ),
    Rule::token("pagarme", &["ak_live_"], "ak_live_[A-Za-z0-9]{30,}", "ak_live_{a30}", TRUFFLEHOG),
];
