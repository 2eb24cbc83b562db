//! The task definition: where it comes from, what the command line makes of it, what Fargate
//! demands of it, and how it gets into ECS. Nothing here launches anything.
//!
//! | file | what it knows |
//! |---|---|
//! | [`source`] | a registered definition, a file, or an image |
//! | [`command_line`] | the command line applied to a definition |
//! | [`sizes`], [`check`], [`rules`] | what Fargate demands of a task and of its definition |
//! | [`log_mode`] | what becomes of lines that CloudWatch Logs does not take |
//! | [`warnings`] | what a person should know before the launch |
//! | [`split`] | what RunTask overrides carry, and what needs a definition of its own |
//! | [`register`] | finding a revision by its content, or registering it |

pub(super) mod check;
pub(super) mod command_line;
pub(super) mod log_mode;
pub(super) mod register;
pub(super) mod rules;
pub(super) mod sizes;
pub(super) mod source;
pub(super) mod split;
pub(super) mod warnings;
