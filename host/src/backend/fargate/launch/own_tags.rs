//! Tags that sortie puts on a task although nobody asked for them: the run of the CI system, and when the task is
//! to be over. They give way to the user's, and a launch does without them where they are not permitted.

use std::time::Duration;
use std::time::SystemTime;

use serde_json::Value;
use serde_json::json;

use crate::backend::fargate::guard::Guard;
use crate::settings::Settings;
use crate::spec::Extra;
use crate::spec::Pair;
use crate::spec::TaskSpec;

/// The tag that says when the task is to be over: RFC 3339, in UTC.
const DEADLINE: &str = "sortie:deadline";

/// The tag that says what the task was launched with.
const REQUEST: &str = "sortie:request";

/// The tag that says which launch made the task, where others have the same `startedBy`: its client token.
const LAUNCH: &str = "sortie:launch";

/// The tag that says what guards the task.
const GUARD: &str = "sortie:guard";

/// Tags of one resource, and characters of a value.
/// Source: Amazon ECS Developer Guide, "Tagging Amazon ECS resources", restrictions.
const MAX_TAGS: usize = 50;
const MAX_VALUE: usize = 256;

/// The tags of one plan.
#[derive(Debug, Default)]
pub(super) struct OwnTags {
    tags: Vec<Pair>,
    /// The task is over so long after its launch.
    timeout: Option<Duration>,
    /// Others may have the same `startedBy`.
    names_launch: bool,
    /// How many more there may be.
    room: usize,
}

impl OwnTags {
    /// The tags of a task that has those of its user already.
    /// `request` says what it is launched with; `is_alone`, that nobody else has its `startedBy`.
    pub(super) fn new(task: &TaskSpec, settings: &Settings, request: &str, is_alone: bool) -> Self {
        let is_free = |key: &str| !task.tags.iter().any(|tag| tag.name == key);
        let run = settings.task.ci_run.as_ref();
        let name = run.and_then(|run| run.prefix());
        let tags = [
            ("sortie:run", name.as_deref().map(|name| name.trim_end_matches('/'))),
            ("sortie:url", run.and_then(|run| run.url())),
            (REQUEST, Some(request).filter(|_| run.is_some() || settings.run.reattach)),
        ];
        let tags = tags.into_iter().filter(|(key, _)| is_free(key));
        let tags = tags.filter_map(|(key, value)| {
            value.filter(|value| is_value(value)).map(|value| Pair::new(key, value))
        });
        let timeout = settings.run.timeout.filter(|_| is_free(DEADLINE));
        let room = MAX_TAGS.saturating_sub(task.tags.len());
        Self { tags: tags.collect(), timeout, names_launch: !is_alone && is_free(LAUNCH), room }
    }

    /// Whether there is none.
    pub(super) fn are_none(&self) -> bool {
        self.room == 0 || self.tags.is_empty() && self.timeout.is_none()
    }

    /// Adds them to a request with this client token. `deadline` makes the moment of what `--timeout` is.
    pub(super) fn add_to(
        &self,
        request: &mut Extra,
        client_token: &str,
        guard: Option<&Guard>,
        deadline: impl Fn(Duration) -> String,
    ) {
        if self.are_none() {
            return;
        }
        let tag = |key: &str, value: &str| json!({ "key": key, "value": value });
        // The deadline is worth more than the others, and next to it that the task is found.
        let timeout = self.timeout.map(|timeout| tag(DEADLINE, &deadline(timeout)));
        let launch = self.names_launch.then(|| tag(LAUNCH, client_token));
        let guard = guard.map(Guard::tag).filter(|guard| is_value(guard)).map(|guard| tag(GUARD, &guard));
        let own = timeout
            .into_iter()
            .chain(guard)
            .chain(launch)
            .chain(self.tags.iter().map(|pair| tag(&pair.name, &pair.value)));
        let tags = request.entry("tags".to_owned()).or_insert_with(|| json!([]));
        if let Value::Array(tags) = tags {
            tags.extend(own.take(self.room));
        }
    }

    /// So long after now.
    pub(super) fn deadline_from_now(timeout: Duration) -> String {
        humantime::format_rfc3339_seconds(SystemTime::now() + timeout).to_string()
    }

    /// The same in a plan.
    pub(super) fn deadline_shown(timeout: Duration) -> String {
        format!("(the launch + {})", humantime::format_duration(timeout))
    }
}

/// When a task with this tag is to be over, if it is that tag.
pub(in crate::backend::fargate) fn deadline(key: &str, value: &str) -> Option<SystemTime> {
    (key == DEADLINE).then(|| humantime::parse_rfc3339(value).ok()).flatten()
}

/// What guards the task with this tag, if it is that tag.
pub(in crate::backend::fargate) fn guard(key: &str, value: &str) -> Option<Guard> {
    (key == GUARD).then(|| Guard::of_tag(value)).flatten()
}

/// Whether this is the tag of the launch with this client token.
pub(super) fn is_of_launch(key: &str, value: &str, client_token: &str) -> bool {
    key == LAUNCH && value == client_token
}

/// What the task with this tag was launched with, if it is that tag.
pub(in crate::backend::fargate) fn request(key: &str, value: &str) -> Option<String> {
    (key == REQUEST).then(|| value.to_owned())
}

/// Whether AWS takes it as a tag's value.
fn is_value(text: &str) -> bool {
    let taken = |character: char| character.is_alphanumeric() || " +-=._:/@".contains(character);
    text.chars().count() <= MAX_VALUE && text.chars().all(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(own: &OwnTags, body: Value) -> Value {
        let Value::Object(mut body) = body else { panic!("an object") };
        own.add_to(&mut body, "sortie-abc", None, OwnTags::deadline_shown);
        Value::Object(body)
    }

    #[test]
    fn they_stand_behind_the_users() {
        let own = OwnTags {
            tags: vec![Pair::new("sortie:run", "sortie/github/o/r/1")],
            timeout: Some(Duration::from_secs(600)),
            names_launch: true,
            room: 3,
        };
        let users = json!({ "tags": [{ "key": "team", "value": "build" }] });
        let expected = json!({ "tags": [
            { "key": "team", "value": "build" },
            { "key": "sortie:deadline", "value": "(the launch + 10m)" },
            { "key": "sortie:launch", "value": "sortie-abc" },
            { "key": "sortie:run", "value": "sortie/github/o/r/1" },
        ] });
        assert_eq!(added(&own, users.clone()), expected);
        let full = OwnTags { room: 0, ..own };
        assert!(full.are_none() && added(&full, users.clone()) == users);
        assert_eq!(added(&OwnTags::default(), json!({})), json!({}));
    }

    #[test]
    fn a_deadline_is_read_back() {
        let written = OwnTags::deadline_from_now(Duration::from_secs(60));
        let read = deadline(DEADLINE, &written).expect("a moment");
        let left = read.duration_since(SystemTime::now()).expect("it is still to come");
        assert!(left <= Duration::from_secs(60) && left >= Duration::from_secs(50), "{left:?}");
        assert_eq!((deadline("other", &written), deadline(DEADLINE, "soon")), (None, None));
    }

    #[test]
    fn a_value_that_aws_refuses_is_left_out() {
        assert!(is_value("https://github.com/o/r/actions/runs/42") && is_value("größe"));
        assert!(!is_value("https://x/?a=1") && !is_value("a\nb") && !is_value(&"x".repeat(257)));
    }
}
