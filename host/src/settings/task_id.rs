//! The id of a launched task, and what it says of where the task is.
//!
//! An id is all that a later step needs: a task ARN holds region and cluster, and `docker/NAME` its back
//! end. What an id says wins over what lower sources say; a flag that says otherwise is a mistake.

use std::fmt;

use super::BackendKind;
use super::quantity::quoted;
use crate::error::Error;

/// Fewest and most characters of the id that ECS gives a task: 32 hexadecimal digits, or, of old, 36 with
/// hyphens; some that imitate ECS give fewer. Source: Amazon ECS Developer Guide, ARN and ID formats.
const ECS_ID: std::ops::RangeInclusive<usize> = 16..=36;

/// Digits of the random part of a run's name in a container engine.
const RUN_DIGITS: usize = 8;

/// What stands before the name of a run in a container engine.
const DOCKER: &str = "docker/";

/// A task's id as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskId {
    text: String,
    place: Place,
}

/// Where the task is, as far as its id says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Fargate {
        region: Option<String>,
        cluster: Option<String>,
    },
    Docker {
        run: String,
        /// The engine's address, where it is not one that is found anyway.
        engine: Option<String>,
    },
}

impl TaskId {
    /// Understands an id: a task ARN, `CLUSTER/ID`, the short ID of a task of ECS, `docker/NAME` or
    /// `docker/NAME@ENGINE`, or the NAME alone.
    ///
    /// # Errors
    ///
    /// A usage error: it is the id of no task.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let not = |what: String| Err(Error::usage(what).hint(FORMS));
        let place = if text.is_empty() {
            return not("the id of the task is empty".to_owned());
        } else if text.starts_with("arn:") {
            match of_arn(text) {
                Ok(place) => place,
                Err(what) => return not(format!("{} is no id of a task: {what}", quoted(text))),
            }
        } else if let Some(name) = text.strip_prefix(DOCKER) {
            let (run, engine) = match name.split_once('@') {
                Some((run, engine)) => (run, Some(engine.to_owned())),
                None => (name, None),
            };
            if !is_name(run) || engine.as_ref().is_some_and(|engine| !engine.contains(':')) {
                return not(format!("{} is no id of a task in a container engine", quoted(text)));
            }
            Place::Docker { run: run.to_owned(), engine }
        } else if text.starts_with("process/") {
            return not(format!("{}: a process has ended when its sortie has", quoted(text)));
        } else if is_ecs_id(text) {
            Place::Fargate { region: None, cluster: None }
        } else if let Some((cluster, id)) = text.split_once('/')
            && !cluster.is_empty()
            && is_ecs_id(id)
        {
            Place::Fargate { region: None, cluster: Some(cluster.to_owned()) }
        } else if is_run(text) {
            Place::Docker { run: text.to_owned(), engine: None }
        } else {
            return not(format!("{} is no id of a task", quoted(text)));
        };
        Ok(Self { text: text.to_owned(), place })
    }

    /// The back end that gave it.
    pub fn backend(&self) -> BackendKind {
        match self.place {
            Place::Fargate { .. } => BackendKind::Fargate,
            Place::Docker { .. } => BackendKind::Docker,
        }
    }

    /// What its back end knows the task by: the ARN or ECS's short ID, or the run's name.
    pub fn name(&self) -> &str {
        match &self.place {
            Place::Fargate { .. } if self.text.starts_with("arn:") => &self.text,
            Place::Fargate { .. } => self.text.rsplit('/').next().unwrap_or(&self.text),
            Place::Docker { run, .. } => run,
        }
    }

    /// The region in it.
    pub fn region(&self) -> Option<&str> {
        match &self.place {
            Place::Fargate { region, .. } => region.as_deref(),
            Place::Docker { .. } => None,
        }
    }

    /// The cluster in it.
    pub fn cluster(&self) -> Option<&str> {
        match &self.place {
            Place::Fargate { cluster, .. } => cluster.as_deref(),
            Place::Docker { .. } => None,
        }
    }

    /// The address of the container engine in it.
    pub fn engine(&self) -> Option<&str> {
        match &self.place {
            Place::Fargate { .. } => None,
            Place::Docker { engine, .. } => engine.as_deref(),
        }
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The id of a run in a container engine; with the engine's address where that must be said to find it.
pub fn of_run(run: &str, engine: Option<&str>) -> String {
    match engine {
        Some(engine) => format!("{DOCKER}{run}@{engine}"),
        None => format!("{DOCKER}{run}"),
    }
}

/// What an id looks like, for whoever gave something else.
const FORMS: &str = "an id is what `sortie launch` prints and `sortie ps` lists:\n\
     arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID, or that ID with --cluster, or docker/NAME";

/// `arn:PARTITION:ecs:REGION:ACCOUNT:task/CLUSTER/ID`; ARNs of the old format have no cluster.
fn of_arn(arn: &str) -> Result<Place, String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &[_, _, service, region, _, resource] = parts.as_slice() else {
        return Err("the ARN is not whole".to_owned());
    };
    let resource: Vec<&str> = resource.split('/').collect();
    let plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control());
    match (service, resource.as_slice()) {
        ("ecs", ["task", cluster, id]) if plain(region) && plain(cluster) && plain(id) => {
            Ok(Place::Fargate { region: Some(region.to_owned()), cluster: Some((*cluster).to_owned()) })
        }
        ("ecs", ["task", id]) if plain(region) && plain(id) => {
            Ok(Place::Fargate { region: Some(region.to_owned()), cluster: None })
        }
        ("ecs", ["task", ..]) => Err("the ARN is not whole".to_owned()),
        ("ecs", ["task-definition", ..]) => {
            Err("it names a task definition, of which there may be any number of tasks".to_owned())
        }
        ("ecs", [kind, ..]) => Err(format!("it names a {kind}")),
        _ => Err("it names nothing of ECS".to_owned()),
    }
}

fn is_ecs_id(text: &str) -> bool {
    ECS_ID.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// A name in the letters that engines take.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// A run's name as sortie makes them: the task's name and a random number.
fn is_run(text: &str) -> bool {
    let digits = text.rsplit('-').next().unwrap_or_default();
    is_name(text)
        && digits.len() == RUN_DIGITS
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(text: &str) -> TaskId {
        TaskId::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn an_id_says_where_its_task_is() {
        let arn = "arn:aws-cn:ecs:cn-north-1:123456789012:task/ci/0123456789abcdef0123456789abcdef";
        let of_arn = id(arn);
        assert_eq!((of_arn.backend(), of_arn.name()), (BackendKind::Fargate, arn));
        assert_eq!((of_arn.region(), of_arn.cluster()), (Some("cn-north-1"), Some("ci")));
        let old = id("arn:aws:ecs:eu-west-1:1:task/0123");
        assert_eq!((old.region(), old.cluster()), (Some("eu-west-1"), None));
        let short = id(" 3e8e7b5d-3590-47a3-8862-d1c606a49598\n");
        assert_eq!((short.backend(), short.cluster()), (BackendKind::Fargate, None));
        assert_eq!(short.name(), "3e8e7b5d-3590-47a3-8862-d1c606a49598");
        let with_cluster = id("ci/0123456789abcdef0123456789abcdef");
        assert_eq!(with_cluster.cluster(), Some("ci"));
        assert_eq!(with_cluster.name(), "0123456789abcdef0123456789abcdef");
        for run in ["docker/migrate-57df49ec", "migrate-57df49ec"] {
            assert_eq!((id(run).backend(), id(run).name()), (BackendKind::Docker, "migrate-57df49ec"));
            assert_eq!(id(run).engine(), None);
        }
        let elsewhere = id(&of_run("a-57df49ec", Some("unix:///run/p@x.sock")));
        assert_eq!((elsewhere.name(), elsewhere.engine()), ("a-57df49ec", Some("unix:///run/p@x.sock")));
    }

    #[test]
    fn what_is_no_id_is_said_with_what_one_looks_like() {
        for (text, said) in [
            ("", "is empty"),
            (" \n", "is empty"),
            ("deploy", "is no id of a task"),
            ("arn:garbage", "not whole"),
            ("arn:aws:ecs:eu-west-1:1:task/ci/", "not whole"),
            ("arn:aws:ecs::1:task/ci/0123", "not whole"),
            ("arn:aws:ecs:eu-west-1:1:task/ci/0123/4", "not whole"),
            ("arn:aws:ecs:eu-west-1:1:task-definition/deploy:7", "task definition"),
            ("arn:aws:ecs:eu-west-1:1:cluster/ci", "names a cluster"),
            ("arn:aws:s3:::bucket/task", "nothing of ECS"),
            ("docker/", "container engine"),
            ("docker/../x", "container engine"),
            ("docker/x-57df49ec@", "container engine"),
            ("podman/x-57df49ec", "is no id of a task"),
            ("process/123", "has ended when its sortie has"),
            ("ci/deploy", "is no id of a task"),
            ("deploy:7", "is no id of a task"),
        ] {
            let error = TaskId::parse(text).expect_err(text);
            assert!(error.is_usage() && error.to_string().contains(said), "{text}: {error}");
            assert!(error.advice().contains("arn:aws:ecs:REGION"), "{text}: {}", error.advice());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_id_or_an_error(text in "(arn:|docker/|ci/)?[ -~]{0,60}|\\PC{0,20}") {
            if let Ok(id) = TaskId::parse(&text) {
                prop_assert!(!id.name().is_empty() && text.contains(id.name()));
                prop_assert_eq!(TaskId::parse(&id.to_string()).ok(), Some(id));
            }
        }
    }
}
