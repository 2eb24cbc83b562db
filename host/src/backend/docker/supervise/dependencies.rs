//! Which containers may start, and which never will.
//!
//! The rules are those of the ECS agent. Source: Amazon ECS API reference, ContainerDependency:
//! START waits for the other to have been started, COMPLETE for its end, SUCCESS for its end with
//! 0, HEALTHY for its health check, however often that has failed before (amazon-ecs-agent,
//! `dependencygraph/graph.go`, `healthyCondition`). A dependency that can no longer be met keeps the
//! container from ever starting, and with it the task from going on.

use crate::spec::Condition;
use crate::spec::Dependency;

/// Where a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not started.
    Waiting,
    /// Started; its health check has not passed yet, or there is none.
    Running,
    /// Started, and its health check has passed.
    Healthy,
    /// Started, and its health check has failed as often as its definition allows. It may pass yet.
    Unhealthy,
    /// Ended with this code.
    Ended(i64),
    /// Will not be started.
    Never,
}

/// What a container may do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// Everything it waits for has happened.
    Start,
    /// Something has not happened yet.
    Wait,
    /// Something will never happen; why, in plain words.
    Never(String),
}

/// What a container that depends on these may do; `state` tells where another one is.
pub(super) fn turn(depends_on: &[Dependency], state: impl Fn(&str) -> Option<State>) -> Turn {
    let mut turn = Turn::Start;
    for Dependency { container, condition } in depends_on {
        match met(*condition, state(container), container) {
            Turn::Start => {}
            Turn::Wait => turn = Turn::Wait,
            never => return never,
        }
    }
    turn
}

fn met(condition: Condition, state: Option<State>, name: &str) -> Turn {
    let never = |what: String| Turn::Never(format!("it waits for container `{name}`, which {what}"));
    let Some(state) = state else { return never("the task does not have".to_owned()) };
    match (condition, state) {
        (_, State::Never) => never("was never started".to_owned()),
        (_, State::Waiting) => Turn::Wait,
        (Condition::Start, _) => Turn::Start,
        (Condition::Complete | Condition::Success, State::Ended(0)) => Turn::Start,
        (Condition::Complete, State::Ended(_)) => Turn::Start,
        (Condition::Success, State::Ended(code)) => never(format!("ended with {code} and should succeed")),
        (Condition::Complete | Condition::Success, _) => Turn::Wait,
        (Condition::Healthy, State::Healthy) => Turn::Start,
        (Condition::Healthy, State::Ended(code)) => never(format!("ended with {code} before it was healthy")),
        (Condition::Healthy, State::Running | State::Unhealthy) => Turn::Wait,
    }
}

/// How many others a container waits for, in the longest chain. Containers are stopped in the
/// order of falling depth: a container ends before those it uses.
pub(super) fn depth(name: &str, depends_on: &impl Fn(&str) -> Vec<String>) -> usize {
    // Circles were refused before the launch; the bound is for a defect of that check.
    fn go(name: &str, depends_on: &impl Fn(&str) -> Vec<String>, left: usize) -> usize {
        if left == 0 {
            return 0;
        }
        depends_on(name).iter().map(|other| 1 + go(other, depends_on, left - 1)).max().unwrap_or(0)
    }
    go(name, depends_on, 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(condition: Condition, state: State) -> Turn {
        turn(&[Dependency { container: "db".into(), condition }], |_| Some(state))
    }

    #[test]
    fn conditions_are_met_as_ecs_says() {
        use Condition::*;
        for (condition, state) in [
            (Start, State::Running),
            (Start, State::Ended(1)),
            (Complete, State::Ended(1)),
            (Success, State::Ended(0)),
            (Healthy, State::Healthy),
        ] {
            assert_eq!(one(condition, state), Turn::Start, "{condition:?} {state:?}");
        }
        for (condition, state) in [
            (Start, State::Waiting),
            (Complete, State::Running),
            (Success, State::Healthy),
            (Healthy, State::Running),
            (Healthy, State::Unhealthy),
        ] {
            assert_eq!(one(condition, state), Turn::Wait, "{condition:?} {state:?}");
        }
        for (condition, state) in
            [(Start, State::Never), (Success, State::Ended(3)), (Healthy, State::Ended(0))]
        {
            assert!(matches!(one(condition, state), Turn::Never(_)), "{condition:?} {state:?}");
        }
    }

    #[test]
    fn one_dependency_that_cannot_be_met_outweighs_those_that_are_waited_for() {
        let depends_on =
            ["a", "b"].map(|name| Dependency { container: name.into(), condition: Condition::Success });
        let state = |name: &str| Some(if name == "a" { State::Running } else { State::Ended(3) });
        let Turn::Never(why) = turn(&depends_on, state) else { panic!("it cannot start") };
        assert_eq!(why, "it waits for container `b`, which ended with 3 and should succeed");
    }

    #[test]
    fn depth_counts_the_longest_chain() {
        let depends_on = |name: &str| match name {
            "app" => vec!["db".to_owned(), "init".to_owned()],
            "init" => vec!["db".to_owned()],
            _ => Vec::new(),
        };
        assert_eq!(["app", "init", "db"].map(|name| depth(name, &depends_on)), [2, 1, 0]);
        let circle = |_: &str| vec!["a".to_owned()];
        assert_eq!(depth("a", &circle), 64);
    }
}
