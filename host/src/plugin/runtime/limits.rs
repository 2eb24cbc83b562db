//! Every limit on a plugin, in one place. None can be switched off.
//!
//! Wall times are what the machine's clock says, not CPU time, and a CI machine may be slow or
//! busy. A call may take 5 s, which is a thousand times what a plugin in Rust needs (measured: 1 ms
//! for a 256 KiB batch through a redactor) and fifty times what one in Python needs (measured: 50 ms
//! to start, 50 to 90 ms for 4,096 lines that are looked at one by one, 40 ms for 256 KiB through
//! five regular expressions). With 1 s, a filter in Python failed closed on a machine whose two
//! cores eight others wanted: a false alarm costs a run, and patience with one that hangs nothing.

use std::time::Duration;

use sortie_lines::MAX_APPENDED;
use sortie_lines::MAX_COMMAND;
use sortie_lines::MAX_COMMANDS_PER_REPORT;
use sortie_lines::MAX_DOCUMENT;

/// What a plugin may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a component's file.
    pub component_bytes: u64,
    /// Wall time to compile a component that is not precompiled. An interpreter of 12 to 19 MB
    /// (JavaScript, Python) takes 25 to 31 s of CPU time, on all cores: a minute and more on one
    /// core that others use too. Nothing is launched meanwhile, and a signal ends it.
    pub compile_time: Duration,
    /// Bytes of one linear memory.
    pub memory_bytes: usize,
    /// Linear memories of one instance.
    pub memories: usize,
    /// Elements of one table.
    pub table_elements: usize,
    /// Tables of one instance.
    pub tables: usize,
    /// Core instances of one component instance.
    pub instances: usize,
    /// Live component-model handles, and entries of the host's own resource table.
    pub handles: usize,
    /// Wall time of an instantiation, start functions included.
    pub start_time: Duration,
    /// Wall time of `describe`.
    pub describe_time: Duration,
    /// Wall time of `configure`.
    pub configure_time: Duration,
    /// Wall time of `transform`.
    pub transform_time: Duration,
    /// Wall time of one `process` (a batch of lines), of `tick` and of `finish`.
    pub process_time: Duration,
    /// Wall time of one `report`, without that of HTTP requests in it.
    pub report_time: Duration,
    /// Shortest time between two ticks.
    pub tick_time: Duration,
    /// Bytes that one call may hand to the host: results, and arguments of each host call.
    /// A batch of lines is at most a quarter of it.
    pub bytes_per_call: usize,
    /// Characters of one text for a person (a summary, a diagnostic, a refusal); the rest is cut.
    pub message_chars: usize,
    /// Bytes of a configuration schema.
    pub schema_bytes: usize,
    /// Needs that a plugin may declare.
    pub needs: usize,
    /// Diagnostics of one `configure`.
    pub diagnostics: usize,
    /// Interests of a filter.
    pub interests: usize,
    /// Times that a filter may change its interests in one log: the search is built anew each time.
    pub interest_changes: u32,
    /// Bytes of one interest's pattern.
    pub pattern_bytes: usize,
    /// Labels that a filter may put on the lines of one batch, and on those that it releases at a time.
    pub labels: usize,
    /// Bytes of one label's value.
    pub label_bytes: usize,
    /// Notes of a filter at the end of a log, and of a transform.
    pub notes: usize,
    /// Counters of a filter.
    pub counters: usize,
    /// Names of events that a reporter may ask for.
    pub events: usize,
    /// Messages through `logging` that are kept of one call; the rest are counted.
    pub log_messages: usize,
    /// Bytes of one command line.
    pub command_bytes: usize,
    /// Command lines of one `report`.
    pub commands_per_report: usize,
    /// Bytes that one plugin may append to one file in a run.
    pub file_bytes: u64,
    /// Bytes of a file that a plugin writes as a whole.
    pub document_bytes: usize,
    /// Bytes of the body of an HTTP request.
    pub http_request_bytes: usize,
    /// Bytes of the body of an HTTP answer.
    pub http_response_bytes: usize,
    /// Headers that a plugin may give an HTTP request.
    pub http_headers: usize,
    /// Bytes of these headers, names and values; and of all headers of an answer.
    pub http_header_bytes: usize,
    /// HTTP requests that one plugin may send in a run.
    pub http_requests: usize,
    /// Wall time of one HTTP request, from resolving the name to the last byte of the answer.
    pub http_time: Duration,
    /// Containers of a task that a transform returns.
    pub containers: usize,
    /// Entries of one list (environment, tags, arguments) of such a task.
    pub list_entries: usize,
    /// Bytes of one text of such a task.
    pub text_bytes: usize,
    /// Bytes that are kept of what a WASI component writes to each of its standard streams: the
    /// last ones.
    pub stdio_bytes: usize,
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: 64 * MIB as u64,
            compile_time: Duration::from_secs(300),
            memory_bytes: 256 * MIB,
            memories: 4,
            table_elements: 100_000,
            tables: 16,
            instances: 64,
            handles: 10_000,
            start_time: Duration::from_secs(5),
            describe_time: Duration::from_secs(5),
            configure_time: Duration::from_secs(5),
            transform_time: Duration::from_secs(5),
            process_time: Duration::from_secs(5),
            report_time: Duration::from_secs(5),
            tick_time: Duration::from_millis(100),
            bytes_per_call: 16 * MIB,
            message_chars: 1_000,
            schema_bytes: 256 * KIB,
            needs: 256,
            diagnostics: 100,
            interests: 10_000,
            interest_changes: 1_000,
            pattern_bytes: 64 * KIB,
            labels: 100_000,
            label_bytes: 4 * KIB,
            notes: 100,
            counters: 100,
            events: 100,
            log_messages: 100,
            command_bytes: MAX_COMMAND,
            commands_per_report: MAX_COMMANDS_PER_REPORT,
            file_bytes: MAX_APPENDED as u64,
            document_bytes: MAX_DOCUMENT,
            http_request_bytes: MIB,
            http_response_bytes: MIB,
            http_headers: 64,
            http_header_bytes: 32 * KIB,
            http_requests: 200,
            http_time: Duration::from_secs(10),
            containers: 100,
            list_entries: 10_000,
            text_bytes: MIB,
            stdio_bytes: 16 * KIB,
        }
    }
}
