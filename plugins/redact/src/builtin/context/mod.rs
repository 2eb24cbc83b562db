//! What is secret by what stands around it, whatever it looks like.
//!
//! An expression finds where a value may begin; where it ends, and whether it is one, is told by code: a value
//! may be a reference, a type or a word of a sentence.
//!
//! - [`value`]: where a value begins and ends, in quotes of any kind and without.
//! - [`names`]: which names say that a value is secret.
//! - [`judgement`]: what is a secret and what only stands where one could.
//! - [`assignment`]: `name = value`, and all that programs write instead of ` = `.
//! - [`authorization`]: the header.
//! - [`url`]: user and password in a URL.
//! - [`cookie`]: the headers of that name.
//! - [`command`]: passwords in command lines and queries.

mod assignment;
mod authorization;
mod command;
mod cookie;
mod judgement;
mod names;
mod url;
mod value;

use super::Rule;
use super::Span;
use super::token;

/// Colours and what closes a name, between a name and what separates it from its value.
macro_rules! behind_name {
    ($name:literal, $separator:literal) => {
        concat!($name, r#"(?:[\\"'\])*]|\x1b\[[0-9;]*m){0,8}[ \t]{0,60}"#, $separator)
    };
}

/// What separates a name from its value: `=`, `:`, `=>`, the `>` of XML, a column of a table, the `value` of
/// a list of names and values.
macro_rules! assigned {
    ($name:literal) => {
        behind_name!(
            $name,
            r#"(?:(?: is| value| [0-9])?[ \t]{0,60}(?:[=:>|\t]|\xe2\x94\x82)|,?[ \t]*[\\"']{0,4}(?:value|Value|VALUE)[\\"']{0,4}[ \t]*[=:])"#
        )
    };
}

pub(super) const RULES: &[Rule] = &[
    Rule::found(
        "assignment",
        &["pass", "Pass", "PASS", "secr", "Secr", "SECR", "toke", "Toke", "TOKE"],
        assigned!(
            r"(?:(?:pass|Pass|PASS)(?i:words?|wd|phrase|code)?|(?:secr|Secr|SECR)(?i:et)|(?:toke|Toke|TOKE)(?i:n))[A-Za-z0-9_.\-]{0,40}"
        ),
        assignment::value,
        "db_password = {p14}",
        "https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml",
    ),
    Rule::found(
        "assignment",
        &["_key", "_KEY", "_Key", "-key", "-KEY", "-Key", "Key", "apikey", "APIKEY"],
        assigned!(r"(?:[_\-](?:key|KEY)|[_\-]Key|Key|apikey|APIKEY)[A-Za-z0-9_.\-]{0,40}"),
        assignment::value,
        "api_key: {a32}",
        "https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml",
    ),
    Rule::found(
        "assignment",
        &["cred", "Cred", "CRED", "auth\"", "auth\\", "auth'", "_auth"],
        assigned!(r#"(?:(?:cred|Cred|CRED)(?i:entials?)|(?:_auth\b|\bauth["'\\]))[A-Za-z0-9_.\-]{0,20}"#),
        assignment::value,
        "\"auth\": \"{b40}\"",
        "https://docs.docker.com/reference/cli/docker/login/",
    ),
    Rule::found(
        "assignment",
        &["pwd=", "pwd:", "pwd\"", "Pwd=", "Pwd:", "Pwd\"", "PWD=", "PWD:", "PWD\""],
        r#"(?:pwd|Pwd|PWD)(?:[=:]|"[ \t]?[=:])"#,
        assignment::value,
        "MYSQL_PWD={a12}",
        "https://dev.mysql.com/doc/refman/8.4/en/environment-variables.html",
    ),
    // Names that others use too, before what only a machine makes.
    Rule::found(
        "assignment",
        &["SESS", "_sess", "?key", "&key", "?code", "&code"],
        r#"(?:SESS(?:ION)?ID|_session(?:_id)?|[?&]key|[?&]code)["'\\]{0,2}=["'\\]{0,2}[A-Za-z0-9_\-]{19,}"#,
        assignment::behind_equals,
        "JSESSIONID={H32}",
        "https://jakarta.ee/specifications/servlet/6.0/",
    ),
    Rule::word(
        "cookie",
        &["s%3A"],
        r"s%3A[A-Za-z0-9_\-]{20,}\.[A-Za-z0-9%+/]{20,}",
        "s%3A{u32}.{a43}",
        "https://github.com/expressjs/session",
    ),
    Rule::found(
        "assignment",
        &["Signature", "signature", "sig="],
        r"(?:[Ss]ignature(?:-256: sha256)?|\bsig)=",
        assignment::random_value,
        "&Signature={a40}",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html",
    ),
    Rule::found(
        "authorization",
        &["authorization", "Authorization", "AUTHORIZATION"],
        behind_name!(
            r"(?:authorization|Authorization|AUTHORIZATION)",
            r#"(?:=>|[=:>]|,[ \t]*[\\"']{0,4}(?:value|Value)[\\"']{0,4}[ \t]*[=:]|,|[ \t]value=)"#
        ),
        authorization::credentials,
        "Authorization: Bearer {u40}",
        "https://www.rfc-editor.org/rfc/rfc9110#section-11.4",
    ),
    Rule::found(
        "authorization",
        &["bearer", "Bearer", "BEARER"],
        r"(?:bearer|Bearer|BEARER)[ \t]+[A-Za-z0-9._~+/\-]{16,}=*",
        authorization::bearer,
        "Bearer {u40}",
        "https://www.rfc-editor.org/rfc/rfc6750",
    ),
    Rule::found(
        "url",
        &["://"],
        r#"://[^\s"'`<>\\]*@"#,
        url::credentials,
        "https://user:{a16}@example.com/",
        "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
    ),
    Rule::found(
        "url",
        &["@tcp(", "@unix("],
        r"@(?:tcp|unix)\(",
        url::before,
        "app:{a16}@tcp(db:3306)/x",
        "https://github.com/go-sql-driver/mysql#dsn-data-source-name",
    ),
    Rule::after(
        "url",
        &["jdbc:oracle:"],
        r"jdbc:oracle:[a-z]+:[^/\s@]+/([^@\s]+)@",
        "jdbc:oracle:thin:scott/{a12}@//db:1521/x",
        "https://docs.oracle.com/en/database/oracle/oracle-database/23/jjdbc/data-sources-and-URLs.html",
    ),
    Rule::found(
        "cookie",
        &["ookie", "OOKIE"],
        behind_name!(r"(?:ookie|OOKIE)", r"[=:]"),
        cookie::values,
        "Cookie: sid={a32}; theme=dark",
        "https://www.rfc-editor.org/rfc/rfc6265",
    ),
    Rule::found(
        "command",
        &["-pas", "-tok", "-sec", "-api", "-acc", "-aut", "-sto", "-key"],
        r#"-(?:passw(?:ord|d)|passphrase|pass|token|secret|(?:api|access|secret|account|auth)-?key|storepass|keypass)(?:[ \t]+|[\\"']{1,4},[ \t]*[\\"']{1,4})"#,
        command::flag,
        "--password {p14}",
        "https://docs.docker.com/reference/cli/docker/login/",
    ),
    Rule::found(
        "command",
        &[" login"],
        r" login(?:[ \t][^|;&\n]*?)?[ \t]-p[ \t=]+",
        command::value,
        "docker login -u bob -p {a16}",
        "https://docs.docker.com/reference/cli/docker/login/",
    ),
    Rule::found(
        "command",
        &[" -u ", " -U "],
        r" -[uU] +[^\s\-][^\s]*[ \t]+-[pP][ \t]+",
        command::value,
        "twine upload -u bob -p {a16}",
        "https://twine.readthedocs.io/en/stable/",
    ),
    Rule::found(
        "command",
        &["curl"],
        r#"curl[ \t](?:[^|;\n]*?[ \t])??(?:-u|-U|--user|--proxy-user)[ \t=]*["']?[^\s:"']+:"#,
        command::value,
        "curl -u bob:{a16} https://example.com",
        "https://curl.se/docs/manpage.html#-u",
    ),
    Rule::found(
        "command",
        &["sshpass", "redis-cli", "ldap", "mysql"],
        r"(?:sshpass[^|;\n]*?[ \t]-p[ \t]*|redis-cli[^|;\n]*?[ \t]-a[ \t]+|ldap[a-z]+[^|;\n]*?[ \t]-w[ \t]+|mysql(?:dump|admin|import)?[ \t][^|;\n]*?-p)",
        command::value,
        "sshpass -p {a12} ssh host",
        "https://dev.mysql.com/doc/refman/8.4/en/password-security-user.html",
    ),
    Rule::after(
        "command",
        &["htpasswd "],
        r"htpasswd -[a-zA-Z]*b[a-zA-Z]* \S+ \S+ (\S+)",
        "htpasswd -b .htpasswd bob {a12}",
        "https://httpd.apache.org/docs/2.4/programs/htpasswd.html",
    ),
    Rule::found(
        "command",
        &["assin pass:", "assout pass:"],
        "ass(?:in|out) pass:",
        command::value,
        "openssl rsa -passin pass:{a12}",
        "https://docs.openssl.org/3.3/man1/openssl-passphrase-options/",
    ),
    // SQL, netrc, Redis, MySQL's first start.
    Rule::found(
        "command",
        &["PASSWORD", "password", "IDENTIFIED", "identified"],
        r#"(?:PASSWORD|password)[ \t]+'|(?:IDENTIFIED|identified) (?i:by) ["']|(?:PASSWORD|password) (?:FOR|for) [^\s=]+ = '"#,
        command::quoted,
        "ALTER USER app WITH PASSWORD '{a12}'",
        "https://www.postgresql.org/docs/current/sql-alterrole.html",
    ),
    Rule::after(
        "command",
        &["login"],
        r"login[ \t]+\S+[ \t]+password[ \t]+(\S+)",
        "machine x login bob password {a20}",
        "https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html",
    ),
    Rule::after(
        "command",
        &["irepass", "erauth"],
        r#"(?:irepass|erauth)[ \t]+["']?([^\s"']{4,})"#,
        "requirepass {a16}",
        "https://redis.io/docs/latest/operate/oss_and_stack/management/security/",
    ),
    Rule::after(
        "command",
        &["temporary password is generated for "],
        r"temporary password is generated for \S+: (\S+)",
        "temporary password is generated for root@localhost: {a12}",
        "https://dev.mysql.com/doc/refman/8.4/en/data-directory-initialization.html",
    ),
    Rule::after(
        "command",
        &["sonar.login="],
        r"sonar\.login=([A-Za-z0-9_]{20,})",
        "sonar.login={h40}",
        "https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens/",
    ),
    Rule::found(
        "command",
        &[" set "],
        r" set [a-z.]{0,20}(?:aws_secret_access_key|aws_session_token) ",
        command::value,
        "aws configure set aws_secret_access_key {b40}",
        "https://docs.aws.amazon.com/cli/latest/reference/configure/set.html",
    ),
    Rule::found(
        "command",
        &[":_auth", ":_passw"],
        r":_(?:authToken|auth|password) ",
        command::value,
        "npm config set //r.example.com/:_authToken {a36}",
        "https://docs.npmjs.com/cli/v11/commands/npm-config",
    ),
    // The second value of a change that Terraform shows.
    Rule::found(
        "assignment",
        &["\" -> \""],
        r#"" -> ""#,
        assignment::changed,
        "  ~ api_token = \"{a24}\" -> \"{a24}\"",
        "https://developer.hashicorp.com/terraform/cli/commands/plan",
    ),
    // Keys of Azure, 64 bytes of base64, where the CLI lists them.
    Rule::after(
        "azure",
        &["\"value\": \"", "\"value\":\""],
        r#""value": ?"([A-Za-z0-9+/]{86}==)""#,
        "\"value\": \"{b86}==\"",
        "https://learn.microsoft.com/cli/azure/storage/account/keys",
    ),
    Rule::inside(
        "command",
        &["chpasswd"],
        r#"[^\s:"']+:([^\s"'|]+)["']?[ \t]*\|[ \t]*(?:sudo )?chpasswd"#,
        "echo bob:{a12} | chpasswd",
        "https://man7.org/linux/man-pages/man8/chpasswd.8.html",
    ),
    Rule::inside(
        "command",
        &["-password-stdin"],
        r#"(?:echo|printf)[ \t]+(?:-n[ \t]+|'?%s'?[ \t]+)?["']?([^\s"'|]+)["']?[ \t]*\|[^|\n]*-password-stdin"#,
        "echo {a20} | docker login -u bob --password-stdin",
        "https://docs.docker.com/reference/cli/docker/login/",
    ),
    // One field of JSON Web Keys alone, as JSON on many lines has it; and all private ones of a key.
    Rule::found(
        "jwk",
        &["\"d\"", "\"d\\", "\"k\"", "\"k\\"],
        r#""[dk]\\?" ?: ?\\?"[A-Za-z0-9_\-]{32,}"#,
        jwk_field,
        "\"d\": \"{u43}\"",
        "https://www.rfc-editor.org/rfc/rfc7518#section-6",
    ),
    Rule::found(
        "jwk",
        &["\"p\"", "\"q\"", "\"p\\", "\"q\\", "\"dp", "\"dq", "\"qi"],
        r#""(?:[pq]|d[pq]|qi)\\?" ?: ?\\?"[A-Za-z0-9_\-]{64,}"#,
        jwk_field,
        "\"dp\": \"{u171}\"",
        "https://www.rfc-editor.org/rfc/rfc7518#section-6",
    ),
    // `aws sts --output text` and tables: the columns behind an access key's id.
    Rule::found(
        "aws",
        &["AKIA", "ASIA"],
        r"A[KS]IA[A-Z2-7]{16,}\t[^\t\n]*\t?[^\t\n]*\t?[A-Za-z0-9/+]{40,}[^ \n]*",
        columns,
        "ASIA{B16}\t2026-11-23T10:00:00+00:00\t{b40}\t{b360}",
        "https://docs.aws.amazon.com/cli/latest/reference/sts/assume-role.html",
    ),
];

/// Whether a variable or a placeholder stands where a secret could.
pub(super) fn is_no_secret(text: &[u8]) -> bool {
    judgement::is_reference(text) || judgement::is_placeholder(text)
}

/// The value of a member whose name and value were found.
fn jwk_field(line: &[u8], (start, end): Span) -> Option<Span> {
    let length = line[start..end].iter().rev().take_while(|byte| is_base64_url(**byte)).count();
    if token::is_random(&line[end - length..end]) { Some((end - length, end)) } else { None }
}

fn is_base64_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// From the first column that may be a secret access key to the end of the last that is random.
fn columns(line: &[u8], (start, end): Span) -> Option<Span> {
    let mut at = start;
    let mut found = None;
    for column in line[start..end].split(|byte| *byte == b'\t').take(5) {
        let is_key = column.len() >= 40
            && column.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
            && token::is_random(column);
        if is_key {
            let (first, _) = *found.get_or_insert((at, at));
            found = Some((first, at + column.len()));
        }
        at += column.len() + 1;
    }
    found
}
