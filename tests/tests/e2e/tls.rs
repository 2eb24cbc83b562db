//! TLS on the way to AWS: which certificates are taken.

use std::io::BufRead as _;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use sortie_tests::Cloud;
use sortie_tests::Sortie;
use sortie_tests::servers::repository;

/// Something that speaks TLS in front of a cloud. It ends with this.
struct Front {
    process: Child,
    endpoint: String,
}

impl Front {
    fn of(cloud: &Cloud) -> Self {
        let upstream = cloud.endpoint().trim_start_matches("http://");
        let (host, port) = upstream.split_once(':').expect("host and port");
        let mut process = Command::new("python3")
            .arg(repository().join("tests/emulators/tls_front.py"))
            .args([host, port])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let mut port = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut port).expect("it says its port");
        Self { process, endpoint: format!("https://localhost:{}", port.trim()) }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

#[test]
fn certificate_that_is_trusted_is_taken_and_no_other() {
    let cloud = Cloud::real("tls");
    cloud.shell("echo hello; exit 3");
    let front = Front::of(&cloud);
    let run = || cloud.run().env("AWS_ENDPOINT_URL", &front.endpoint);
    let trusted = run().env("SSL_CERT_FILE", repository().join("tests/emulators/tls/certificate.pem"));
    trusted.run().assert_code(3).assert_stdout("hello\n");

    let calls = cloud.exchanges().len();
    let refused = run().run();
    refused.assert_code(125).assert_stderr("certificate is not trusted").assert_stdout("");
    refused.assert_stderr("AWS_CA_BUNDLE").assert_stderr("SSL_CERT_FILE");
    refused.assert_stderr(front.endpoint.trim_start_matches("https://"));
    refused.assert_within(Duration::from_secs(15));
    assert_eq!(cloud.exchanges().len(), calls, "nothing was sent");
}

/// As the AWS CLI has it: the variable before the profile, and in place of what the machine trusts.
#[test]
fn bundle_of_the_aws_cli_is_trusted_in_place_of_what_is() {
    let cloud = Cloud::real("ca-bundle");
    cloud.shell("echo hello; exit 3");
    let front = Front::of(&cloud);
    let certificate = repository().join("tests/emulators/tls/certificate.pem");
    let run = || cloud.run().env("AWS_ENDPOINT_URL", &front.endpoint);
    run().env("AWS_CA_BUNDLE", &certificate).run().assert_code(3).assert_stdout("hello\n");

    let profile = format!("[default]\nca_bundle = {}\n", certificate.display());
    let with_profile = |run: Sortie| {
        let run = run.file("config", &profile);
        let path = run.path("config");
        run.env("AWS_CONFIG_FILE", path)
    };
    with_profile(run()).run().assert_code(3).assert_stdout("hello\n");

    let calls = cloud.exchanges().len();
    for (content, why) in [(None, "cannot be read"), (Some("no certificate"), "holds no certificate")] {
        let run = with_profile(run());
        let run = content.iter().fold(run, |run, content| run.file("ca.pem", content));
        let bundle = run.path("ca.pem");
        let output = run.env("AWS_CA_BUNDLE", bundle).run();
        output.assert_code(2).assert_stderr("AWS_CA_BUNDLE is ").assert_stderr(why);
    }
    assert_eq!(cloud.exchanges().len(), calls, "nothing was sent");
}
