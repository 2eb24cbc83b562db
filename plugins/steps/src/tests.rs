//! The filter behind the host's own search, on traces that shells have written.

use proptest::prelude::*;
use sortie_plugin_sdk::testing;

use super::*;

fn steps(config: &str, log: &[u8]) -> Vec<(u32, String)> {
    let mut filter = testing::filter::<Steps>(config).expect("accepted");
    assert_eq!(filter.run(log), log, "no line is changed");
    let labels = filter.labels().iter();
    labels
        .inspect(|label| assert_eq!(label.name, "phase"))
        .map(|label| (label.line, label.value.clone()))
        .collect()
}

fn titles(config: &str, log: &[u8]) -> Vec<String> {
    steps(config, log).into_iter().map(|(_, title)| title).collect()
}

/// `bash -ex` (5.2) of a script with a function, a loop, substitutions and a subshell.
const BASH: &[u8] = b"\
+ cd /work
++ git rev-parse HEAD
+ SHA=3f0c1d2
+ echo 'deploying 3f0c1d2'
deploying 3f0c1d2
+ ./kops.sh edit cluster
edited
+ for i in 1 2 3
+ ./wait.sh
+ for i in 1 2 3
+ ./wait.sh
+ [[ -n 3f0c1d2 ]]
+ ./kops.sh validate
Error: cluster is not ready
";

#[test]
fn each_command_of_a_script_is_a_step() {
    let want = [(5, "./kops.sh edit cluster"), (8, "./wait.sh"), (12, "./kops.sh validate")];
    assert_eq!(steps("{}", BASH), want.map(|(line, title)| (line, title.to_owned())));
}

/// `dash -x` traces what is set for a command with it, and `$( )` as deep as the rest.
#[test]
fn dash_traces_otherwise() {
    let log = b"+ AWS_PROFILE=ci terraform init\n+ date +%s\n+ NOW=17\n+ ./x\n";
    assert_eq!(titles("{}", log), ["terraform init", "date +%s", "./x"]);
}

#[test]
fn a_prompt_of_ones_own_is_not_taken_for_another() {
    let log = b"+ not this\n+ci:deploy.sh:12> make all\n++ci:deploy.sh:13> date\n+  replicas: 3\n";
    assert_eq!(titles(r#"{"ps4":["+ci:*> "]}"#, log), ["make all"]);
    assert_eq!(titles(r#"{"ps4":["+ci:*> ","+ "]}"#, log), ["not this", "make all"]);
}

/// `diff -u`, `helm diff`, `terraform plan`, `git log --graph`, `diff -c`.
#[test]
fn most_of_what_tools_print_with_a_plus_is_no_step() {
    let log = b"\
--- a/x.yaml
+++ b/x.yaml
+  replicas: 3
+    image: app:2
+- name: x
+ - name: y
+ replicas: 3
  + create
      + id = (known after apply)
+
+foo
";
    assert_eq!(titles("{}", log), [""; 0]);
}

#[test]
fn a_bad_prompt_is_a_finding() {
    let findings = testing::filter::<Steps>(r#"{"ps4":["+ ","*"]}"#).err().expect("refused");
    assert_eq!(findings[0].path, "/ps4/1");
}

#[test]
fn a_title_is_no_longer_than_a_label_may_be() {
    let log = [b"+ ./x ".as_slice(), &"ü".repeat(5_000).into_bytes(), b"\n"].concat();
    let title = titles("{}", &log).remove(0);
    assert!(title.len() <= TITLE + 10 && title.starts_with("./x ü"), "{}", title.len());
}

proptest! {
    /// Whatever comes: no line is changed, none fails the filter, and batches make no difference.
    #[test]
    fn any_log_passes(lines in proptest::collection::vec("[+ ]{0,3}[a-z='\"(\\\\ é]{0,9}", 0..20), cuts: Vec<usize>) {
        let log = lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect::<Vec<u8>>();
        let whole = steps("{}", &log);
        let ends: Vec<usize> = (1..log.len()).filter(|end| log[end - 1] == b'\n').collect();
        let cuts: Vec<usize> =
            cuts.iter().filter_map(|cut| ends.get(cut % ends.len().max(1)).copied()).collect();
        let mut filter = testing::filter::<Steps>("{}").expect("accepted");
        prop_assert_eq!(filter.run_cut(&log, &cuts), log);
        let cut: Vec<_> = filter.labels().iter().map(|label| (label.line, label.value.clone())).collect();
        prop_assert_eq!(cut, whole);
    }
}
