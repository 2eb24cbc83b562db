//! A task's life: starting its containers when what they wait for has happened, ending it when an
//! essential one has ended. On Fargate the ECS agent does this.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use std::time::SystemTime;

use bollard::models::ContainerState;
use bollard::query_parameters::StartContainerOptions;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::super::detached::found;
use super::super::detached::found::Found;
use super::super::detached::found::FoundContainer;
use super::super::detached::found::FoundState;
use super::super::detached::mark;
use super::super::detached::stop::release_network;
use super::super::engine;
use super::super::engine::Engine;
use super::super::plan::PlannedContainer;
use super::super::task::CreatedTask;
use super::super::task::Stage;
use super::dependencies;
use super::dependencies::State;
use super::dependencies::Turn;
use super::health;
use super::stop::stop;
use super::watch_end::watch_end;
use super::waves::stop_in_waves;
use super::waves::waves;
use crate::backend::EndCause;
use crate::backend::Memory;
use crate::backend::TaskEnd;
use crate::backend::stop_wait::StopWait;
use crate::error::Error;
use crate::event;
use crate::event::EventKind;
use crate::report::ContainerEnd;
use crate::report::Phase;
use crate::report::PhaseName;
use crate::spec::Condition;
use crate::stream::EventSender;

/// ECS's words for it.
const OUT_OF_MEMORY: &str = "OutOfMemoryError: Container killed due to memory usage";

/// Code of a process that SIGKILL ended, as shells count.
const KILLED: i64 = 137;

/// Something that happened to the container of this index.
enum Change {
    Ended(usize, Result<ContainerState, Error>),
    Health(usize, bool),
    /// It has its stop signal, and is killed then.
    StopSent(usize, Instant),
}

/// Why a task ends.
struct Ending {
    cause: EndCause,
    reason: String,
    since: Instant,
}

/// Supervises the task to its end.
pub(crate) async fn live(
    engine: &Engine,
    handle: &CreatedTask,
    events: &EventSender,
) -> Result<TaskEnd, Error> {
    let (tell, mut changes) = mpsc::unbounded_channel();
    let mut life = TaskLife::new(engine, handle, events, tell);
    life.go_on(&mut changes, TaskLife::is_over).await?;
    Ok(life.finish())
}

/// How far the start of a detached task has come.
pub(crate) enum Started {
    /// Every container is started.
    All,
    /// Those that are not will not be, and the task goes on without them.
    Some,
    /// The task has ended meanwhile.
    Ended(TaskEnd),
}

/// Starts the containers of a detached task, until nothing is left to be started.
pub(crate) async fn start(
    engine: &Engine,
    handle: &CreatedTask,
    events: &EventSender,
) -> Result<Started, Error> {
    let (tell, mut changes) = mpsc::unbounded_channel();
    let mut life = TaskLife::new(engine, handle, events, tell);
    let done = |life: &TaskLife<'_>| match life.ending {
        Some(_) => life.is_over(),
        None => !life.states.contains(&State::Waiting),
    };
    life.go_on(&mut changes, done).await?;
    Ok(match life.ending {
        Some(_) => Started::Ended(life.finish()),
        None if life.states.contains(&State::Never) => Started::Some,
        None => Started::All,
    })
}

/// Goes on with a detached task whose launch is over, to its end.
pub(crate) async fn resume(
    engine: &Engine,
    handle: &CreatedTask,
    events: &EventSender,
    found: Found,
) -> Result<TaskEnd, Error> {
    let (tell, mut changes) = mpsc::unbounded_channel();
    let mut life = TaskLife::new(engine, handle, events, tell);
    life.adopt(&found).await;
    life.go_on(&mut changes, TaskLife::is_over).await?;
    release_network(engine, found.pause.as_deref()).await;
    Ok(life.finish())
}

fn never_ran(name: &str) -> ContainerEnd {
    ContainerEnd { name: name.to_owned(), exit_code: None, reason: String::new(), out_of_memory: false }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

struct TaskLife<'a> {
    engine: &'a Engine,
    handle: &'a CreatedTask,
    events: &'a EventSender,
    /// Parallel to the handle's containers, as is `ends`.
    states: Vec<State>,
    ends: Vec<ContainerEnd>,
    /// Since when somebody waits for the container of this index.
    waiting_since: BTreeMap<usize, Instant>,
    first_start: Option<Instant>,
    ending: Option<Ending>,
    tell: mpsc::UnboundedSender<Change>,
    /// One task for each thing that is waited for; all end with this.
    watchers: JoinSet<()>,
    /// When each container was started and ended, by the engine's clock.
    times: Vec<(Option<SystemTime>, Option<SystemTime>)>,
    /// The state that was reported last.
    last_state: &'static str,
    /// When it is told again what the stop waits for.
    stop_wait: StopWait,
    /// When the container of this index is killed that has its stop signal.
    killed_at: BTreeMap<usize, Instant>,
}

impl<'a> TaskLife<'a> {
    /// A task of which nothing is started.
    fn new(
        engine: &'a Engine,
        handle: &'a CreatedTask,
        events: &'a EventSender,
        tell: mpsc::UnboundedSender<Change>,
    ) -> Self {
        let count = handle.containers.len();
        Self {
            engine,
            handle,
            events,
            states: vec![State::Waiting; count],
            ends: handle.names.iter().map(|name| never_ran(name)).collect(),
            waiting_since: BTreeMap::new(),
            first_start: None,
            ending: None,
            tell,
            watchers: JoinSet::new(),
            times: vec![(None, None); count],
            last_state: "",
            stop_wait: StopWait::begun(),
            killed_at: BTreeMap::new(),
        }
    }
}

impl TaskLife<'_> {
    /// Starts what is to be started and takes what happens, until `done`.
    async fn go_on(
        &mut self,
        changes: &mut mpsc::UnboundedReceiver<Change>,
        done: impl Fn(&Self) -> bool,
    ) -> Result<(), Error> {
        let mut stop = self.handle.stop.subscribe();
        loop {
            if self.ending.is_none() {
                if *stop.borrow() {
                    self.end(EndCause::Stopped, "stopped by sortie".to_owned());
                } else {
                    self.start_ready_containers().await;
                }
            }
            if done(self) {
                return Ok(());
            }
            let asked = self.ending.is_some();
            let patience = self.next_deadline();
            tokio::select! {
                Some(change) = changes.recv() => self.take(change).await?,
                // The sender lives in the handle.
                _ = stop.changed(), if !asked => {}
                () = sleep_until(patience), if !asked => {}
                () = self.stop_wait.due(), if asked => self.tell_of_the_stop(),
            }
        }
    }

    /// Takes a task over as the engine has it: nothing of it is started any more.
    async fn adopt(&mut self, found: &Found) {
        for (index, container) in found.containers.iter().enumerate() {
            match &container.state {
                FoundState::Running => self.has_started(index),
                FoundState::Created(why) => {
                    self.states[index] = State::Never;
                    self.ends[index].reason.clone_from(why);
                }
                FoundState::Ended(_) => {}
            }
        }
        if let Some(mark) = found.marked_end() {
            self.end(mark.cause, mark.reason.clone());
        }
        // In the order in which they ended: the first essential one has ended the task.
        let mut ended: Vec<(usize, &ContainerState)> =
            found.containers.iter().enumerate().filter_map(ended).collect();
        ended.sort_by_key(|(_, state)| found::finished(state));
        for (index, state) in ended {
            self.has_ended(index, state.clone()).await;
        }
        let never = |(index, state): (usize, &State)| {
            let planned = &self.handle.containers[index].planned;
            (*state == State::Never && planned.essential).then(|| planned.name.clone())
        };
        if self.ending.is_none()
            && let Some(name) = self.states.iter().enumerate().find_map(never)
        {
            let reason = format!("its launch was cut off before container `{name}` was started");
            self.end(EndCause::NeverStarted, reason);
        }
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.handle.names.iter().position(|other| other == name)
    }

    /// Reports the task's state, once.
    fn report(&mut self, stage: event::Stage, state: &'static str) {
        if std::mem::replace(&mut self.last_state, state) != state {
            self.events.send(EventKind::StateChanged { stage, state: state.to_owned() });
        }
    }

    /// Starts every container whose turn it is, until nothing changes.
    async fn start_ready_containers(&mut self) {
        loop {
            let mut changed = false;
            for index in 0..self.states.len() {
                if self.ending.is_some() {
                    return;
                }
                if self.states[index] != State::Waiting {
                    continue;
                }
                match self.turn(index) {
                    Turn::Start => {
                        self.start(index).await;
                        changed = true;
                    }
                    Turn::Never(why) => {
                        self.give_up(index, why);
                        changed = true;
                    }
                    Turn::Wait => {}
                }
            }
            if !changed {
                break;
            }
        }
        if self.ending.is_none() {
            let waits = self.states.contains(&State::Waiting);
            match waits {
                true => self.report(event::Stage::Starting, "pending"),
                false => self.report(event::Stage::Running, "running"),
            }
        }
    }

    fn turn(&mut self, index: usize) -> Turn {
        let planned = &self.handle.containers[index].planned;
        let turn =
            dependencies::turn(&planned.depends_on, |name| self.index(name).map(|other| self.states[other]));
        if turn != Turn::Wait {
            return turn;
        }
        // Waiting for another's end or health begins when that one has started, and lasts as long
        // as its definition allows.
        for dependency in &planned.depends_on {
            let Some(other) = self.index(&dependency.container) else { continue };
            if !is_up(self.states[other]) || dependency.condition == Condition::Start {
                continue;
            }
            let since = *self.waiting_since.entry(other).or_insert_with(Instant::now);
            let Some(limit) = self.handle.containers[other].planned.start_timeout else { continue };
            let met = dependency.condition == Condition::Healthy && self.states[other] == State::Healthy;
            if !met && since.elapsed() >= limit {
                return Turn::Never(format!(
                    "it waits for container `{}`, which did not get there within {limit:?} (startTimeout)",
                    dependency.container
                ));
            }
        }
        Turn::Wait
    }

    /// When the next container may give up waiting.
    fn next_deadline(&self) -> Option<Instant> {
        let limit = |other: usize| self.handle.containers[other].planned.start_timeout;
        self.waiting_since
            .iter()
            .filter(|(other, _)| is_up(self.states[**other]))
            .filter_map(|(other, since)| Some(*since + limit(*other)?))
            .filter(|deadline| *deadline > Instant::now())
            .min()
    }

    async fn start(&mut self, index: usize) {
        let container = &self.handle.containers[index];
        let (name, id) = (&container.planned.name, container.id.clone());
        let start = async {
            if !self.handle.detached {
                container.output.attach(self.engine, &id).await?;
            }
            self.engine.api.start_container(&id, None::<StartContainerOptions>).await
        };
        if let Err(error) = start.await {
            let why = format!("container `{name}` cannot be started: {}", engine::words(&error));
            return self.give_up(index, why);
        }
        self.has_started(index);
    }

    /// The container runs: its end is watched, and its health where somebody waits for that.
    fn has_started(&mut self, index: usize) {
        let container = &self.handle.containers[index];
        let (name, id) = (container.planned.name.clone(), container.id.clone());
        self.first_start.get_or_insert_with(Instant::now);
        self.states[index] = State::Running;
        container.stage.send_replace(Stage::Started);
        let (engine, tell, stage) = (self.engine.clone(), self.tell.clone(), container.stage.clone());
        let cut_off = Arc::clone(&container.cut_off);
        let wanted = self.handle.containers.iter().flat_map(|other| &other.planned.depends_on);
        let mut wanted = wanted.filter(|dependency| dependency.container == name);
        let healthy = wanted.any(|dependency| dependency.condition == Condition::Healthy);
        let check = container.planned.health.clone().filter(|_| healthy);
        if let Some(check) = check {
            let (engine, tell, id) = (engine.clone(), tell.clone(), id.clone());
            self.watchers.spawn(async move {
                let unhealthy = || drop(tell.send(Change::Health(index, false)));
                if health::watch(&check, &engine, &id, unhealthy).await {
                    let _ = tell.send(Change::Health(index, true));
                }
            });
        }
        self.watchers.spawn(async move {
            let ended = watch_end(&engine, &id, &name, &cut_off).await;
            let told = Instant::now();
            let finished = ended.as_ref().ok().and_then(|state| engine::time(state.finished_at.as_deref()?));
            stage.send_replace(Stage::Ended { told, finished });
            let _ = tell.send(Change::Ended(index, ended));
        });
    }

    /// The container will not be started. If the task needs it, that is its end.
    fn give_up(&mut self, index: usize, why: String) {
        self.states[index] = State::Never;
        let container = &self.handle.containers[index];
        container.stage.send_replace(Stage::Never);
        self.ends[index].reason.clone_from(&why);
        let name = &container.planned.name;
        let reason = match why.contains(&format!("`{name}`")) {
            true => why,
            false => format!("container `{name}` was not started: {why}"),
        };
        if container.planned.essential {
            self.end(EndCause::NeverStarted, reason);
        } else {
            self.events.send(EventKind::warning(reason));
        }
    }

    async fn take(&mut self, change: Change) -> Result<(), Error> {
        match change {
            // An end counts for more than what a check said before it.
            Change::Health(index, true) if is_up(self.states[index]) => self.states[index] = State::Healthy,
            Change::Health(index, false) if self.states[index] == State::Running => {
                self.states[index] = State::Unhealthy;
                let planned = &self.handle.containers[index].planned;
                let bound = match planned.start_timeout {
                    Some(limit) => format!("for {} s at most (startTimeout)", limit.as_secs()),
                    None => "without an end, since it has no startTimeout".to_owned(),
                };
                let name = &planned.name;
                let message =
                    format!("container `{name}` is unhealthy; what waits for it goes on waiting, {bound}");
                self.events.send(EventKind::warning(message));
            }
            Change::Health(..) => {}
            Change::StopSent(index, killed_at) => drop(self.killed_at.insert(index, killed_at)),
            Change::Ended(index, state) => {
                let state = state?;
                if self.handle.detached && self.ending.is_none() {
                    // It may have ended because another sortie stops the task.
                    let mark = mark::find_end(self.engine, &self.handle.run).await?;
                    if let Some(mark) = mark.filter(|mark| mark.ended(&state)) {
                        self.end(mark.cause, mark.reason);
                    }
                }
                self.has_ended(index, state).await;
            }
        }
        Ok(())
    }

    /// The container has ended, and with it perhaps the task.
    async fn has_ended(&mut self, index: usize, state: ContainerState) {
        let code = state.exit_code.unwrap_or(KILLED);
        self.states[index] = State::Ended(code);
        self.times[index] = (found::started(&state), found::finished(&state));
        self.ends[index] = self.container_end(index, &state, code);
        if !self.handle.containers[index].planned.essential {
            return;
        }
        let name = &self.handle.names[index];
        match &self.ending {
            None => {
                let reason = format!("essential container `{name}` ended with {code}");
                self.end(EndCause::Exited, reason);
            }
            // What ended it is the other one's end.
            Some(Ending { cause: EndCause::Exited, reason, .. }) if self.ends[index].reason.is_empty() => {
                self.ends[index].reason = format!("stopped, since {reason}");
            }
            _ => {}
        }
    }

    fn container_end(&self, index: usize, state: &ContainerState, code: i64) -> ContainerEnd {
        let planned = &self.handle.containers[index].planned;
        // Podman does not always see that the kernel killed for memory.
        let out_of_memory = state.oom_killed == Some(true);
        let reason = match out_of_memory {
            true => OUT_OF_MEMORY.to_owned(),
            false => state.error.clone().unwrap_or_default(),
        };
        ContainerEnd {
            name: planned.name.clone(),
            exit_code: i32::try_from(code).ok(),
            reason,
            out_of_memory,
        }
    }

    /// The task ends: nothing more is started, and what runs is stopped, dependents first.
    fn end(&mut self, cause: EndCause, reason: String) {
        self.ending = Some(Ending { cause, reason, since: Instant::now() });
        self.stop_wait = StopWait::begun();
        for (state, container) in self.states.iter_mut().zip(&self.handle.containers) {
            if *state == State::Waiting {
                *state = State::Never;
                container.stage.send_replace(Stage::Never);
            }
        }
        let planned = self.handle.containers.iter().map(|container| &container.planned);
        let planned: Vec<(&str, Vec<String>)> = planned
            .map(|planned| {
                let list = planned.depends_on.iter().map(|dependency| dependency.container.clone());
                (planned.name.as_str(), list.collect())
            })
            .collect();
        let order = waves(&planned, |index| {
            let container = &self.handle.containers[index];
            is_up(self.states[index]).then(|| (index, container.id.clone(), container.planned.stop_timeout))
        });
        if order.is_empty() {
            return;
        }
        self.report(event::Stage::Stopping, "stopping");
        let (engine, tell) = (self.engine.clone(), self.tell.clone());
        self.watchers.spawn(stop_in_waves(order, move |(index, id, timeout)| {
            let _ = tell.send(Change::StopSent(index, Instant::now() + timeout));
            let engine = engine.clone();
            async move { stop(&engine, &id, timeout).await }
        }));
    }

    /// Tells which containers that have their stop signal have not ended.
    fn tell_of_the_stop(&mut self) {
        let up = self.killed_at.iter().filter(|(index, _)| is_up(self.states[**index]));
        let up = up.map(|(index, killed_at)| (self.handle.names[*index].clone(), Some(*killed_at)));
        self.stop_wait.say(up.collect(), self.events);
    }

    fn is_over(&self) -> bool {
        self.ending.is_some() && !self.states.iter().any(|state| is_up(*state))
    }

    fn finish(mut self) -> TaskEnd {
        self.report(event::Stage::Stopped, "stopped");
        let ending = self.ending.take().unwrap_or_else(|| Ending {
            cause: EndCause::Exited,
            reason: String::new(),
            since: Instant::now(),
        });
        let mut phases = self.handle.phases.clone();
        let ends = self.times.iter().filter_map(|(_, ended)| *ended);
        let last = ends.max();
        if self.handle.detached {
            phases.extend(self.phases_by_the_engine());
        } else if let Some(first) = self.first_start {
            let (running, stopping) = (ending.since.saturating_duration_since(first), ending.since.elapsed());
            phases.push(Phase::lasting(PhaseName::Run, running).begun(first.elapsed()));
            phases.push(Phase::lasting(PhaseName::Stop, stopping).begun(stopping));
        }
        let started = self.first_start.is_some() || last.is_some();
        TaskEnd {
            transient: false,
            // A task some of whose containers ran has ended by itself all the same.
            cause: ending.cause,
            reason: ending.reason,
            hint: match ending.cause {
                EndCause::NeverStarted if !started => {
                    "is the command there, and executable, in the image?".into()
                }
                _ => String::new(),
            },
            memory: self.handle.containers.iter().map(|container| memory(&container.planned)).collect(),
            containers: self.ends,
            execution_stopped_at: last.filter(|_| self.handle.detached).or_else(|| Some(SystemTime::now())),
            phases,
        }
    }
}

impl TaskLife<'_> {
    /// How long the task ran, and how long its stop took, by the engine's clock: it may have ended long
    /// before anybody looked.
    fn phases_by_the_engine(&self) -> Vec<Phase> {
        let first = self.times.iter().filter_map(|(started, _)| *started).min();
        let last = self.times.iter().filter_map(|(_, ended)| *ended).max();
        let essential = self.times.iter().zip(&self.handle.containers);
        let essential = essential.filter(|(_, container)| container.planned.essential);
        let end = essential.filter_map(|((_, ended), _)| *ended).min().or(last);
        let phase = |name, from: Option<SystemTime>, to: Option<SystemTime>| {
            let duration = to?.duration_since(from?).ok()?;
            Some(Phase { started_at: from, ..Phase::lasting(name, duration) })
        };
        let run = phase(PhaseName::Run, first, end);
        run.into_iter().chain(phase(PhaseName::Stop, end, last)).collect()
    }
}

fn ended((index, container): (usize, &FoundContainer)) -> Option<(usize, &ContainerState)> {
    match &container.state {
        FoundState::Ended(state) => Some((index, state)),
        _ => None,
    }
}

/// The memory that a container may use.
fn memory(planned: &PlannedContainer) -> Memory {
    let limit = planned.body.host_config.as_ref().and_then(|host| host.memory);
    match limit.and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| *bytes > 0) {
        Some(bytes) => Memory::OfContainer(bytes >> 20),
        None => Memory::OfMachine,
    }
}

fn is_up(state: State) -> bool {
    matches!(state, State::Running | State::Healthy | State::Unhealthy)
}
