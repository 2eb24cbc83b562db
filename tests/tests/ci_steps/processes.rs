//! The processes of a step.

use rustix::process::Pid;

/// The child, or the child's child and so on, that runs this program.
pub(crate) fn descendant(parent: Pid, program: &str) -> Pid {
    let mut todo = vec![parent];
    while let Some(pid) = todo.pop() {
        if name(pid) == program {
            return pid;
        }
        todo.extend(children(pid));
    }
    panic!("no {program} below {parent:?}")
}

fn name(pid: Pid) -> String {
    let name = std::fs::read_to_string(format!("/proc/{}/comm", pid.as_raw_nonzero()));
    name.unwrap_or_default().trim_end().to_owned()
}

fn children(parent: Pid) -> Vec<Pid> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", parent.as_raw_nonzero()));
    let lists = threads.into_iter().flatten().flatten().map(|thread| thread.path().join("children"));
    let lists: Vec<String> = lists.filter_map(|list| std::fs::read_to_string(list).ok()).collect();
    let pids = lists.iter().flat_map(|list| list.split_whitespace());
    pids.filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}
