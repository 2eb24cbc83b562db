//! Creating everything that a run needs in the engine, or nothing: what was made before a failure
//! is taken away again. Nothing is started here but the pause container, and the containers of a task
//! that outlives this sortie.
//!
//! - [`making`]: what is made for one run.
//! - [`limits`]: limits that an engine would refuse or set differently.
//! - [`image`]: pulling, with the credentials that docker's configuration has.
//! - [`pause_container`]: the container that holds the network namespace of several.
//! - [`labels`]: whose run everything belongs to.
//! - [`reap`]: finding what runs have left, and taking it away.

pub(crate) mod labels;
pub(crate) mod pause_container;
pub(crate) mod reap;

mod image;
mod limits;
mod making;

use std::collections::BTreeSet;
use std::time::Instant;

use tokio::sync::watch;

use self::making::Making;
use super::engine::Engine;
use super::plan::DockerPlan;
use super::task::DockerTask;
use super::task::Run;
use crate::backend::LaunchError;
use crate::backend::capability::LeftoverParts as Parts;
use crate::event::EventKind;
use crate::report::Phase;
use crate::report::PhaseName;
use crate::settings::task_id;
use crate::stream::EventSender;

/// How much of a task's name is in the names of its containers, in characters.
const MAX_NAME: usize = 40;

/// Pulls what is missing and creates the task's containers, for the run with this id ([`run_id`]).
pub(crate) async fn launch(
    engine: &Engine,
    plan: &DockerPlan,
    run: &str,
    events: &EventSender,
    mut cancelled: watch::Receiver<bool>,
) -> Result<DockerTask, LaunchError> {
    if let Some(wanted) = plan.architecture
        && let Ok(facts) = engine.facts().await
        && let Some(has) = Some(go_word(&facts.architecture)).filter(|has| *has != wanted)
    {
        events.send(EventKind::warning(format!(
            "the task is for {wanted} (runtimePlatform), and the engine is for {has}: it runs images for {has}"
        )));
    }
    let pulling = Instant::now();
    let mut pulled = false;
    let images: BTreeSet<&str> = plan.containers.iter().map(|container| container.image.as_str()).collect();
    for image in images {
        tokio::select! {
            biased;
            // An engine goes on with what it has begun to pull, or drops it; either is harmless.
            _ = cancelled.wait_for(|cancelled| *cancelled) => return Err(LaunchError::Cancelled),
            ensured = image::ensure(engine, image, plan.pull, events) => pulled |= ensured?,
        }
    }
    let pull = Phase::lasting(PhaseName::Pull, pulling.elapsed()).begun(pulling.elapsed());
    let phases = Vec::from_iter(pulled.then_some(pull));
    let mut making = Making { engine, plan, run, cancelled: cancelled.clone(), parts: Parts::default() };
    let made = match making.everything().await {
        Ok(_) if *cancelled.borrow() => Err(LaunchError::Cancelled),
        made => made,
    };
    let parts = making.parts;
    let launched = match made {
        Ok(containers) => {
            let detached = plan.detached.is_some();
            let engine_of_id = (detached && engine.given).then_some(engine.address.as_str());
            let run = Run {
                run: run.to_owned(),
                id: task_id::of_run(run, engine_of_id),
                detached,
                main: Some(plan.main.clone()),
                parts: parts.clone(),
                phases,
            };
            let task = DockerTask::new(engine.clone(), run, containers);
            match detached {
                true => task.start(events, cancelled).await.map(|()| task),
                false => Ok(task),
            }
        }
        Err(error) => Err(error),
    };
    match launched {
        Ok(task) => Ok(task),
        Err(mut error) => {
            if let Err(left) = reap::remove(engine, &parts).await {
                let left = format!("{left}; {}", left.advice());
                match &mut error {
                    LaunchError::Cancelled => events.send(EventKind::warning(left)),
                    LaunchError::Failed(failed) => *failed = failed.clone().hint(left),
                }
            }
            Err(error)
        }
    }
}

/// An architecture in Go's word, as docker has it; podman may have the kernel's.
fn go_word(architecture: &str) -> &str {
    match architecture {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// A name that no other run has: the task's, in the letters that engines take, and a random part.
pub(crate) fn run_id(task: &str) -> String {
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = task.chars().take(MAX_NAME).map(letters).collect();
    format!("{}-{:08x}", name.trim_matches('-'), rand::random::<u32>()).trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_are_names_that_engines_take() {
        let id = run_id("Nightly: größer_job");
        let (name, random) = id.rsplit_once('-').expect("two parts");
        assert_eq!((name, random.len()), ("nightly--gr--er-job", 8));
        assert_eq!(run_id("").len(), 8);
    }
}
