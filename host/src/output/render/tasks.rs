//! A list of tasks as a table.

use std::time::SystemTime;

use super::text;
use crate::backend::ListedTask;

const HEADINGS: [&str; 5] = ["ID", "NAME", "STATE", "AGE", "STARTED BY"];

/// The table; empty where there is no task.
pub fn render(tasks: &[ListedTask]) -> String {
    rows(tasks, SystemTime::now())
}

fn rows(tasks: &[ListedTask], now: SystemTime) -> String {
    if tasks.is_empty() {
        return String::new();
    }
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(tasks.iter().map(|task| {
        let age = task.created_at.and_then(|at| now.duration_since(at).ok());
        let age = age.map_or_else(|| "-".to_owned(), text::duration);
        [task.id.as_str(), &task.name, &task.state, &age, &task.started_by].map(|cell| match cell {
            "" => "-".to_owned(),
            cell => text::one_line(cell),
        })
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 5] = std::array::from_fn(width);
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_table_has_a_row_for_each_task_and_nothing_of_it_moves_the_cursor() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let task = |id: &str, state: &str, ago: Option<u64>, by: &str| ListedTask {
            id: id.into(),
            name: "deploy\u{1b}[2J".into(),
            state: state.into(),
            created_at: ago.map(|ago| now - Duration::from_secs(ago)),
            started_by: by.into(),
            deadline: None,
            request: None,
            mine: true,
        };
        let tasks =
            [task("docker/deploy-1", "running", Some(75), "0@laptop"), task("arn:1", "exited (3)", None, "")];
        insta::assert_snapshot!(rows(&tasks, now), @r"
        ID               NAME             STATE       AGE         STARTED BY
        docker/deploy-1  deploy\u{1b}[2J  running     1 min 15 s  0@laptop
        arn:1            deploy\u{1b}[2J  exited (3)  -           -
        ");
        assert_eq!(rows(&[], now), "");
    }
}
