//! Events as JSON, one object a line (`--output json`).

use serde_json::Value;
use serde_json::json;

use crate::event::RunEvent;
use crate::report::RunReport;

/// The object for an event.
pub fn event(event: &RunEvent) -> Value {
    match event {
        RunEvent::Planned(planned) => json!({
            "type": "planned",
            "name": planned.name,
            "backend": planned.backend,
            "containers": planned.containers,
            "mainContainer": planned.main_container,
            "warnings": planned.warnings,
        }),
        RunEvent::Warning { message } => json!({ "type": "warning", "message": message }),
        RunEvent::Retrying { reason, delay, attempt } => json!({
            "type": "retrying",
            "reason": reason,
            "delayMs": millis(*delay),
            "attempt": attempt,
        }),
        RunEvent::Launched { id, url } => json!({ "type": "launched", "id": id, "url": url }),
        RunEvent::StateChanged { state, elapsed } => {
            json!({ "type": "state", "state": state, "elapsedMs": millis(*elapsed) })
        }
        RunEvent::Progress { state } => json!({ "type": "progress", "state": state }),
        RunEvent::Detail { message } => json!({ "type": "detail", "message": message }),
        RunEvent::Stopping { reason } => json!({ "type": "stopping", "reason": reason }),
        RunEvent::Finished(report) => finished(report),
    }
}

fn finished(report: &RunReport) -> Value {
    let containers: Vec<Value> = report
        .containers
        .iter()
        .map(|container| {
            json!({
                "name": container.name,
                "exitCode": container.exit_code,
                "reason": container.reason,
                "outOfMemory": container.out_of_memory,
            })
        })
        .collect();
    let logs: Vec<Value> = report
        .logs
        .iter()
        .map(|log| {
            json!({
                "container": log.container,
                "lines": log.lines,
                "bytes": log.bytes,
                "complete": log.incomplete.is_none(),
                "incompleteReason": log.incomplete,
                "waitedMs": log.waited.map(millis),
            })
        })
        .collect();
    let phases: Vec<Value> = report
        .phases
        .iter()
        .map(|phase| json!({ "name": phase.name, "durationMs": millis(phase.duration) }))
        .collect();
    let links: Vec<Value> =
        report.links.iter().map(|(name, url)| json!({ "name": name, "url": url })).collect();
    json!({
        "type": "finished",
        "id": report.id,
        "exitCode": report.exit_code.0,
        "verdict": report.verdict.as_str(),
        "reason": report.reason,
        "hint": report.hint,
        "mainContainer": report.main_container,
        "containers": containers,
        "logs": logs,
        "phases": phases,
        "elapsedMs": millis(report.elapsed),
        "links": links,
        "pluginFailures": report.plugin_failures,
    })
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
