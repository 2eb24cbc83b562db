use std::path::Path;

use super::*;
use crate::settings::BackendKind;
use crate::settings::DefinitionFile;
use crate::settings::ImageChange;
use crate::settings::Origin;
use crate::settings::TaskDefinitionRef;
use crate::settings::reference;
use crate::spec::EnvValue;
use crate::spec::Pair;

/// Flags as `KEY=TEXT`; `flags` with the command after `--`.
fn flags(texts: &[&str], command: &[&str]) -> Layer {
    let mut layer = Layer::default();
    let mut push = |key: &'static str, text: &str, at: String| {
        layer.push(key, RawValue { text: text.to_owned(), origin: Origin::Flag(at.clone()), at });
    };
    for text in texts {
        let (key, text) = text.split_once('=').unwrap();
        push(reference::find(key).unwrap().key, text, format!("--{key}"));
    }
    for word in command {
        push("command", word, "--".to_owned());
    }
    layer
}

/// A command in the variable is one text, in the file and on the command line a list, which is never split.
#[test]
fn a_command_in_the_environment_is_a_text_of_words() {
    let command = |flag: &[&str], variable: &str, toml: &str| {
        let environment: Environment = [("SORTIE_COMMAND", variable)].into_iter().collect();
        let mut layers = layers(flags(&["backend=process"], flag), toml);
        layers.environment = environment::layer(&environment).0;
        let resolved = resolve(&layers, CommandKind::Run, None, &environment);
        resolved.map(|resolved| resolved.settings.task.command).map_err(|error| error.to_string())
    };
    let toml = "command = ['from file']";
    assert_eq!(command(&[], "sh -c 'a b'", toml).unwrap(), ["sh", "-c", "a b"]);
    assert_eq!(command(&["x y"], "sh -c 'a b'", toml).unwrap(), ["x y"]);
    assert_eq!(command(&[], "", toml).unwrap(), ["from file"]);
    for (variable, said) in [
        ("a && b", "SORTIE_COMMAND: no shell reads it, and it has `&&`"),
        ("a 'b", "SORTIE_COMMAND: a ' is not closed"),
        ("'' b", "SORTIE_COMMAND: the command's first word is empty"),
        (" ", "SORTIE_COMMAND: the value is empty"),
    ] {
        let error = command(&[], variable, toml).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

fn environment() -> Environment {
    [("TOKEN", "hunter2")].into_iter().collect()
}

fn layers(flags: Layer, toml: &str) -> Layers {
    Layers {
        flags,
        environment: Layer::default(),
        file: file::parse(toml, Path::new("sortie.toml")).unwrap(),
    }
}

fn loaded(flags: Layer, toml: &str) -> Result<Resolved, Error> {
    resolve(&layers(flags, toml), CommandKind::Run, None, &environment())
}

fn settings(flags: Layer, toml: &str) -> Settings {
    loaded(flags, toml).unwrap().settings
}

fn error(flags: Layer, toml: &str) -> String {
    loaded(flags, toml).unwrap_err().to_string()
}

#[test]
fn no_back_end_is_an_error_that_shows_both_ways() {
    let error = loaded(flags(&[], &["./deploy.sh"]), "").unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.advice()), @r"
    no back end is configured
    on AWS Fargate:   --cluster NAME      (or SORTIE_CLUSTER, or `cluster` in sortie.toml)
    on this machine:  --backend process   (or SORTIE_BACKEND, or `backend` in sortie.toml)
    in a container:   --local             (or SORTIE_LOCAL, or `local` in sortie.toml)
    ");
}

#[test]
fn an_empty_cluster_is_an_error_and_not_a_run_on_this_machine() {
    assert_eq!(error(flags(&["cluster=", "image=x"], &["a"]), ""), "--cluster: the value is empty");
    assert_eq!(
        error(flags(&["cluster="], &["a"]), "backend = 'process'"),
        "--cluster: the value is empty",
        "the flag asks for a cluster, whatever the file says"
    );
}

#[test]
fn the_higher_source_names_the_back_end() {
    let fargate = "cluster = 'ci'\ntask-definition = 'deploy'\nsubnet = 'a'\n";
    let local = settings(flags(&["backend=process"], &["a"]), fargate);
    assert_eq!(local.backend, BackendKind::Process);
    assert_eq!(local.fargate.cluster, None);
    assert_eq!(local.task.task_definition, None);
    assert_eq!(local.origins["backend"], Origin::Flag("--backend".to_owned()));
    assert!(!local.origins.contains_key("subnet"), "it has no meaning there");

    let remote = settings(flags(&["cluster=ci", "image=x"], &[]), "backend = 'process'");
    assert_eq!(remote.backend, BackendKind::Fargate);

    let both = settings(flags(&[], &["a"]), "backend = 'process'\ncluster = 'ci'");
    assert_eq!(both.backend, BackendKind::Process, "in one source, `backend` wins");
    let contradiction = error(flags(&["backend=process", "cluster=ci"], &["a"]), "");
    assert_eq!(contradiction, "--backend process and --cluster contradict each other");
    assert_eq!(error(flags(&["backend=dicker"], &["a"]), ""), "--backend: `dicker` is not a back end");
}

#[test]
fn a_container_engine_is_asked_for_by_name_or_with_local() {
    let fargate = "cluster = 'ci'\nimage = 'x'\n";
    let docker = settings(flags(&["backend=docker"], &["a"]), fargate);
    assert_eq!((docker.backend, docker.docker.any_engine), (BackendKind::Docker, false));
    for any in [flags(&["local=true"], &["a"]), flags(&["backend=auto"], &["a"])] {
        let local = settings(any, fargate);
        assert_eq!((local.backend, local.docker.any_engine), (BackendKind::Docker, true));
        assert_eq!(local.task.image.as_deref(), Some("x"));
    }
    let off = settings(flags(&["local=false"], &["a"]), &format!("{fargate}local = true"));
    assert_eq!(off.backend, BackendKind::Fargate);
    let file = settings(flags(&[], &["a"]), "local = true\nimage = 'x'");
    assert_eq!(file.backend, BackendKind::Docker);
    assert_eq!(
        error(flags(&["local=true", "cluster=ci", "image=x"], &[]), ""),
        "--local and --cluster contradict each other"
    );
}

#[test]
fn secrets_come_from_the_environment_and_are_never_shown() {
    let flags = flags(&["local=true", "image=x", "secret-from-env=PASSWORD=TOKEN"], &[]);
    let settings = settings(flags, "");
    assert_eq!(settings.docker.secrets[0].name, "PASSWORD");
    assert_eq!(settings.docker.secrets[0].value, EnvValue::Secret("hunter2".to_owned()));
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn an_id_that_ecs_gave_names_the_back_end() {
    let arn = "arn:aws:ecs:eu-west-1:123456789012:task/ci/0123";
    let layers = layers(Layer::default(), "");
    let loaded = of_id(&layers, arn).unwrap();
    assert_eq!(loaded.backend, BackendKind::Fargate);
    assert_eq!(loaded.fargate.region.as_deref(), Some("eu-west-1"));
    assert_eq!(loaded.fargate.cluster.as_deref(), Some("ci"));
    let local = of_id(&layers, "docker/deploy-57df49ec@tcp://10.0.0.1:2375").unwrap();
    assert_eq!((local.backend, local.docker.any_engine), (BackendKind::Docker, true));
    assert_eq!(local.docker.engine.as_deref(), Some("tcp://10.0.0.1:2375"));
}

fn of_id(layers: &Layers, id: &str) -> Result<Settings, Error> {
    let id = TaskId::parse(id)?;
    Ok(resolve(layers, CommandKind::Find, Some(id), &environment())?.settings)
}

#[test]
fn an_id_wins_over_what_lower_sources_say_of_the_place() {
    let arn = "arn:aws:ecs:eu-west-1:1:task/ci/0123";
    for file in ["backend = 'process'", "local = true", "cluster = 'other'\nregion = 'us-east-1'"] {
        let settings = of_id(&layers(Layer::default(), file), arn).expect(file);
        assert_eq!(settings.backend, BackendKind::Fargate, "{file}");
        assert_eq!(settings.fargate.cluster.as_deref(), Some("ci"), "{file}");
        assert_eq!(settings.fargate.region.as_deref(), Some("eu-west-1"), "{file}");
    }
    let file = layers(Layer::default(), "cluster = 'ci'\nengine = 'tcp://a:1'");
    let settings = of_id(&file, "docker/x-57df49ec").expect("an engine's task");
    assert_eq!(settings.backend, BackendKind::Docker);
    assert_eq!(settings.docker.engine.as_deref(), Some("tcp://a:1"));
    let short = "0123456789abcdef0123456789abcdef";
    let settings = of_id(&file, short).expect("the file says the cluster");
    assert_eq!(settings.fargate.cluster.as_deref(), Some("ci"));
    let error = of_id(&layers(Layer::default(), "local = true"), short).expect_err("no cluster");
    assert!(error.is_usage() && error.advice().contains("--cluster"), "{error}");
}

#[test]
fn a_flag_that_contradicts_the_id_is_an_error() {
    let arn = "arn:aws:ecs:eu-west-1:1:task/ci/0123";
    let docker = "docker/x-57df49ec@tcp://a:1";
    for (id, flag) in [
        (arn, "backend=docker"),
        (arn, "backend=process"),
        (arn, "local=true"),
        (arn, "region=us-east-1"),
        (arn, "cluster=other"),
        (arn, "cluster=arn:aws:ecs:us-east-1:1:cluster/ci"),
        (docker, "cluster=ci"),
        (docker, "backend=fargate"),
        (docker, "engine=tcp://b:1"),
    ] {
        let error = of_id(&layers(flags(&[flag], &[]), ""), id).expect_err(flag);
        assert!(error.is_usage() && error.to_string().contains("contradicts the id"), "{flag}: {error}");
    }
    for (id, flag) in [
        (arn, "backend=fargate"),
        (arn, "region=eu-west-1"),
        (arn, "cluster=ci"),
        (arn, "cluster=arn:aws:ecs:eu-west-1:1:cluster/ci"),
        (arn, "local=false"),
        (docker, "local=true"),
        (docker, "backend=auto"),
        (docker, "backend=docker"),
        (docker, "engine=tcp://a:1"),
    ] {
        assert!(of_id(&layers(flags(&[flag], &[]), ""), id).is_ok(), "{id} {flag}");
    }
}

#[test]
fn flags_win_over_the_file_and_lists_replace() {
    let toml = "cluster = 'ci'\nimage = 'x'\nmemory = 512\nsubnet = ['a', 'b']\ncapacity-timeout = '1m'";
    let settings = settings(flags(&["memory=2GB", "subnet=c,d", "subnet=e"], &[]), toml);
    assert_eq!(settings.task.memory, Some(2048));
    assert_eq!(settings.fargate.subnets, ["c", "d", "e"]);
    assert_eq!(settings.run.capacity_budget, Duration::from_secs(60));
    assert_eq!(settings.origins["memory"], Origin::Flag("--memory".to_owned()));
    assert_eq!(settings.origins["image"], Origin::File("sortie.toml".into()));
}

#[test]
fn defaults_are_those_of_the_reference() {
    let settings = settings(flags(&["backend=process"], &["a"]), "");
    assert_eq!(settings.run.log_settle, LogSettle::Auto);
    assert_eq!(settings.origins["log-settle"], Origin::Default);
    assert_eq!(settings.run.timeout, None);
    for setting in reference::all().filter(|setting| setting.default.is_some()) {
        assert!(
            settings.origins.contains_key(setting.key) || !setting.backends.contains(&settings.backend),
            "{}",
            setting.key
        );
    }
}

#[test]
fn env_and_tags_are_merged_by_name() {
    let toml = "cluster = 'ci'\nimage = 'x'\nenv = { A = 'file', B = 'file' }\ntag = { team = 'file' }\n";
    let settings = settings(flags(&["env=B=flag=1", "env=TOKEN", "tag=team=flag", "tag=x="], &[]), toml);
    let env: Vec<(&str, &str)> =
        settings.task.env.iter().map(|variable| (variable.name.as_str(), variable.value.shown())).collect();
    assert_eq!(env, [("A", "file"), ("B", "flag=1"), ("TOKEN", "***")]);
    assert_eq!(settings.task.env[2].value, EnvValue::Secret("hunter2".to_owned()));
    assert_eq!(settings.task.tags, [Pair::new("team", "flag"), Pair::new("x", "")]);
    assert_eq!(settings.origins["env.B"], Origin::Flag("--env".to_owned()));
    assert_eq!(settings.origins["env.A"], Origin::File("sortie.toml".into()));
}

#[test]
fn a_copied_variable_that_is_not_set_stops_a_run_and_not_a_stop() {
    let layers = layers(Layer::default(), "cluster = 'ci'\nimage = 'x'\nenv = ['MISSING']\nmemory = '1GB'");
    let error = resolve(&layers, CommandKind::Run, None, &Environment::default()).unwrap_err();
    assert_eq!(error.to_string(), "sortie.toml:3: `MISSING` is not set in the environment");
    assert!(resolve(&layers, CommandKind::Find, None, &Environment::default()).is_ok());
}

#[test]
fn a_variable_in_the_environment_wins_over_the_file_and_not_over_a_flag() {
    let environment: Environment =
        [("SORTIE_CLUSTER", "env"), ("SORTIE_MEMORY", "1GB"), ("SORTIE_IMAGE", "env")].into_iter().collect();
    let (from_environment, _) = environment::layer(&environment);
    let layers = Layers {
        flags: flags(&["image=flag"], &[]),
        environment: from_environment,
        file: file::parse("cluster = 'file'\nmemory = 512", Path::new("sortie.toml")).unwrap(),
    };
    let settings = resolve(&layers, CommandKind::Run, None, &environment).unwrap().settings;
    assert_eq!(settings.fargate.cluster.as_deref(), Some("env"));
    assert_eq!(settings.task.memory, Some(1024));
    assert_eq!(settings.task.image.as_deref(), Some("flag"));
    assert_eq!(settings.origins["memory"], Origin::Environment("SORTIE_MEMORY".to_owned()));
}

#[test]
fn a_comma_in_a_variable_is_part_of_the_value() {
    let environment: Environment = [
        ("SORTIE_BACKEND", "docker"),
        ("SORTIE_IMAGE", "x"),
        ("SORTIE_ENV", "A=1,2\nTOKEN"),
        ("SORTIE_TAG", "team=a,b"),
        ("SORTIE_VOLUME", "cache:/c:ro,Z\nother:/o"),
        ("TOKEN", "hunter2"),
    ]
    .into_iter()
    .collect();
    let layers = Layers { environment: environment::layer(&environment).0, ..Layers::default() };
    let settings = resolve(&layers, CommandKind::Run, None, &environment).unwrap().settings;
    let env: Vec<(&str, &str)> =
        settings.task.env.iter().map(|variable| (variable.name.as_str(), variable.value.reveal())).collect();
    assert_eq!(env, [("A", "1,2"), ("TOKEN", "hunter2")]);
    assert_eq!(settings.task.tags, [Pair::new("team", "a,b")]);
    let volumes: Vec<String> = settings.docker.volumes.iter().map(ToString::to_string).collect();
    assert_eq!(volumes, ["cache:/c:ro,Z", "other:/o"]);
}

/// Docker's own trap: what was meant is a directory, and what is made is an empty volume that stays.
#[test]
fn a_volume_that_is_called_like_a_path_here_is_warned_about() {
    // Paths of flags are relative to the working directory, in tests the package's.
    for (volume, warned) in
        [("src:/w", true), ("Cargo.toml:/w", true), ("./src:/w", false), ("cache:/w", false)]
    {
        let flags = flags(&["backend=docker", "image=x", &format!("volume={volume}")], &[]);
        let warnings = loaded(flags, "").unwrap().warnings;
        let name = volume.split(':').next().unwrap();
        let expected = format!("--volume: {name} is the name of a volume; what lies here is ./{name}");
        assert_eq!(warnings, if warned { vec![expected] } else { Vec::new() });
    }
}

#[test]
fn an_image_takes_the_place_of_a_definitions_own_unless_a_lower_source_sets_it() {
    let change = |container: Option<&str>, image: &str| ImageChange {
        container: container.map(str::to_owned),
        image: image.to_owned(),
    };
    let both = settings(
        flags(&["image=x:1@sha256:00", "image=side=y"], &[]),
        "cluster = 'ci'\ntask-definition = 'a'",
    );
    assert_eq!(both.task.task_definition, Some(TaskDefinitionRef::Registered("a".into())));
    assert_eq!(both.task.images, [change(None, "x:1@sha256:00"), change(Some("side"), "y")]);
    assert_eq!(both.task.image, None);
    let lower = settings(flags(&["task-definition=a"], &[]), "cluster = 'ci'\nimage = 'x'");
    assert_eq!((lower.task.images, lower.task.image), (Vec::new(), None));
    let toml = "cluster = 'ci'\ntask-definition = 'a'\nimage = ['x', 'side=y']";
    assert_eq!(settings(flags(&[], &[]), toml).task.images.len(), 2);
}

#[test]
fn an_image_is_for_one_container() {
    let error = |images: &[&str]| error(flags(images, &[]), "cluster = 'ci'");
    assert!(error(&["task-definition=a", "image=x", "image=y"]).contains("for the main container"));
    assert!(error(&["task-definition=a", "image=c=x", "image=c=y"]).contains("the container `c`"));
    assert!(error(&["task-definition=a", "image=c="]).contains("is not CONTAINER=IMAGE"));
    assert!(error(&["image=c=x"]).contains("no task definition that has it"));
    assert!(error(&["image=x", "register-as=a.b"]).contains("cannot be a family"));
}

#[test]
fn paths_in_the_file_are_relative_to_it() {
    let path =
        |path: &str| Some(TaskDefinitionRef::File(DefinitionFile { path: path.into(), variables: None }));
    let file = file::parse("cluster = 'ci'\ntask-definition = 'file:task.json'", Path::new("ci/sortie.toml"))
        .unwrap();
    let layers = Layers { file, ..Layers::default() };
    let settings = resolve(&layers, CommandKind::Run, None, &environment()).unwrap().settings;
    assert_eq!(settings.task.task_definition, path("ci/task.json"));
    let settings = self::settings(flags(&["cluster=ci", "task-definition=file:task.json"], &[]), "");
    assert_eq!(settings.task.task_definition, path("task.json"));
}

#[test]
fn an_env_file_is_read_relative_to_the_file_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("ci.env"), "A=file\nB=file\n").unwrap();
    let path = directory.path().join("sortie.toml");
    let toml = "backend = 'process'\ncommand = ['a']\nenv-file = 'ci.env'\nenv = { B = 'table' }\n";
    let layers = Layers { file: file::parse(toml, &path).unwrap(), ..Layers::default() };
    let settings = resolve(&layers, CommandKind::Run, None, &environment()).unwrap().settings;
    let values: Vec<&str> = settings.task.env.iter().map(|variable| variable.value.shown()).collect();
    assert_eq!(values, ["file", "table"]);

    std::fs::write(directory.path().join("ci.env"), "A=file\nMISSING\n").unwrap();
    let error = resolve(&layers, CommandKind::Run, None, &environment()).unwrap_err();
    assert!(error.to_string().ends_with("ci.env:2: `MISSING` is not set in the environment"), "{error}");
}

#[test]
fn capacity_providers_keep_their_base() {
    let flags = flags(&["cluster=ci", "image=x", "capacity-provider=FARGATE_SPOT=4,FARGATE=1,2"], &[]);
    assert_eq!(settings(flags, "").fargate.capacity_providers, ["FARGATE_SPOT=4", "FARGATE=1,2"]);
}

#[test]
fn there_must_be_something_to_run() {
    assert_eq!(error(flags(&["backend=process"], &[]), ""), "no command to run");
    assert_eq!(
        error(flags(&["cluster=ci"], &["a"]), ""),
        "nothing to run: neither a task definition nor an image"
    );
}

#[test]
fn fargate_flags_on_the_process_back_end_are_warned_about() {
    let loaded =
        loaded(flags(&["backend=process", "memory=2GB", "subnet=a"], &["a"]), "image = 'x'").unwrap();
    assert_eq!(loaded.warnings, ["ignored on the process back end: --subnet, --memory"]);
    assert_eq!(loaded.settings.task.memory, None);
}

#[test]
fn wrong_values_name_their_origin() {
    let toml = "cluster = 'ci'\nimage = 'x'\n";
    assert_eq!(error(flags(&["memory=2XB"], &[]), toml), "--memory: `2XB` is not an amount of memory");
    assert_eq!(
        error(flags(&[], &[]), &format!("{toml}stop-timeout = '5 parsecs'")),
        "sortie.toml:3: `5 parsecs` is not a time span"
    );
    assert_eq!(error(flags(&["output=xml"], &[]), toml), "--output: `xml` is not one of text, json");
    assert_eq!(error(flags(&["tag=team"], &[]), toml), "--tag: a tag without a key before a `=`");
    assert_eq!(error(flags(&["verbosity=9"], &[]), toml), "--verbosity: `9` is not a verbosity");
}

/// Every setting whose value has a form, with a text that has another one.
const WRONG: &[(&str, &str)] = &[
    ("assign-public-ip", "maybe"),
    ("capacity-provider", "FARGATE=lots"),
    ("capacity-timeout", "soon"),
    ("cpu", "lots"),
    ("ephemeral-storage", "lots"),
    ("expand", "maybe"),
    ("image", "=x"),
    ("log-settle", "later"),
    ("memory", "lots"),
    ("pull", "sometimes"),
    ("register-as", "a family"),
    ("stop-timeout", "soon"),
    ("task-definition", "file:"),
    ("timeout", "soon"),
    ("volume", "here"),
];

#[test]
fn what_is_wrong_is_wrong_on_every_back_end() {
    for (key, text) in WRONG {
        for backend in ["process", "docker", "fargate"] {
            let resolved = |text: &str| {
                let file = format!("backend = '{backend}'\ncluster = 'ci'\ntask-definition = 'deploy'\n");
                let mut all = layers(flags(&[], &["a"]), &file);
                let setting = reference::find(key).unwrap();
                let at = setting.variable().unwrap();
                let origin = Origin::Environment(at.clone());
                all.environment.push(setting.key, RawValue { text: text.to_owned(), origin, at });
                resolve(&all, CommandKind::Run, None, &environment())
            };
            let error = resolved(text).unwrap_err().to_string();
            assert!(error.contains(text) || error.contains("SORTIE_"), "{key} on {backend}: {error}");
            // An empty one is among the variables of another back end, and says nothing on this one.
            let setting = reference::find(key).unwrap();
            if !setting.backends.iter().any(|known| known.as_str() == backend) {
                resolved("").unwrap();
            }
        }
    }
}

#[test]
fn a_deadline_guard_needs_a_time_limit() {
    let toml = "cluster = 'ci'\nimage = 'x'\ndeadline-guard = 'sidecar'\n";
    let without = loaded(flags(&[], &[]), toml).unwrap_err();
    assert!(without.is_usage() && without.to_string().contains("sortie.toml:3"), "{without}");
    assert!(loaded(flags(&["timeout=0"], &[]), toml).is_err());
    assert!(loaded(flags(&["timeout=10m"], &[]), toml).is_ok());
    assert!(loaded(flags(&["deadline-guard=none"], &[]), toml).is_ok());
    // What lives on this machine ends with its sortie.
    assert!(loaded(flags(&["backend=process"], &["true"]), toml).is_ok());
}

#[test]
fn reap_is_about_the_cluster_that_its_own_environment_names() {
    let backend = |variables: &[(&'static str, &'static str)], texts: &[&str]| {
        let environment: Environment = variables.iter().copied().collect();
        let (layer, _) = super::environment::layer(&environment);
        // A file says where tasks run, and is no wish to look there for what is left.
        let file = file::parse("cluster = 'file'", Path::new("sortie.toml")).unwrap();
        let layers = Layers { flags: flags(texts, &[]), environment: layer, file };
        let settings = resolve(&layers, CommandKind::Reap, None, &environment).unwrap().settings;
        (settings.backend, settings.fargate.cluster)
    };
    let engine = (BackendKind::Docker, None);
    assert_eq!(backend(&[], &[]), engine);
    assert_eq!(backend(&[("SORTIE_CLUSTER", "ci")], &[]), (BackendKind::Fargate, Some("ci".to_owned())));
    assert_eq!(backend(&[("SORTIE_CLUSTER", "ci"), ("SORTIE_BACKEND", "docker")], &[]), engine);
    assert_eq!(backend(&[("SORTIE_CLUSTER", "ci")], &["local=true"]), engine);
}
