//! Endpoints that do not answer, or not in the language that is spoken to them: what is said meanwhile, and
//! in the end.

use std::io::Read as _;
use std::io::Write as _;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Sortie;

/// Answers every connection with these bytes once something was sent; without any, with silence.
fn server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    thread::spawn(move || {
        let mut open = Vec::new();
        for mut client in listener.incoming().flatten() {
            if !answer.is_empty() {
                let _ = client.read(&mut [0; 65_536]);
                let _ = client.write_all(answer);
                let _ = client.shutdown(Shutdown::Write);
            }
            open.push(client);
        }
    });
    address
}

/// An address where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").to_string()
}

/// A run on Fargate with this endpoint.
fn run(endpoint: &str) -> Sortie {
    Sortie::new()
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .args(["run", "--cluster", "ci", "--task-definition", "deploy", "--subnet", "s"])
}

/// Passes connections on, and can be closed and opened again.
struct Gate {
    address: String,
    upstream: String,
    /// While it is open: the listener's twin, and what was passed on.
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Gate {
    fn before(endpoint: &str) -> Self {
        let upstream = endpoint.trim_start_matches("http://").to_owned();
        let gate = Self { address: nobody(), upstream, open: Arc::default() };
        gate.open();
        gate
    }

    fn open(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
        let listener = TcpListener::bind(&self.address).expect("its own port");
        let (open, upstream) = (Arc::clone(&self.open), self.upstream.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&upstream) else { continue };
                let mut guard = open.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(streams) = &mut *guard else { return };
                let ends = [&client, &server].map(|end| end.try_clone().expect("a copy"));
                streams.extend(ends);
                for (mut from, mut to) in [
                    (client.try_clone().expect("a copy"), server.try_clone().expect("a copy")),
                    (server, client),
                ] {
                    thread::spawn(move || std::io::copy(&mut from, &mut to).map(drop));
                }
            }
        });
    }

    /// Nobody listens any more, and what is open breaks.
    fn close(&self) {
        let streams = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Wakes the listener, which then goes.
        let _ = TcpStream::connect(&self.address);
        for stream in streams.into_iter().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

#[test]
fn refused_endpoint_is_named_while_it_is_tried_and_in_the_end() {
    for arguments in [&[][..], &["--output", "json"]] {
        let address = nobody();
        let started = Instant::now();
        let running = run(&format!("http://{address}")).args(arguments).start();
        running
            .await_stderr(&format!("{address} does not answer (DescribeTaskDefinition): Connection refused"));
        let said = started.elapsed();
        assert!(said < Duration::from_secs(8), "{said:?}, on a busy machine");
        let output = running.finish();
        output.assert_code(125).assert_stderr("trying on, since 2 s");
        let error = output.stderr.lines().find(|line| line.starts_with("sortie: error")).unwrap_or_default();
        assert!(error.contains(&address) && error.contains("times in"), "{output}");
    }
}

#[test]
fn endpoint_that_takes_calls_and_never_answers_is_named() {
    let address = server(b"");
    let running = run(&format!("http://{address}")).start();
    running.await_stderr(&format!("{address} does not answer (DescribeTaskDefinition), since"));
}

#[test]
fn endpoint_that_dies_in_the_middle_is_said_and_its_return_too() {
    for format in ["text", "json"] {
        let cloud = Cloud::scripted("dies");
        let exited = json!({ "stopCode": "EssentialContainerExited" });
        cloud.shell("x").life(json!({ "steps": [
            { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
            { "after": 9, "log": { "app": ["later"] } },
            { "after": 0.2, "status": "STOPPED", "task": exited, "containers": { "app": { "exitCode": 4 } } },
        ]}));
        let gate = Gate::before(cloud.endpoint());
        let endpoint = format!("http://{}", gate.address);
        let run = cloud.run().env("AWS_ENDPOINT_URL", endpoint).args(["--output", format]);
        let running = run.args(["--log-settle", "0"]).start();
        running.await_stdout("hello");
        gate.close();
        let (dead, again) =
            (format!("{} does not answer (", gate.address), format!("{} answers again", gate.address));
        match format {
            "text" => running.await_stderr(&dead),
            _ => running.await_stdout(&dead),
        }
        gate.open();
        let output = running.finish();
        output.assert_code(4);
        if format == "text" {
            // That it is over is no warning.
            let again = format!("sortie: {again}");
            output.assert_stdout("hello\nlater\n").assert_stderr(&again).assert_stderr("the task goes on");
            continue;
        }
        let events = output.json_lines();
        let of = |kind: &str| {
            events.iter().filter(|event| event["type"] == kind).map(ToString::to_string).collect::<String>()
        };
        assert!(of("warning").contains(&dead) && of("recovered").contains(&again), "{output}");
        assert!(of("progress").contains(&format!("{} does not answer", gate.address)), "{output}");
    }
}

/// What is said of a throttled call: what AWS answers, once and not for each try.
#[test]
fn call_that_is_throttled_for_long_is_said_once() {
    let cloud = Cloud::faulty("throttled-long");
    cloud
        .shell("exit 3")
        .faults(json!([{ "service": "ecs", "operation": "DescribeTaskDefinition", "times": 5,
        "error": { "code": "ThrottlingException", "message": "Rate exceeded" } }]));
    let output = cloud.run().run();
    output
        .assert_code(3)
        .assert_stderr("DescribeTaskDefinition fails: Rate exceeded (ThrottlingException); trying on");
    output.assert_stderr("DescribeTaskDefinition works again");
    assert_eq!(output.stderr.matches("trying on").count(), 1, "{output}");
}

/// What will not be better the next time is not tried again.
#[test]
fn what_can_never_work_is_said_at_once_and_named() {
    let http = server(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    let asks = server(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    let output = run(&format!("https://{http}")).run();
    output.assert_code(125).assert_stderr(&http).assert_stderr("does not speak TLS").assert_stderr("http://");
    for (variable, endpoint) in [("HTTPS_PROXY", "https://aws.example"), ("HTTP_PROXY", "http://aws.example")]
    {
        let proxy = format!("http://me:hunter2@{asks}");
        let output = run(endpoint).env(variable, &proxy).run();
        output
            .assert_code(125)
            .assert_stderr("HTTP status 407")
            .assert_stderr(&format!("through the proxy {asks}"));
        output.assert_nowhere("hunter2").assert_within(Duration::from_secs(15));
    }
    for (variable, value) in [
        ("AWS_ENDPOINT_URL", "localhost:4577"),
        ("AWS_ENDPOINT_URL_ECS", "ftp://localhost"),
        ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://"),
    ] {
        let output = run("http://127.0.0.1:1").env(variable, value).run();
        output.assert_code(2).assert_stderr(variable).assert_within(Duration::from_secs(10));
    }
}

#[test]
fn host_with_a_port_is_excepted_from_the_proxy() {
    let cloud = Cloud::real("no-proxy");
    cloud.shell("exit 3");
    let except = cloud.endpoint().trim_start_matches("http://").to_owned();
    let run = cloud.run().env("HTTP_PROXY", format!("http://{}", nobody()));
    run.env("NO_PROXY", format!("elsewhere:1,{except}")).run().assert_code(3);
}
