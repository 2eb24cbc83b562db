//! The order in which the containers of a task are stopped: those that use others before these.

use std::collections::BTreeMap;

use super::dependencies;

/// The order for containers with these names and dependencies; `to_stop` says which of them (by index) are
/// stopped, and what their stop takes. Those of one wave are stopped at the same time.
pub(crate) fn waves<T>(
    containers: &[(&str, Vec<String>)],
    to_stop: impl Fn(usize) -> Option<T>,
) -> Vec<Vec<T>> {
    let depends_on = |name: &str| -> Vec<String> {
        let found = containers.iter().find(|(other, _)| *other == name);
        found.map(|(_, depends_on)| depends_on.clone()).unwrap_or_default()
    };
    let mut waves: BTreeMap<usize, Vec<T>> = BTreeMap::new();
    for (index, (name, _)) in containers.iter().enumerate() {
        if let Some(container) = to_stop(index) {
            waves.entry(dependencies::depth(name, &depends_on)).or_default().push(container);
        }
    }
    waves.into_values().rev().collect()
}

/// Stops containers, wave by wave, and returns when all have ended. `stop` begins the stop of one.
pub(crate) async fn stop_in_waves<T, S: Future<Output = ()>>(waves: Vec<Vec<T>>, stop: impl Fn(T) -> S) {
    for wave in waves {
        futures_util::future::join_all(wave.into_iter().map(&stop)).await;
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
        let order = waves(&containers, |index| (index != 3).then(|| containers[index].0));
        assert_eq!(order, [["app"], ["cache"], ["db"]]);
    }
}
