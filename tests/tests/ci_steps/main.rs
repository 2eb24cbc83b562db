//! The steps that people paste into a CI system, in [`.ci/steps`](../../../.ci/steps): each as its system runs it,
//! with its environment, its files and its signals, and the real binary; and each against the schema that is
//! published for it.
//!
//! - [`github`]: the action, and the step after the job.
//! - [`words`]: how its inputs become words.
//! - [`downloads`]: where its program comes from.
//! - [`gitlab`]: the component, in a real job.
//! - [`buildkite`]: the hooks of the plugin.
//! - [`shells`]: the scripts of the CircleCI orb and of the Codefresh step.
//! - [`roles`]: AWS credentials by the system's token.
//! - [`failed_deployment`]: what `docs/ci` shows.
//! - [`published`]: the schemas.
//! - [`image`]: the images.
//! - [`written`]: the step that `sortie init` writes.
//! - [`release`]: what the release workflow runs.
//! - [`processes`]: who runs below a step.

mod buildkite;
mod downloads;
mod failed_deployment;
mod github;
mod gitlab;
mod image;
mod processes;
mod published;
mod release;
mod roles;
mod shells;
mod words;
mod written;
