//! Whether the name of a variable says that its value is a secret.
//!
//! What counts is the last word: `DB_PASSWORD` is one, `DB_PASSWORD_FILE` and `TOKEN_URL` say where something
//! is, and `AWS_ACCESS_KEY_ID` which one. Words are parted by anything that is no letter or digit, and in
//! `clientSecret` by the capital. What only tells of which environment, age or encoding it is does not count
//! as a word (`API_KEY_STAGING`, `TLS_KEY_B64`).

/// Last words of secrets.
const SECRETS: &[&str] = &[
    "apikey",
    "auth",
    "authkey",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "creds",
    "jwt",
    "key",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pat",
    "psk",
    "pwd",
    "salt",
    "sas",
    "secret",
    "secrets",
    "token",
    "webhook",
];

/// Ends of last words that are several in one, as in `PGPASSWORD` and `TS_AUTHKEY`.
const ENDS: &[&str] = &[
    "accesskey",
    "apikey",
    "authkey",
    "deploykey",
    "encryptionkey",
    "masterkey",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "secretkey",
    "signingkey",
    "sshkey",
    "token",
];

/// Ends of names that a last word does not tell: Rails' key, docker's and kubectl's configuration with
/// credentials in it, Azure's and ADO's connection strings, addresses that are secret.
const PHRASES: &[&[&str]] = &[
    &["secret", "key", "base"],
    &["docker", "auth", "config"],
    &["dockerconfigjson"],
    &["kubeconfig", "data"],
    &["kube", "config", "data"],
    &["connection", "string"],
    &["connectionstring"],
    &["webhook", "url"],
];

/// What stands before `key` where it is nobody's secret.
const PLAIN_KEYS: &[&str] = &[
    "cache",
    "dedup",
    "flag",
    "foreign",
    "group",
    "hash",
    "idempotency",
    "issue",
    "object",
    "order",
    "partition",
    "primary",
    "project",
    "pub",
    "public",
    "range",
    "sort",
];

/// What stands before `token` where it is a place in a list, a number, or part of a language model's text.
const PLAIN_TOKENS: &[&str] = &[
    "bos",
    "cls",
    "continuation",
    "cursor",
    "eos",
    "max",
    "min",
    "next",
    "num",
    "pad",
    "page",
    "sep",
    "stop",
    "sync",
    "unk",
];

/// Last words that only say which of several it is, or how it is written.
const ADDED: &[&str] = &[
    "b64",
    "backup",
    "base64",
    "content",
    "contents",
    "current",
    "data",
    "default",
    "dev",
    "development",
    "encoded",
    "encrypted",
    "hex",
    "json",
    "live",
    "main",
    "new",
    "old",
    "pem",
    "prd",
    "previous",
    "primary",
    "prod",
    "production",
    "qa",
    "raw",
    "sandbox",
    "secondary",
    "staging",
    "stage",
    "stg",
    "string",
    "test",
    "txt",
    "uat",
    "value",
];

/// Variables that CI systems and shells set, and whose values are not secret wherever they come from. (Their
/// other ones may be: `GITHUB_TOKEN`.)
///
/// Sources: docs.github.com "Variables reference"; docs.gitlab.com "Predefined CI/CD variables reference"; AWS
/// SDKs and Tools Reference Guide, "Environment variables"; POSIX, XBD 8.
const PUBLIC: &[&str] = &[
    "AWS_ACCOUNT_ID",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "CI",
    "CI_COMMIT_BRANCH",
    "CI_COMMIT_REF_NAME",
    "CI_COMMIT_REF_SLUG",
    "CI_COMMIT_SHA",
    "CI_COMMIT_SHORT_SHA",
    "CI_COMMIT_TAG",
    "CI_DEFAULT_BRANCH",
    "CI_ENVIRONMENT_NAME",
    "CI_JOB_ID",
    "CI_JOB_NAME",
    "CI_JOB_STAGE",
    "CI_JOB_URL",
    "CI_PIPELINE_ID",
    "CI_PIPELINE_IID",
    "CI_PIPELINE_URL",
    "CI_PROJECT_ID",
    "CI_PROJECT_NAME",
    "CI_PROJECT_PATH",
    "CI_PROJECT_URL",
    "CI_SERVER_URL",
    "GITHUB_ACTIONS",
    "GITHUB_ACTOR",
    "GITHUB_API_URL",
    "GITHUB_BASE_REF",
    "GITHUB_EVENT_NAME",
    "GITHUB_HEAD_REF",
    "GITHUB_JOB",
    "GITHUB_REF",
    "GITHUB_REF_NAME",
    "GITHUB_REF_TYPE",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_RUN_NUMBER",
    "GITHUB_SERVER_URL",
    "GITHUB_SHA",
    "GITHUB_WORKFLOW",
    "GITHUB_WORKSPACE",
    "HOME",
    "HOSTNAME",
    "LANG",
    "LC_ALL",
    "LOGNAME",
    "OLDPWD",
    "PATH",
    "PWD",
    "SHELL",
    "TERM",
    "TZ",
    "USER",
];

/// Whether the name says that the value is a secret.
pub fn says_secret(name: &str) -> bool {
    let words = words(name);
    let ends_with = |phrase: &[&str]| {
        words.len() >= phrase.len()
            && words[words.len() - phrase.len()..].iter().zip(phrase).all(|(word, wanted)| word == wanted)
    };
    if is_public(name) {
        return false;
    }
    if PHRASES.iter().any(|phrase| ends_with(phrase)) {
        return true;
    }
    let added = |word: &String| {
        ADDED.contains(&word.as_str())
            || word.trim_start_matches('v').bytes().all(|byte| byte.is_ascii_digit())
    };
    let kept = words.iter().rposition(|word| !added(word)).map_or(0, |last| last + 1);
    let Some((last, before)) = words[..kept].split_last() else { return false };
    let before = before.last().map_or("", String::as_str);
    match last.as_str() {
        // Alone it may be the key of anything.
        "key" => !before.is_empty() && !PLAIN_KEYS.contains(&before),
        "token" => !PLAIN_TOKENS.contains(&before),
        last => SECRETS.contains(&last) || ENDS.iter().any(|end| last.ends_with(end)),
    }
}

/// Whether this is how people name variables: capitals, digits and underscores. Anything else that stands
/// where a name should may be a value.
pub fn is_conventional(name: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(is_of_name)
}

/// Whether it is known that the value is not secret, also where it is handed on like one.
pub fn is_public(name: &str) -> bool {
    PUBLIC.contains(&name)
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        let begins = character.is_ascii_uppercase() && after_lower;
        if begins || !character.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(character.to_ascii_lowercase());
        }
        after_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of tools' documentation, and of projects' CI configuration.
    const OF_SECRETS: &str = "
        ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_RUNTIME_TOKEN ADMIN_PASSWORD ANSIBLE_VAULT_PASSWORD ANTHROPIC_API_KEY
        API_KEY API_KEY_STAGING APP_STORE_CONNECT_API_KEY_B64 ARM_CLIENT_SECRET ATLAS_TOKEN AUTH AWS_SECRET_ACCESS_KEY
        AWS_SECURITY_TOKEN AWS_SESSION_TOKEN AZURE_CLIENT_SECRET AZURE_DEVOPS_EXT_PAT AZURE_STORAGE_CONNECTION_STRING
        AZURE_STORAGE_KEY AZURE_STORAGE_SAS_TOKEN BASIC_AUTH BITBUCKET_APP_PASSWORD BOT_TOKEN CARGO_REGISTRY_TOKEN
        CF_API_TOKEN CI_BUILD_TOKEN CI_DEPLOY_PASSWORD CI_JOB_JWT CI_JOB_JWT_V2 CI_JOB_TOKEN CI_REGISTRY_PASSWORD
        CLOUDFLARE_API_KEY CODECOV_TOKEN COOKIE_SECRET CYPRESS_RECORD_KEY DATADOG_API_KEY DB_PASS DB_PASSWD DB_PASSWORD
        DB_PASSWORD_PROD DB_PWD DD_API_KEY DD_APP_KEY DEPLOY_KEY DIGITALOCEAN_ACCESS_TOKEN DISCORD_WEBHOOK
        DJANGO_SECRET_KEY DOCKER_AUTH_CONFIG DOCKERHUB_PASSWORD ENCRYPTION_KEY ERLANG_COOKIE FASTLANE_PASSWORD
        FIREBASE_TOKEN GCP_SERVICE_ACCOUNT_KEY GH_TOKEN GITHUB_PAT GITHUB_TOKEN GITLAB_PRIVATE_TOKEN
        GOOGLE_CREDENTIALS GPG_PASSPHRASE GPG_PRIVATE_KEY HCLOUD_TOKEN HEROKU_API_KEY HOMEBREW_GITHUB_API_TOKEN
        HTTP_AUTHORIZATION JWT_SECRET KUBE_CONFIG_DATA KUBE_TOKEN LDAP_BIND_PASSWORD LICENSE_KEY MAILGUN_API_KEY
        MONGO_INITDB_ROOT_PASSWORD MSSQL_SA_PASSWORD MYSQL_PWD MYSQL_ROOT_PASSWORD NEW_RELIC_LICENSE_KEY
        NEXTAUTH_SECRET NODE_AUTH_TOKEN NPM_TOKEN NUGET_API_KEY OPENAI_API_KEY OPENAI_API_KEY_2 PASSWORD PGPASSWORD
        POSTGRES_PASSWORD PRIVATE_KEY PYPI_API_TOKEN RABBITMQ_DEFAULT_PASS RAILS_MASTER_KEY REDIS_AUTH
        SECRET SECRET_KEY_BASE SENDGRID_API_KEY SENTRY_AUTH_TOKEN SIGNING_KEY SLACK_BOT_TOKEN SLACK_WEBHOOK_URL
        SNYK_TOKEN SONAR_TOKEN SSH_KEY SSH_PRIVATE_KEY STRIPE_SECRET_KEY TERRAFORM_TOKEN TF_VAR_db_password
        TLS_KEY_PEM TOKEN TS_AUTHKEY TWILIO_AUTH_TOKEN TWINE_PASSWORD VAULT_TOKEN WIFI_PSK WORDPRESS_AUTH_SALT
        apiKey clientSecret db-password npm_config__authToken splunk-token";

    /// The same, of what is none, and of words that hold one.
    const OF_OTHERS: &str = "
        ACTIONS_ID_TOKEN_REQUEST_URL AUTH_URL AUTHOR AWS_ACCESS_KEY_ID AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_PROFILE
        AWS_REGION AWS_WEB_IDENTITY_TOKEN_FILE BYPASS CACHE_KEY CACHE_KEY_PREFIX CI_COMMIT_SHA COMPASS CSRF_TOKEN_NAME
        DB_HOST DB_NAME DB_PASSWORD_FILE DB_USER DOCKER_HOST GH_HOST GITHUB_SHA GPG_KEY_ID
        GPG_TTY HOME HOTKEY JOB_TOKEN_SCOPE KEY KEYBOARD_LAYOUT KEYCLOAK_REALM KEYCLOAK_URL KEYS_DIR KEY_VAULT_NAME
        KMS_KEY_ARN KMS_KEY_ID KUBECONFIG LANG MAX_TOKEN MAX_TOKENS MONKEY NEXT_TOKEN NODE_ENV OAUTH_CALLBACK
        OBJECT_KEY OLDPWD PAD_TOKEN PARTITION_KEY PASSENGER_APP_ENV PASSWORD_MIN_LENGTH PATH PGPASSFILE PRIMARY_KEY
        PROJECT_KEY PUBLIC_KEY PUBLIC_KEY_PEM PWD SECRETS_DIR SECRET_ARN SECRET_NAME SESSION_MANAGER SOPS_KMS_ARN
        SSH_AUTH_SOCK SSH_KEY_PATH SSH_PUBLIC_KEY STAGE TOKENIZERS_PARALLELISM TOKEN_EXPIRY TOKEN_TTL TOKEN_URL
        TURKEY USER VAULT_ADDR VERSION XDG_SESSION_ID _ 1 V2 PROD";

    #[test]
    fn names_of_real_variables_say_what_their_values_are() {
        for name in OF_SECRETS.split_whitespace() {
            assert!(says_secret(name), "{name} says secret");
        }
        for name in OF_OTHERS.split_whitespace() {
            assert!(!says_secret(name), "{name} does not say secret");
        }
        assert!(!says_secret(""));
    }

    #[test]
    fn no_public_variable_says_secret() {
        assert!(is_public("GITHUB_SHA") && !is_public("GITHUB_TOKEN") && !is_public("SHA"));
        assert!(PUBLIC.is_sorted());
    }
}
