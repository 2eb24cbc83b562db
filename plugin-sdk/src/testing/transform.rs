//! Runs a transform.

use super::FakeEnvironment;
use crate::Diagnostic;
use crate::Refusal;
use crate::TaskSpec;
use crate::Transform;
use crate::config;

/// Configures a transform and runs it on a task.
///
/// # Errors
/// The plugin's reason for refusing the task.
///
/// # Panics
/// When the configuration is refused; [`transform_in`] returns the findings instead.
#[expect(clippy::panic, reason = "a test's assertion")]
pub fn transform<T: Transform>(
    json: &str,
    environment: &FakeEnvironment,
    mut task: TaskSpec,
) -> Result<TaskSpec, Refusal> {
    match transform_in::<T>(json, environment) {
        (Some(mut plugin), _) => plugin.transform(&mut task).map(|()| task),
        (None, findings) => panic!("the configuration was refused: {findings:?}"),
    }
}

/// Configures a transform. `None` when a finding is an error.
pub fn transform_in<T: Transform>(json: &str, environment: &FakeEnvironment) -> (Option<T>, Vec<Diagnostic>) {
    config::configure(json, environment, T::configure)
}
