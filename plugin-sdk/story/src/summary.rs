//! Everything that a story tells, in Markdown as GitHub, GitLab, Azure and Buildkite show it.
//!
//! What the reader of a failed job wants first stands first: the reason, what to do, the step, the last lines.

use crate::Annotation;
use crate::Level;
use crate::Story;
use crate::duration;
use crate::markdown::escape;
use crate::markdown::fenced;
use crate::markdown::link;
use crate::markdown::paragraph;
use crate::markdown::row;
use crate::outputs::outputs;

/// Rows of one table; a task has far fewer containers.
const MAX_ROWS: usize = 200;
/// Steps that are listed.
const MAX_STEPS: usize = 100;
/// Annotations that are listed.
const MAX_ANNOTATIONS: usize = 50;
/// Says that something is missing at the end.
const CUT: &str = "\n_The summary was cut here._\n";

/// Markdown of at most `max_bytes`, which are at least a few hundred. What does not fit is left out from the
/// end, by whole rows and paragraphs.
pub fn render(story: &Story, max_bytes: usize) -> String {
    let mut page = Page { text: String::new(), room: max_bytes.saturating_sub(CUT.len()), is_cut: false };
    verdict(&mut page, story);
    tails(&mut page, story);
    facts(&mut page, story);
    links(&mut page, story);
    annotations(&mut page, story);
    phases(&mut page, story);
    steps(&mut page, story);
    containers(&mut page, story);
    values(&mut page, story);
    if page.is_cut {
        page.text.push_str(CUT);
    }
    page.text
}

/// Text of a bounded size.
struct Page {
    text: String,
    room: usize,
    is_cut: bool,
}

impl Page {
    /// Adds a whole paragraph or row, unless there is no room for it or something before it was left out.
    fn add(&mut self, text: &str) {
        if self.is_cut || text.len() > self.room {
            self.is_cut = true;
            return;
        }
        self.room -= text.len();
        self.text.push_str(text);
    }

    /// Adds a table, unless it has no row. `more` is said under one of which rows are left out.
    fn table(&mut self, head: &str, rows: &[String], max: usize, more: &str) {
        if rows.is_empty() {
            return;
        }
        self.add(head);
        rows.iter().take(max).for_each(|row| self.add(row));
        if rows.len() > max {
            self.add(&format!("\n_And {} more {more}._\n", rows.len() - max));
        }
    }
}

fn verdict(page: &mut Page, story: &Story) {
    let finished = &story.finished;
    let mark = if finished.succeeded() { "✅" } else { "❌" };
    page.add(&format!("### {mark} {}: {}\n\n", escape(story.title()), escape(&finished.verdict)));
    if !finished.reason.is_empty() {
        page.add(&format!("{}\n\n", paragraph(&finished.reason)));
    }
    if let Some(sentence) = story.step_sentence() {
        page.add(&format!("{}\n\n", paragraph(&sentence)));
    }
    if let Some(cause) = story.cause() {
        page.add(&format!("❌ {}\n\n", escape(&cause.sentence())));
    }
    if !finished.hint.is_empty() {
        page.add(&format!("> {}\n\n", paragraph(&finished.hint)));
    }
}

fn tails(page: &mut Page, story: &Story) {
    if story.finished.succeeded() {
        return;
    }
    for tail in story.tails() {
        let lines = match tail.lines.len() {
            1 => "The last line".to_owned(),
            count => format!("The last {count} lines"),
        };
        let of = match tail.before {
            0 => String::new(),
            before => format!(" of {}", before + tail.lines.len() as u64),
        };
        page.add(&format!("{lines}{of} of {}:\n\n{}\n", escape(&tail.container), fenced(&tail.lines)));
    }
}

fn facts(page: &mut Page, story: &Story) {
    let finished = &story.finished;
    let mut rows = vec![row(&["Exit code", &finished.exit_code.to_string()])];
    if !story.planned.backend.is_empty() {
        rows.push(row(&["Back end", &story.planned.backend]));
    }
    rows.extend(story.id().map(|id| row(&["Task", id])));
    let complete = if finished.logs_complete() { "complete" } else { "may be incomplete" };
    let log = format!("{} lines, {} bytes, {complete}", finished.log_lines(), finished.log_bytes());
    rows.push(row(&["Log", &log]));
    rows.extend(finished.plugin_failures.iter().map(|failure| row(&["Plugin failure", failure])));
    page.table("| | |\n|---|---|\n", &rows, MAX_ROWS, "facts");
}

fn links(page: &mut Page, story: &Story) {
    let links = story.finished.links.iter().filter(|link| link.url.starts_with("https://"));
    let links: Vec<String> = links.take(MAX_ROWS).map(|page| link(&page.name, &page.url)).collect();
    if !links.is_empty() {
        page.add(&format!("\n{}\n", links.join(" · ")));
    }
}

fn annotations(page: &mut Page, story: &Story) {
    let mut found: Vec<&Annotation> = story.annotations.iter().collect();
    found.sort_by_key(|annotation| annotation.level);
    let mark = |level: Level| match level {
        Level::Error => "❌ error",
        Level::Warning => "⚠️ warning",
        Level::Notice => "notice",
    };
    let rows: Vec<String> = found
        .iter()
        .map(|annotation| row(&[mark(annotation.level), &annotation.place(), &annotation.message]))
        .collect();
    page.table("\n| Found in the log | Place | |\n|---|---|---|\n", &rows, MAX_ANNOTATIONS, "in the log");
}

fn phases(page: &mut Page, story: &Story) {
    let phases = &story.finished.phases;
    // They stand in their order, and clocks differ: none begins before the one above it.
    let mut latest: Option<(f64, f64)> = None;
    let mut rows = Vec::new();
    for phase in phases {
        let began = phase.started_at_ms.map(|at| {
            let (first, last) = latest.unwrap_or((at, at));
            latest = Some((first, last.max(at)));
            duration::text(last.max(at) - first)
        });
        rows.push(row(&[&phase.name, &began.unwrap_or_default(), &duration::text(phase.duration_ms)]));
    }
    page.table("\n| Timeline | Began after | Took |\n|---|---:|---:|\n", &rows, MAX_ROWS, "phases");
    let states: Vec<String> = story
        .states
        .iter()
        .map(|state| format!("{} {}", escape(&state.name), duration::text(state.elapsed_ms)))
        .collect();
    // The platform's own words, where it tells no more.
    if !states.is_empty() && rows.is_empty() {
        page.add(&format!("\nStates: {}\n", states.join(" → ")));
    }
}

fn steps(page: &mut Page, story: &Story) {
    let several = story.planned.containers.len() > 1;
    let failed = story.failing_step();
    let rows: Vec<String> = story
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let took = story.step_ms(index).map(duration::text).unwrap_or_default();
            let mark = if failed.is_some_and(|failed| std::ptr::eq(failed, step)) { "❌ " } else { "" };
            let title = format!("{mark}{}", step.title);
            match several {
                true => row(&[&title, &step.container, &took]),
                false => row(&[&title, &took]),
            }
        })
        .collect();
    let head = match several {
        true => "\n| Step | Container | Took |\n|---|---|---:|\n",
        false => "\n| Step | Took |\n|---|---:|\n",
    };
    page.table(head, &rows, MAX_STEPS, "steps");
}

fn containers(page: &mut Page, story: &Story) {
    let all = &story.finished.containers;
    // Of a container that is alone all has been said, unless there is more.
    if let [one] = &all[..]
        && one.reason.is_empty()
        && !one.out_of_memory
        && one.log_incomplete.is_none()
    {
        return;
    }
    let rows: Vec<String> = all
        .iter()
        .take(MAX_ROWS + 1)
        .map(|container| {
            let code = container.exit_code.map_or_else(|| "none".to_owned(), |code| code.to_string());
            let main = if story.is_main(&container.name) { " (main)" } else { "" };
            let memory = if container.out_of_memory { "out of memory; " } else { "" };
            let reason = format!("{memory}{}", container.reason);
            let log = match &container.log_incomplete {
                None => format!("{} lines", container.log_lines),
                Some(why) => format!("{} lines, incomplete: {why}", container.log_lines),
            };
            let name = format!("{}{main}", container.name);
            row(&[&name, &code, reason.trim_end_matches("; "), &log])
        })
        .collect();
    page.table(
        "\n| Container | Exit code | Reason | Log |\n|---|---:|---|---|\n",
        &rows,
        MAX_ROWS,
        "containers",
    );
}

fn values(page: &mut Page, story: &Story) {
    let rows: Vec<String> = outputs(story)
        .iter()
        .filter(|output| output.of_task)
        .map(|output| row(&[&output.name, &output.value]))
        .collect();
    page.table("\n| Output of the task | |\n|---|---|\n", &rows, MAX_ROWS, "outputs");
}
