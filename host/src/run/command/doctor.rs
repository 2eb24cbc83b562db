//! `sortie doctor`: whether a run would find what it needs. Nothing is launched, and nothing is changed.

use crate::backend::Backend;
use crate::error::Error;
use crate::plugin::Kind;
use crate::report::examination::Check;
use crate::report::plan::PluginLine;
use crate::run::Job;
use crate::run::last_words;
use crate::run::prepare::prepare;

/// Looks at everything that a run with these settings needs, as far as it can be looked at. `connected` is what
/// connecting to the back end has come to.
pub async fn doctor(connected: Result<Box<dyn Backend>, Error>, job: Job<'_>) -> Vec<Check> {
    let mut checks = vec![settings(job)];
    let backend = match connected {
        Ok(backend) => backend,
        Err(error) => {
            checks.push(Check::of_error(job.settings.backend.as_str(), &job.settings.place(error)));
            return checks;
        }
    };
    checks.push(Check::ok(backend.name(), backend.place()));
    let notice = |message: &str| last_words::patience(job, message);
    let prepared = match prepare("plan", backend.as_ref(), job, &Kind::ALL, notice).await {
        Ok(prepared) => prepared,
        Err(error) => {
            checks.push(Check::of_error("run", &job.settings.place(error)));
            return checks;
        }
    };
    checks.push(plugins(&prepared.plugins.lines));
    let names: Vec<&str> = prepared.task.containers.iter().map(|container| container.name.as_str()).collect();
    let said = match names.as_slice() {
        [name] => format!("{}, in the container {name}", prepared.task.name),
        names => format!(
            "{}, in the containers {}; the exit code of {} counts",
            prepared.task.name,
            names.join(", "),
            prepared.main
        ),
    };
    checks.push(Check::ok("task", said));
    checks.extend(prepared.warnings.into_iter().map(|warning| Check::unsure("task", warning, "")));
    checks.extend(prepared.plan.examine().await);
    checks
}

fn settings(job: Job<'_>) -> Check {
    match &job.settings.config_file {
        Some(path) => Check::ok("settings", format!("{} is read", path.display())),
        None => Check::ok("settings", "no sortie.toml is read"),
    }
}

fn plugins(lines: &[PluginLine]) -> Check {
    if lines.is_empty() {
        return Check::ok("plugins", "none");
    }
    let missing: Vec<String> = lines
        .iter()
        .filter(|line| !line.missing.is_empty())
        .map(|line| format!("{} is not granted {}", line.name, line.missing.join(", ")))
        .collect();
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    match missing.is_empty() {
        true => Check::ok("plugins", names.join(", ")),
        false => Check::unsure("plugins", missing.join("; "), "grant it with --grant, if it is to do that"),
    }
}
