//! The order in which the containers of a task are stopped: those that use others before these.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::engine::Engine;
use super::dependencies;
use super::stop::stop;

/// Containers that are stopped at the same time: the engine's id, and the time between the stop signal and
/// the kill.
pub(crate) type Wave = Vec<(String, Duration)>;

/// The order for containers with these names and dependencies; `to_stop` says which of them (by index) are
/// stopped.
pub(crate) fn waves(
    containers: &[(&str, Vec<String>)],
    to_stop: impl Fn(usize) -> Option<(String, Duration)>,
) -> Vec<Wave> {
    let depends_on = |name: &str| -> Vec<String> {
        let found = containers.iter().find(|(other, _)| *other == name);
        found.map(|(_, depends_on)| depends_on.clone()).unwrap_or_default()
    };
    let mut waves: BTreeMap<usize, Wave> = BTreeMap::new();
    for (index, (name, _)) in containers.iter().enumerate() {
        if let Some(container) = to_stop(index) {
            waves.entry(dependencies::depth(name, &depends_on)).or_default().push(container);
        }
    }
    waves.into_values().rev().collect()
}

/// Stops containers, wave by wave, and returns when all have ended.
pub(crate) async fn stop_in_waves(engine: &Engine, waves: Vec<Wave>) {
    for wave in waves {
        let stops = wave.iter().map(|(id, timeout)| stop(engine, id, *timeout));
        futures_util::future::join_all(stops).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_ends_before_those_it_uses() {
        let on = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let containers =
            [("db", on(&[])), ("app", on(&["db", "cache"])), ("cache", on(&["db"])), ("old", on(&[]))];
        let order = waves(&containers, |index| {
            (index != 3).then(|| (containers[index].0.to_owned(), Duration::from_secs(1)))
        });
        let names: Vec<Vec<&str>> =
            order.iter().map(|wave| wave.iter().map(|(id, _)| id.as_str()).collect()).collect();
        assert_eq!(names, [["app"], ["cache"], ["db"]]);
    }
}
