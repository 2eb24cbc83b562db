//! `sortie logs`: a run's lines on their own.

use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::connect;
use super::flags::Flags;
use super::flags::LogsFlags;
use super::process::Process;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::run;
use crate::run::LogsOptions;
use crate::settings::quantity;

/// Print the log lines of a launched task
///
/// Filters act on them as in a run. They are shown more than is printed, so that --tail and --since do not
/// begin in the middle of what they hide.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Logs {
    /// Id that `sortie launch` printed
    #[arg(value_name = "ID")]
    id: String,
    /// Keep printing until the task has ended
    #[arg(short, long)]
    follow: bool,
    /// Begin with this many of the last lines of each container
    #[arg(short = 'n', long, value_name = "N", value_parser = lines)]
    tail: Option<usize>,
    /// Print what was written since a time (2026-01-02T03:04:05Z), or for a duration up to now (10m)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Print the lines of this container alone, without its name (repeatable)
    #[arg(long, value_name = "NAME")]
    container: Vec<String>,
    #[command(flatten)]
    flags: Flags<LogsFlags>,
}

const EXAMPLES: &str = "\
Examples:
  id=$(sortie launch --cluster ci --task-definition deploy)
  sortie logs --follow \"$id\"

  sortie logs --tail 100 --since 10m --timestamps --container app \"$id\"";

impl Logs {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let since = match self.since.as_deref().map(moment).transpose() {
            Ok(since) => since,
            Err(error) => return process.fail(&error.on("--since")),
        };
        let options = LogsOptions { follow: self.follow, tail: self.tail, since, containers: self.container };
        connect::execute(self.flags, Some(self.id), process, async |backend, job| {
            Ok(run::logs(backend, job, options).await)
        })
    }
}

/// A number of lines.
fn lines(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "no number of lines, such as 100")
}

/// A moment, or so long ago.
fn moment(text: &str) -> Result<SystemTime, Error> {
    if let Ok(moment) = OffsetDateTime::parse(text.trim(), &Rfc3339) {
        return Ok(moment.into());
    }
    let ago = quantity::duration(text).ok().and_then(|ago| SystemTime::now().checked_sub(ago));
    ago.ok_or_else(|| {
        Error::usage(format!("{} is neither a time nor a duration", quantity::quoted(text)))
            .hint("write 2026-01-02T03:04:05Z, or how long ago: 90s, 10m, 2h")
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_moment_is_a_time_or_so_long_ago() {
        let since_epoch =
            |text: &str| moment(text).map(|at| at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
        let expected = Duration::from_secs(1_767_323_045);
        for text in ["2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", " 2026-01-02T03:04:05.000Z "] {
            assert_eq!(since_epoch(text).ok(), Some(expected), "{text}");
        }
        let then = moment("10m").expect("a duration");
        let ago = SystemTime::now().duration_since(then).expect("the past");
        assert!((600..605).contains(&ago.as_secs()), "{ago:?}");
        for wrong in ["", "yesterday", "-5m", "2026-01-02", "999999999999999d"] {
            assert!(moment(wrong).is_err_and(|error| error.is_usage()), "{wrong}");
        }
    }
}
