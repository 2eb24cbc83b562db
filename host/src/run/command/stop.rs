//! `sortie stop`.

use tokio::time::Instant;

use super::detached;
use super::task_id;
use crate::backend::Backend;
use crate::backend::StopAnswer;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::json;
use crate::output::json::Object;
use crate::output::json::Stamp;
use crate::output::json::stop::StopObject;
use crate::output::render::notices;
use crate::output::render::text;
use crate::run::Job;
use crate::run::last_words::fail;
use crate::run::supervise::stop::StopTries;
use crate::settings::OutputFormat;

/// Stops a task that was launched before, and says what that came to. A task that has ended already is no
/// error.
pub async fn stop(backend: &dyn Backend, job: Job<'_>, reason: &str) -> ExitCode {
    match stop_inner(backend, job, reason).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(job, &error),
    }
}

async fn stop_inner(backend: &dyn Backend, job: Job<'_>, reason: &str) -> Result<(), Error> {
    let id = task_id(job)?;
    let detached = detached(backend, "stop")?;
    let mut tries = StopTries::new(Instant::now());
    let answer = loop {
        let refused = match detached.stop_by_id(id.name(), reason, job.settings).await {
            Ok(answer) => break answer,
            Err(refused) => refused,
        };
        match tries.after(&refused, Instant::now()) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(refused.error),
        }
    };
    say(job, &id.to_string(), &answer)
}

/// Says what the stop came to: for a person on standard error, for a program on standard output.
fn say(job: Job<'_>, id: &str, answer: &StopAnswer) -> Result<(), Error> {
    let mut streams = job.streams();
    if job.settings.output.format == OutputFormat::Json {
        let object = Object::Stop(StopObject::new(id, answer, Stamp::since(job.started)));
        return streams.print_object(&json::text(&object)).map_err(|error| {
            Error::internal(format!(
                "{}, but standard output cannot be written: {error}",
                sentence(id, answer)
            ))
        });
    }
    if job.settings.output.verbosity >= 0 {
        streams.say(&format!("{} {}", notices::PREFIX, text::one_line(&sentence(id, answer))));
    }
    Ok(())
}

fn sentence(id: &str, answer: &StopAnswer) -> String {
    match answer {
        StopAnswer::Stopping => format!("stopping {id}"),
        StopAnswer::WasStopping => format!("{id} was being stopped already"),
        StopAnswer::Stopped(ended) => format!("stopped {id}{}", codes(ended)),
        StopAnswer::HadEnded(ended) => format!("{id} had ended already{}", codes(ended)),
    }
}

/// The exit codes behind a sentence.
fn codes(containers: &[(String, Option<i32>)]) -> String {
    let code = |code: &Option<i32>| {
        code.map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"))
    };
    match containers {
        [] => String::new(),
        [(_, one)] => format!(" ({})", code(one)),
        several => {
            let list: Vec<String> =
                several.iter().map(|(name, one)| format!("{name}: {}", code(one))).collect();
            format!(" ({})", list.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_a_sentence_of_its_own() {
        let one = vec![("app".to_owned(), Some(7))];
        let two = vec![("app".to_owned(), Some(0)), ("side".to_owned(), None)];
        let said = [
            StopAnswer::Stopping,
            StopAnswer::WasStopping,
            StopAnswer::Stopped(two),
            StopAnswer::HadEnded(one),
            StopAnswer::HadEnded(Vec::new()),
        ]
        .map(|answer| sentence("docker/x", &answer));
        insta::assert_snapshot!(said.join("\n"), @r"
        stopping docker/x
        docker/x was being stopped already
        stopped docker/x (app: exit code 0, side: no exit code)
        docker/x had ended already (exit code 7)
        docker/x had ended already
        ");
    }
}
