//! `sortie init`: the files with which a repository begins.

use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Sortie;

#[test]
fn what_is_given_stands_in_both_files_and_is_what_a_run_takes() {
    let cloud = Cloud::real("init");
    cloud.shell("x");
    let output = cloud
        .sortie(&["init", "github"])
        .args(cloud.target())
        .args(["--role", "arn:aws:iam::123456789012:role/ci", "--", "sh", "-c", "echo it's here"])
        // With the files that were written. There is no such subnet, which is for doctor to say.
        .within(r#""$@" && "$1" plan -- true >plan.txt && { "$1" doctor -- true >doctor.txt; test $? = 1; }"#)
        .run();
    output.assert_code(0);
    let step = output.file(".github/workflows/sortie.yml");
    for part in
        [cloud.name(), "subnet-1", "sg-1", "id-token: write", "role/ci", r"sh -c 'echo it'\\''s here'"]
    {
        assert!(step.contains(part), "no {part:?}\n{step}");
    }
    assert!(
        output.file("plan.txt").contains(cloud.name()) && output.file("doctor.txt").contains("is active")
    );
    let settings = output.file("sortie.toml");
    assert!(settings.starts_with("#:schema https://"), "{settings}");
    let text = output.text();
    assert!(text.contains("wrote .github/workflows/sortie.yml") && text.contains("sortie.toml"), "{output}");
    assert!(cloud.calls("ListClusters").is_empty(), "nobody agreed that the account is asked");
}

#[test]
fn with_yes_the_account_is_asked_and_what_is_one_is_taken() {
    let cloud = Cloud::real("init-yes");
    cloud.shell("x");
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-7"], "securityGroups": ["sg-7"] } });
    let service = json!({ "cluster": cloud.name(), "serviceName": "web", "taskDefinition": cloud.name(),
        "desiredCount": 0, "launchType": "FARGATE", "networkConfiguration": network });
    cloud.call("ecs", "CreateService", &service);
    let asked = |print: &[&str]| {
        cloud.sortie(&["init", "gitlab", "--yes", "--cluster", cloud.name()]).args(print).run()
    };
    let output = asked(&["--print"]);
    output.assert_code(0);
    let text = output.text();
    for part in
        ["component: $CI_SERVER_FQDN/", "subnets: \"subnet-7\"", "security-groups: \"sg-7\"", "us-east-1"]
    {
        assert!(text.contains(part), "no {part:?}\n{output}");
    }
    assert!(!output.has_file(".gitlab-ci.yml"), "it was to be printed");
    assert!(!cloud.calls("ListTaskDefinitionFamilies").is_empty());
}

#[test]
fn nothing_is_written_over_what_is_there() {
    let of = |flags: &[&str]| {
        Sortie::new().args(["init", "codefresh"]).args(flags).file("codefresh.yml", "version: '1.0'\n").run()
    };
    let refused = of(&[]);
    refused.assert_code(2).assert_stderr("codefresh.yml is there already").assert_stderr("--print");
    assert_eq!(refused.file("codefresh.yml"), "version: '1.0'\n");
    assert!(!refused.has_file("sortie.toml"), "neither file");
    of(&["--print"]).assert_code(0);
    let forced = of(&["--force"]);
    forced.assert_code(0);
    assert!(forced.file("codefresh.yml").contains("type: OWNER/sortie"));
    Sortie::new().args(["init", "jenkins"]).run().assert_code(2);
}
