//! Every file that a CI system reads, against the schema that is published for it, as `check-jsonschema` and
//! Codefresh's own validator have them; and the steps to paste in the documentation as well.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sortie_tests::servers::cache;
use sortie_tests::servers::repository;

/// The documents of a YAML file.
pub(crate) fn yaml(path: &Path) -> Vec<Value> {
    let program = "import json, sys\nfrom ruamel.yaml import YAML\n\
                   json.dump(list(YAML(typ='safe').load_all(open(sys.argv[1]))), sys.stdout, default=str)";
    let output = Command::new(cache().join("ci-tools/bin/python")).args(["-c", program]).arg(path).output();
    let output = output.expect("python is installed");
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[track_caller]
fn assert_valid(schema: &str, path: &Path) {
    let output = Command::new(cache().join("ci-tools/bin/check-jsonschema"))
        .args(["--builtin-schema", schema])
        .arg(path)
        .output()
        .expect("check-jsonschema is installed");
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stdout));
}

/// Each document on its own, which is what GitLab checks.
#[track_caller]
pub(crate) fn assert_documents(schema: &str, documents: &[Value]) {
    let directory = tempfile::tempdir().expect("a directory");
    for (number, document) in documents.iter().enumerate() {
        let path = directory.path().join(format!("{number}.json"));
        std::fs::write(&path, document.to_string()).expect("the directory is ours");
        assert_valid(schema, &path);
    }
}

#[track_caller]
pub(crate) fn assert_codefresh(pipeline: &Value) {
    // A type of step that is not Codefresh's own is a warning, which comes as an error without details.
    let program = "try { require(process.argv[1]).validate(JSON.parse(process.argv[2]), 'message') }
                   catch (error) { if (error.details?.length !== 0) throw error }";
    let module = cache().join("ci-tools/node_modules/@codefresh-io/yaml-validator/validator.js");
    let output = Command::new(cache().join("ci-tools/bin/node"))
        .args(["-e", program])
        .arg(module)
        .arg(pipeline.to_string())
        .output()
        .expect("node is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Blocks of YAML in a text.
fn blocks(text: &str) -> Vec<String> {
    let parts = text.split("```yaml\n").skip(1);
    parts.filter_map(|part| Some(part.split_once("```")?.0.to_owned())).collect()
}

/// The blocks of a document, each as the value that it is.
pub(crate) fn examples(document: &str) -> Vec<Value> {
    let directory = tempfile::tempdir().expect("a directory");
    let text = std::fs::read_to_string(repository().join(document)).expect("the document is there");
    let path = directory.path().join("block.yml");
    let read = |block: &String| {
        std::fs::write(&path, block).expect("the directory is ours");
        yaml(&path).remove(0)
    };
    let found: Vec<Value> = blocks(&text).iter().map(read).collect();
    assert!(!found.is_empty(), "{document} has an example");
    found
}

#[test]
fn the_action_and_the_workflows_are_as_github_wants_them() {
    assert_valid("vendor.github-actions", &repository().join("action.yml"));
    assert_valid("vendor.github-workflows", &repository().join(".github/workflows/release.yml"));
    let job = |example: &Value| match example.get("jobs") {
        Some(_) => example.clone(),
        None => {
            serde_json::json!({ "on": "push", "jobs": { "x": { "runs-on": "x", "steps": example["steps"] } } })
        }
    };
    let examples: Vec<Value> = examples("docs/ci/github.md").iter().map(job).collect();
    assert_documents("vendor.github-workflows", &examples);
    // What the examples set, the action has.
    let inputs = &yaml(&repository().join("action.yml"))[0]["inputs"];
    let steps = examples.iter().flat_map(|example| example["jobs"].as_object().expect("jobs").values());
    let used = steps.flat_map(|job| job["steps"].as_array().expect("steps"));
    for step in used.filter(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("/sortie@"))) {
        for input in step["with"].as_object().expect("inputs").keys() {
            assert!(inputs.get(input).is_some(), "the action has no input `{input}`");
        }
    }
}

#[test]
fn the_component_is_as_gitlab_wants_it() {
    let documents = yaml(&repository().join(".ci/steps/gitlab/templates/sortie.yml"));
    assert_documents("vendor.gitlab-ci", &documents);
    let examples = [examples("docs/ci/gitlab.md"), examples(".ci/steps/gitlab/README.md")].concat();
    assert_documents("vendor.gitlab-ci", &examples);
    for include in examples.iter().flat_map(|example| example["include"].as_array().into_iter().flatten()) {
        for input in include["inputs"].as_object().expect("inputs").keys() {
            assert!(documents[0]["spec"]["inputs"].get(input).is_some(), "there is no input `{input}`");
        }
    }
}

/// What is documented of `func.yml`: GitLab publishes a schema for the job that calls a function, and none for that.
#[test]
fn the_function_is_as_gitlab_wants_it() {
    let documents = yaml(&repository().join(".ci/steps/gitlab/function/func.yml"));
    let [interface, definition] = &documents[..] else { panic!("two documents") };
    let is_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|first: char| first.is_ascii_digit())
    };
    let inputs = interface["spec"]["inputs"].as_object().expect("inputs");
    for (name, input) in inputs {
        let members: Vec<&String> = input.as_object().expect("an input").keys().collect();
        assert_eq!(members, ["default", "type"], "{name}");
        assert!(is_name(name) && input["type"] == "string" && input["default"].is_string(), "{name}");
    }
    let members: Vec<&String> = definition.as_object().expect("a definition").keys().collect();
    assert_eq!(members, ["env", "exec"]);
    assert!(
        definition["exec"]["command"][0].as_str().is_some_and(|word| word.starts_with("${{ func_dir }}/"))
    );
    for (name, value) in definition["env"].as_object().expect("variables") {
        let input = value.as_str().and_then(|text| text.strip_prefix("${{ inputs.")?.strip_suffix(" }}"));
        assert!(is_name(name) && inputs.contains_key(input.expect("an input")), "{name}: {value}");
    }
    let documented = examples("docs/ci/gitlab.md");
    let steps = documented.iter().find_map(|example| example["deploy"]["run"].as_array()).expect("steps");
    for input in steps.iter().flat_map(|step| step["inputs"].as_object().into_iter().flatten()) {
        assert!(inputs.contains_key(input.0), "there is no input `{}`", input.0);
    }
}

#[test]
fn the_orb_is_as_circleci_wants_it_and_packed_of_its_source() {
    let directory = repository().join(".ci/steps/circleci");
    assert_valid("vendor.circle-ci", &directory.join("orb.yml"));
    assert_documents("vendor.circle-ci", &examples("docs/ci/circleci.md"));
    let packed = Command::new(cache().join("ci-tools/bin/python"))
        .args([directory.join("pack.py"), directory.join("src")])
        .output()
        .expect("python is installed");
    let orb = std::fs::read_to_string(directory.join("orb.yml")).expect("the orb is there");
    assert!(
        orb == String::from_utf8_lossy(&packed.stdout),
        "pack it: .ci/steps/circleci/pack.py src > orb.yml"
    );
    let orb = yaml(&directory.join("orb.yml")).remove(0);
    let examples = examples("docs/ci/circleci.md");
    let of_own_job = &examples[1]["jobs"]["deploy"]["steps"][0]["sortie/run-task"];
    for parameter in of_own_job.as_object().expect("parameters").keys() {
        let known = orb["commands"]["run-task"]["parameters"].get(parameter).is_some();
        assert!(known, "the command has no parameter `{parameter}`");
    }
    for job in examples[0]["workflows"]["deploy"]["jobs"].as_array().expect("jobs") {
        let (name, parameters) = job.as_object().and_then(|job| job.iter().next()).expect("a job");
        let job = &orb["jobs"][name.trim_start_matches("sortie/")];
        let own = ["name", "context", "requires"];
        for parameter in parameters.as_object().expect("parameters").keys() {
            let known = own.contains(&parameter.as_str()) || job["parameters"].get(parameter).is_some();
            assert!(known, "{name} has no parameter `{parameter}`");
        }
    }
}

#[test]
fn the_step_type_is_as_codefresh_wants_it() {
    let step = yaml(&repository().join(".ci/steps/codefresh/step.yaml")).remove(0);
    let arguments = step["spec"]["arguments"].as_str().expect("a schema as text");
    let arguments: Value = serde_json::from_str(arguments).expect("JSON");
    assert_codefresh(&serde_json::json!({ "version": "1.0", "steps": step["spec"]["steps"] }));
    let documented = examples("docs/ci/codefresh.md");
    for workflow in [&step["metadata"]["examples"][0]["workflow"], &documented[0]] {
        assert_codefresh(workflow);
        for argument in workflow["steps"]["deploy"]["arguments"].as_object().expect("arguments").keys() {
            assert!(arguments["properties"].get(argument).is_some(), "there is no argument `{argument}`");
        }
    }
    // Each argument is handed over.
    let environment = step["spec"]["steps"]["main"]["environment"].to_string();
    for argument in arguments["properties"].as_object().expect("properties").keys() {
        assert!(environment.contains(&format!("${{{{{argument}}}}}")), "`{argument}` is not handed over");
    }
}

#[test]
fn the_plugin_is_as_buildkite_wants_it() {
    let examples = [examples(".ci/steps/buildkite/README.md"), examples("docs/ci/buildkite.md")].concat();
    assert_documents("vendor.buildkite", &examples);
    let plugin = yaml(&repository().join(".ci/steps/buildkite/plugin.yml")).remove(0);
    let schema = &plugin["configuration"];
    let directory = tempfile::tempdir().expect("a directory");
    let (schema_file, options) =
        (directory.path().join("schema.json"), directory.path().join("options.json"));
    std::fs::write(&schema_file, schema.to_string()).expect("the directory is ours");
    for example in &examples {
        let used = &example["steps"][0]["plugins"][0]["OWNER/sortie#v0.1.0"];
        std::fs::write(&options, used.to_string()).expect("the directory is ours");
        let output = Command::new(cache().join("ci-tools/bin/check-jsonschema"))
            .arg("--schemafile")
            .args([&schema_file, &options])
            .output()
            .expect("check-jsonschema is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn the_steps_of_azure_are_as_it_wants_them() {
    assert_documents("vendor.azure-pipelines", &examples("docs/ci/azure.md"));
}

#[test]
fn both_copies_of_the_installer_are_one() {
    let text =
        |path: &str| std::fs::read_to_string(repository().join(".ci/steps").join(path)).expect("it is there");
    assert!(text("buildkite/lib/install.sh") == text("circleci/src/scripts/install.sh"));
}

#[test]
fn every_step_names_the_version_that_it_is_of() {
    let text = |path: &str| std::fs::read_to_string(repository().join(path)).expect("it is there");
    let version =
        Command::new(repository().join(".ci/release/version")).output().expect("bash is there").stdout;
    let version = String::from_utf8(version).expect("text");
    for path in [
        ".ci/steps/github/release.json",
        ".ci/steps/gitlab/templates/sortie.yml",
        ".ci/steps/circleci/src/executors/default.yml",
        ".ci/steps/circleci/src/examples/deploy.yml",
        ".ci/steps/codefresh/step.yaml",
        ".ci/steps/buildkite/lib/install.sh",
        ".ci/steps/buildkite/README.md",
        "docs/ci/github.md",
        "docs/ci/gitlab.md",
        "docs/ci/circleci.md",
        "docs/ci/buildkite.md",
        "README.md",
    ] {
        assert!(text(path).contains(version.trim()), "{path} is of another version than {version}");
    }
}
