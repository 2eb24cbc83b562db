//! The guard that is a schedule of EventBridge Scheduler: once, at a moment that sortie moves forward while it lives,
//! it stops the task.
//!
//! It is made before the launch, so that whoever may not make it, or names a role that the scheduler cannot take,
//! hears of it before anything runs; what it stops is put in as soon as the task has a name. It deletes itself when
//! its moment has come, also where sortie was killed before there was a task.
//!
//! Sources: Amazon EventBridge Scheduler User Guide, "Using universal targets" and "Schedule types" (a target is
//! called within 60 s after the moment); API reference, CreateSchedule and UpdateSchedule.

use std::time::Duration;
use std::time::SystemTime;

use aws_sdk_scheduler::types::ActionAfterCompletion;
use aws_sdk_scheduler::types::FlexibleTimeWindow;
use aws_sdk_scheduler::types::FlexibleTimeWindowMode;
use aws_sdk_scheduler::types::RetryPolicy;
use aws_sdk_scheduler::types::Target;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::backend::fargate::aws::arn;
use crate::backend::fargate::aws::clients::Clients;
use crate::backend::fargate::aws::failure::Class;
use crate::backend::fargate::aws::failure::Failure;
use crate::backend::fargate::aws::retry::with_retries;
use crate::error::Error;
use crate::event::EventKind;
use crate::settings::DeadlineGuard;
use crate::settings::FargateSettings;
use crate::stream::EventSender;

/// How long after the last sign of life of a sortie the task is stopped: longer than an endpoint may be silent before
/// sortie itself gives up.
const LEASE: Duration = Duration::from_secs(15 * 60);

/// How often the moment is moved forward.
const RENEWAL: Duration = Duration::from_secs(3 * 60);

/// The same after a try that failed.
const RENEWAL_AGAIN: Duration = Duration::from_secs(30);

/// So long after the task's time limit it is stopped at the latest: a sortie that lives does it before.
const AFTER_DEADLINE: Duration = Duration::from_secs(60);

/// How long one call is tried again.
const BUDGET: Duration = Duration::from_secs(10);

/// How long it may take to delete it where a launch has failed.
const LAST_CALL: Duration = Duration::from_secs(3);

/// The task of a schedule that was made before there is one. ECS has none of this id: its own are random.
const NO_TASK: &str = "00000000000000000000000000000000";

/// What begins the reason of a task that a schedule has stopped.
const REASON: &str = "sortie: the deadline guard stopped the task";

/// What is asked for of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend::fargate) struct Schedule {
    /// ARN of the role with which the scheduler stops the task.
    pub(in crate::backend::fargate) role: String,
    /// The task is to be over so long after its launch.
    timeout: Duration,
}

impl Schedule {
    /// The guard of a task, where one is asked for.
    pub(in crate::backend::fargate) fn new(
        settings: &FargateSettings,
        timeout: Option<Duration>,
    ) -> Result<Option<Self>, Error> {
        let (DeadlineGuard::Schedule, Some(timeout)) = (settings.deadline_guard, timeout) else {
            return Ok(None);
        };
        let refused = |why: String| {
            let hint = "name a role by its ARN that scheduler.amazonaws.com may assume, and that may ecs:StopTask in the \
                        cluster: --deadline-guard-role arn:aws:iam::ACCOUNT:role/NAME";
            Err(Error::usage(why).about("deadline-guard-role").hint(hint))
        };
        match &settings.deadline_guard_role {
            None => refused(
                "--deadline-guard schedule needs a role, and none is given (--deadline-guard-role)"
                    .to_owned(),
            ),
            Some(role) if !(role.starts_with("arn:") && role.contains(":role/")) => {
                refused(format!("`{role}` is no ARN of a role (--deadline-guard-role)"))
            }
            Some(role) => Ok(Some(Self { role: role.clone(), timeout })),
        }
    }

    /// What a person is told of it before the launch.
    pub(in crate::backend::fargate) fn said(&self) -> String {
        format!(
            "a schedule of EventBridge Scheduler, which stops the task {} after the last sign of life of a sortie that \
             watches it, and not later than {} after its time limit; it is deleted with the end of the task",
            humantime::format_duration(LEASE),
            humantime::format_duration(AFTER_DEADLINE)
        )
    }

    /// The requests about it, before the launch and after it, for a person.
    pub(in crate::backend::fargate) fn shown(&self, cluster: &str, region: &str) -> [(String, Value); 2] {
        let body = |task: &str| {
            json!({
                "Name": "(a fresh name for each attempt)",
                "ScheduleExpression": format!("at((now + {}))", humantime::format_duration(LEASE)),
                "FlexibleTimeWindow": { "Mode": "OFF" },
                "ActionAfterCompletion": "DELETE",
                "Target": {
                    "Arn": target(region),
                    "RoleArn": self.role,
                    "Input": input(cluster, task, "(now)"),
                },
            })
        };
        [
            ("CreateSchedule".to_owned(), body(NO_TASK)),
            ("UpdateSchedule".to_owned(), body("(the task's ARN)")),
        ]
    }

    /// Makes the schedule, which stops no task yet.
    pub(in crate::backend::fargate) async fn make(
        &self,
        clients: &Clients,
        cluster: &str,
        name: String,
    ) -> Result<Lease, Failure> {
        const OPERATION: &str = "CreateSchedule";
        let until = SystemTime::now() + self.timeout;
        let lease = Lease { name, role: self.role.clone(), until: seconds(until), is_new: true };
        with_retries(BUDGET, || async {
            let now = SystemTime::now();
            let scheduler = clients.scheduler();
            let call = scheduler
                .client
                .create_schedule()
                .name(&lease.name)
                .client_token(&lease.name)
                .description("stops a task whose sortie is gone")
                .schedule_expression(lease.expression(now))
                .flexible_time_window(exact()?)
                .target(lease.target(&clients.region, cluster, NO_TASK, now)?)
                .action_after_completion(ActionAfterCompletion::Delete)
                .send();
            let asked = async { call.await.map(drop).map_err(|error| Failure::new(OPERATION, &error)) };
            scheduler.calls.ask(OPERATION, asked).await
        })
        .await?;
        Ok(lease)
    }
}

/// The schedule of a task: how long it may go on, if nobody says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::backend::fargate) struct Lease {
    /// The schedule's name, in the default group.
    name: String,
    /// ARN of its role.
    role: String,
    /// When the task is to be over: seconds since the Unix epoch.
    until: u64,
    /// It was made a moment ago.
    #[serde(skip)]
    is_new: bool,
}

impl Lease {
    /// What stands in the task's tag: enough for another sortie to go on with it.
    pub(in crate::backend::fargate) fn tag(&self) -> String {
        format!("schedule {} {} {}", self.name, self.until, self.role)
    }

    /// From what stands in the tag.
    pub(in crate::backend::fargate) fn of_tag(value: &str) -> Option<Self> {
        let mut words = value.split(' ');
        if words.next() != Some("schedule") {
            return None;
        }
        let (name, until, role) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
        Some(Self { name: name.to_owned(), role: role.to_owned(), until, is_new: false })
    }

    /// The moment for a sign of life at `now`.
    fn moment(&self, now: SystemTime) -> SystemTime {
        let latest = SystemTime::UNIX_EPOCH + Duration::from_secs(self.until) + AFTER_DEADLINE;
        (now + LEASE).min(latest)
    }

    /// The same as the scheduler writes it, in UTC.
    fn expression(&self, now: SystemTime) -> String {
        let moment = humantime::format_rfc3339_seconds(self.moment(now)).to_string();
        format!("at({})", moment.trim_end_matches('Z'))
    }

    fn target(&self, region: &str, cluster: &str, task: &str, now: SystemTime) -> Result<Target, Failure> {
        let now = humantime::format_rfc3339_seconds(now).to_string();
        // What passes is tried again, since nobody else would stop the task.
        let retries =
            RetryPolicy::builder().maximum_retry_attempts(20).maximum_event_age_in_seconds(3600).build();
        Target::builder()
            .arn(target(region))
            .role_arn(&self.role)
            .input(input(cluster, task, &now))
            .retry_policy(retries)
            .build()
            .map_err(|error| Failure::unreadable("UpdateSchedule", &error.to_string()))
    }

    /// Moves the moment forward; from then on it is this task that is stopped.
    pub(in crate::backend::fargate) async fn renew(
        &self,
        clients: &Clients,
        cluster: &str,
        task: &str,
    ) -> Result<(), Failure> {
        const OPERATION: &str = "UpdateSchedule";
        with_retries(BUDGET, || async {
            let now = SystemTime::now();
            let scheduler = clients.scheduler();
            let call = scheduler
                .client
                .update_schedule()
                .name(&self.name)
                .description("stops a task whose sortie is gone")
                .schedule_expression(self.expression(now))
                .flexible_time_window(exact()?)
                .target(self.target(&clients.region, cluster, task, now)?)
                .action_after_completion(ActionAfterCompletion::Delete)
                .send();
            let asked = async { call.await.map(drop).map_err(|error| Failure::new(OPERATION, &error)) };
            scheduler.calls.ask(OPERATION, asked).await
        })
        .await
    }

    /// Deletes the schedule, once; it would delete itself.
    async fn delete(&self, clients: &Clients) -> Result<(), Failure> {
        const OPERATION: &str = "DeleteSchedule";
        let scheduler = clients.scheduler();
        let call = scheduler.client.delete_schedule().name(&self.name).send();
        let asked = async { call.await.map(drop).map_err(|error| Failure::new(OPERATION, &error)) };
        match scheduler.calls.ask_once(OPERATION, asked).await {
            Err(failure) if failure.class == Class::Missing => Ok(()),
            answer => answer,
        }
    }

    /// The same where there is no task, or none any more, and nobody is to wait for it.
    pub(in crate::backend::fargate) async fn give_up(&self, clients: &Clients) {
        // It deletes itself.
        let _ = tokio::time::timeout(LAST_CALL, self.delete(clients)).await;
    }

    /// Moves the moment forward for as long as `watching` lasts, and deletes the schedule when that has seen the end.
    pub(in crate::backend::fargate) async fn while_watched<T>(
        &self,
        clients: &Clients,
        cluster: &str,
        task: &str,
        events: &EventSender,
        watching: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let ended = tokio::select! {
            ended = watching => ended,
            never = self.keep(clients, cluster, task, events) => match never {},
        };
        if ended.is_ok()
            && let Err(failure) = self.delete(clients).await
        {
            let message =
                format!("the schedule {} is not deleted, and deletes itself later: {failure}", self.name);
            events.send(EventKind::detail(message));
        }
        ended
    }

    async fn keep(
        &self,
        clients: &Clients,
        cluster: &str,
        task: &str,
        events: &EventSender,
    ) -> std::convert::Infallible {
        let (mut pause, mut said) = (if self.is_new { RENEWAL } else { Duration::ZERO }, false);
        loop {
            tokio::time::sleep(pause).await;
            pause = RENEWAL;
            let Err(failure) = self.renew(clients, cluster, task).await else {
                said = false;
                continue;
            };
            pause = RENEWAL_AGAIN;
            if !std::mem::replace(&mut said, true) {
                events.send(EventKind::warning(format!(
                    "the schedule {} that guards the task is not moved forward, and may stop it: {failure}",
                    self.name
                )));
            }
            // It has come to its moment, or somebody has deleted it; or it will never be allowed.
            if matches!(failure.class, Class::Missing | Class::Denied) {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Whether these are the words with which a schedule has stopped a task.
pub(in crate::backend::fargate) fn is_reason(words: &str) -> bool {
    words.contains(REASON)
}

/// What stops a task, of a region's partition.
fn target(region: &str) -> String {
    format!("arn:{}:scheduler:::aws-sdk:ecs:stopTask", arn::partition(region))
}

/// The parameters of StopTask, as universal targets take them.
fn input(cluster: &str, task: &str, now: &str) -> String {
    let reason = format!("{REASON}: no sortie has watched it since {now}, or its time was over");
    json!({ "Cluster": cluster, "Task": task, "Reason": reason }).to_string()
}

fn exact() -> Result<FlexibleTimeWindow, Failure> {
    FlexibleTimeWindow::builder()
        .mode(FlexibleTimeWindowMode::Off)
        .build()
        .map_err(|error| Failure::unreadable("UpdateSchedule", &error.to_string()))
}

fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease() -> Lease {
        let role = "arn:aws:iam::123456789012:role/stops".to_owned();
        Lease { name: "sortie-abc".to_owned(), role, until: 1_767_323_045, is_new: true }
    }

    #[test]
    fn the_moment_is_moved_forward_and_never_far_beyond_the_time_limit() {
        let lease = lease();
        let before = |minutes: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(lease.until - minutes * 60);
        assert_eq!(lease.expression(before(60)), "at(2026-01-02T02:19:05)");
        assert_eq!(lease.expression(before(16)), "at(2026-01-02T03:03:05)");
        for minutes in [10, 3, 0] {
            assert_eq!(lease.expression(before(minutes)), "at(2026-01-02T03:05:05)", "{minutes}");
        }
    }

    #[test]
    fn another_sortie_goes_on_with_what_the_tag_says() {
        let lease = lease();
        let read = Lease::of_tag(&lease.tag()).expect("its own words");
        assert_eq!(read, Lease { is_new: false, ..lease });
        for other in ["", "schedule", "schedule a soon b", "sidecar a 1 b"] {
            assert_eq!(Lease::of_tag(other), None, "{other}");
        }
    }

    #[test]
    fn what_the_scheduler_sends_says_who_it_was() {
        let sent: Value =
            serde_json::from_str(&input("ci", "arn:task/1", "2026-01-02T03:04:05Z")).expect("JSON");
        assert_eq!((&sent["Cluster"], &sent["Task"]), (&json!("ci"), &json!("arn:task/1")));
        let reason = sent["Reason"].as_str().expect("a text");
        assert!(is_reason(reason) && reason.len() <= 255, "{reason}");
        assert_eq!(target("cn-north-1"), "arn:aws-cn:scheduler:::aws-sdk:ecs:stopTask");
    }

    #[test]
    fn a_role_is_needed_by_its_arn() {
        let settings = |role: Option<&str>| FargateSettings {
            deadline_guard: DeadlineGuard::Schedule,
            deadline_guard_role: role.map(str::to_owned),
            ..FargateSettings::default()
        };
        let guard = |role| Schedule::new(&settings(role), Some(Duration::from_secs(60)));
        for role in [None, Some("stops"), Some("arn:aws:s3:::bucket")] {
            let error = guard(role).expect_err("no role");
            assert!(error.is_usage() && error.advice().contains("scheduler.amazonaws.com"), "{error}");
        }
        assert!(guard(Some("arn:aws:iam::123456789012:role/app/stops")).is_ok_and(|guard| guard.is_some()));
    }
}
