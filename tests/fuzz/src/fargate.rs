//! Log events to lines.

#[path = "../../../host/src/backend/fargate/logs/rejoin.rs"]
mod rejoin;

/// Lines of a log.
#[derive(Default)]
struct Printed {
    bytes: Vec<u8>,
    times: Vec<i64>,
}

impl rejoin::LineSink for Printed {
    fn line(&mut self, line: &[u8], time: i64) {
        self.bytes.extend_from_slice(line);
        self.bytes.push(b'\n');
        self.times.push(time);
    }

    fn piece(&mut self, piece: &[u8], _: i64) {
        self.bytes.extend_from_slice(piece);
    }
}

/// What is printed of these events, and the time of each line.
pub fn printed<'a>(events: impl IntoIterator<Item = (&'a str, i64)>) -> (Vec<u8>, Vec<i64>) {
    let (mut rejoin, mut sink) = (rejoin::Rejoin::default(), Printed::default());
    for (message, time) in events {
        rejoin.push(message, time, &mut sink);
    }
    rejoin::Rejoin::finish(&mut rejoin, &mut sink);
    (sink.bytes, sink.times)
}
