//! Calls to AWS, and what is said while they do not get through.
//!
//! Every call is made through [`Calls::ask`]. A call that has no answer, or fails in a way that passes and is
//! made again, is said after [`PATIENCE`](troubles::PATIENCE), again each minute, and once more when it is
//! over: nobody sits before a silent terminal, whatever the call is for. Whether and when a call is made
//! again is its caller's business.
//!
//! - [`troubles`]: what is under way, what fails, and when it is to be said; without I/O.
//! - [`route`]: where requests go: host, port, and the proxy before them.

pub(super) mod route;
mod troubles;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::time::Duration;

use aws_sdk_ecs::config::ConfigBag;
use aws_sdk_ecs::config::Intercept;
use aws_sdk_ecs::config::RuntimeComponents;
use aws_sdk_ecs::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_ecs::error::BoxError;
use tokio::time::Instant;

use self::route::Proxies;
use self::route::Route;
use self::troubles::Troubles;
use super::failure::Class;
use super::failure::Failure;
use super::server_clock::ServerClock;
use crate::event::EventKind;
use crate::stream::Announcer;

/// How often it is looked for something to say.
const LOOK: Duration = Duration::from_millis(250);

/// How the calls of a connection go. Clones are one.
#[derive(Debug, Clone)]
pub(super) struct Line(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    troubles: Troubles,
    announcer: Announcer,
    clock: ServerClock,
    proxies: Proxies,
    /// Somebody looks for something to say.
    looked_after: bool,
}

/// Makes the calls of one client.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    line: Line,
    /// Known as soon as the first request is on its way.
    route: Arc<OnceLock<Route>>,
}

impl Line {
    /// Says on `announcer` what is to be said, and corrects `clock` by what answers tell.
    pub(super) fn new(announcer: Announcer, clock: ServerClock, proxies: Proxies) -> Self {
        let troubles = Troubles::default();
        Self(Arc::new(Mutex::new(State { troubles, announcer, clock, proxies, looked_after: false })))
    }

    /// For one client.
    pub(super) fn calls(&self) -> Calls {
        Calls { line: self.clone(), route: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what is to be said, for as long as there may be something.
    fn look_after(&self) {
        if std::mem::replace(&mut self.state().looked_after, true) {
            return;
        }
        let line = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let mut state = line.state();
                let said = state.troubles.due(Instant::now());
                for (message, status) in said {
                    state.announcer.send(EventKind::warning(message));
                    state.announcer.send(EventKind::Progress { state: status });
                }
                if state.troubles.is_quiet() {
                    state.looked_after = false;
                    return;
                }
            }
        });
    }
}

impl Calls {
    /// Makes a call. What its failure says is completed: where it went, and how often and how long it has
    /// been tried.
    pub(crate) async fn ask<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.line.state().troubles.begun(operation, &self.route, Instant::now());
        self.line.look_after();
        let under_way = UnderWay { line: &self.line, operation };
        let result = call.await;
        drop(under_way);
        match result {
            Ok(answer) => {
                self.answered(operation);
                Ok(answer)
            }
            Err(failure) => Err(self.failed(operation, failure)),
        }
    }

    /// The same for a call that is not made again.
    pub(crate) async fn ask_once<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let result = self.ask(operation, call).await;
        self.answered(operation);
        result
    }

    fn answered(&self, operation: &'static str) {
        let mut state = self.line.state();
        if let Some(message) = state.troubles.answered(operation, Instant::now()) {
            state.announcer.send(EventKind::Recovered { message });
            state.announcer.send(EventKind::Progress { state: String::new() });
        }
    }

    fn failed(&self, operation: &'static str, mut failure: Failure) -> Failure {
        failure.route = self.route.get().map(ToString::to_string).unwrap_or_default().into();
        if !failure.is_retryable() {
            // An answer is an answer, whatever it says.
            self.answered(operation);
            return failure;
        }
        let mut state = self.line.state();
        let tried = state.troubles.failed(operation, &failure, Instant::now());
        state.announcer.send(EventKind::detail(format!("{operation}: {failure}")));
        if failure.class == Class::Clock {
            let corrected = failure.answered_at.is_some_and(|at| state.clock.correct(at));
            if tried.clock > 1 && !corrected {
                failure = failure.not_by_the_clock();
            }
        }
        failure.tried = Some((tried.times, u32::try_from(tried.since.as_secs()).unwrap_or(u32::MAX)));
        failure
    }

    /// Notes where requests go.
    pub(super) fn interceptor(&self) -> RouteTaker {
        RouteTaker(self.clone())
    }
}

/// A call that waits for its answer, or was dropped.
struct UnderWay<'a> {
    line: &'a Line,
    operation: &'static str,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.line.state().troubles.not_under_way(self.operation, Instant::now());
    }
}

/// Notes where the requests of a client go.
#[derive(Debug)]
pub(super) struct RouteTaker(Calls);

impl Intercept for RouteTaker {
    fn name(&self) -> &'static str {
        "RouteTaker"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.route.get_or_init(|| self.0.line.state().proxies.route(context.request().uri()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::UnboundedReceiver;

    use super::*;
    use crate::stream::Message;
    use crate::stream::announcer::tests::announcer;

    fn line() -> (Line, UnboundedReceiver<Message>) {
        let (announcer, said) = announcer();
        (Line::new(announcer, ServerClock::default(), Proxies::default()), said)
    }

    fn warnings(said: &mut UnboundedReceiver<Message>) -> Vec<String> {
        let mut warnings = Vec::new();
        while let Ok(Message::Event(event)) = said.try_recv() {
            match event.kind {
                EventKind::Warning { message, .. } => warnings.push(message),
                EventKind::Recovered { message } => warnings.push(format!("over: {message}")),
                _ => {}
            }
        }
        warnings
    }

    #[tokio::test]
    async fn a_call_without_an_answer_is_said_within_3_s_and_when_it_is_over() {
        let (line, mut said) = line();
        let calls = line.calls();
        calls.route.set(Proxies::default().route("https://ecs.example/")).expect("it is empty");
        let slow = async {
            tokio::time::sleep(Duration::from_millis(2900)).await;
            Ok(())
        };
        calls.ask("DescribeTasks", slow).await.expect("it is answered");
        // A machine that is busy takes longer, and says so.
        let told: Vec<String> = warnings(&mut said)
            .iter()
            .map(|said| said.replace(|digit: char| digit.is_ascii_digit(), "N"))
            .collect();
        let expected = [
            "ecs.example:NNN does not answer (DescribeTasks), since N s; the task goes on",
            "over: ecs.example:NNN answers again, after N s",
        ];
        assert_eq!(told, expected);
    }

    #[tokio::test]
    async fn a_call_that_is_dropped_is_forgotten() {
        let (line, _said) = line();
        let calls = line.calls();
        let never = std::future::pending::<Result<(), Failure>>();
        let asked = tokio::time::timeout(Duration::from_millis(10), calls.ask("DescribeTasks", never)).await;
        assert!(asked.is_err());
        assert!(line.state().troubles.due(Instant::now()).is_empty() && line.state().troubles.is_quiet());
    }

    #[tokio::test]
    async fn a_failure_says_where_how_often_and_how_long() {
        let (line, mut said) = line();
        let calls = line.calls();
        calls.route.set(Proxies::default().route("http://127.0.0.1:4577/x")).expect("it is empty");
        let mut last = String::new();
        for _ in 0..3 {
            let refused = Failure::unreached("DescribeTasks", "connection refused");
            let failed = calls.ask("DescribeTasks", async { Err::<(), _>(refused) }).await;
            last = failed.expect_err("it fails").to_string();
        }
        assert_eq!(last, "127.0.0.1:4577 does not answer: connection refused; tried 3 times in 0 s");
        assert_eq!(warnings(&mut said), [""; 0], "what passes at once is a detail");
    }
}
