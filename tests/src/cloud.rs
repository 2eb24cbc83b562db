//! One test's own corner of an AWS.

use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::contract;
use crate::recorder::Exchange;
use crate::recorder::Recorder;
use crate::servers::servers;
use crate::sortie::Sortie;

/// The only image that the engine has: busybox.
pub const IMAGE: &str = "busybox:e2e";

/// A cluster, a task definition family and a log group that no other test uses, all with one
/// name, and the record of the calls that sortie made.
///
/// When a test ends, every call it caused is checked against the AWS service models.
#[derive(Debug)]
pub struct Cloud {
    name: String,
    upstream: String,
    recorder: Recorder,
    /// Answers are cut short on purpose, so what cannot be read is nobody's mistake.
    garbles: AtomicBool,
}

impl Cloud {
    /// An AWS that really runs containers.
    pub fn real(test: &str) -> Self {
        Self::new(test, &servers().fargate)
    }

    /// The same, behind a proxy that injects the faults of [`Cloud::faults`].
    pub fn faulty(test: &str) -> Self {
        Self::new(test, &servers().faults)
    }

    /// An AWS in which tasks live the life given with [`Cloud::life`].
    pub fn scripted(test: &str) -> Self {
        Self::new(test, &servers().scripted)
    }

    fn new(test: &str, upstream: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let cloud = Self {
            name: format!("{test}-{}-{count}", std::process::id()),
            upstream: upstream.to_owned(),
            recorder: Recorder::start(upstream),
            garbles: AtomicBool::new(false),
        };
        cloud.call("ecs", "CreateCluster", &json!({ "clusterName": cloud.name }));
        cloud.call("logs", "CreateLogGroup", &json!({ "logGroupName": cloud.log_group() }));
        cloud
    }

    /// Name of the cluster and of the task definition's family.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the log group.
    pub fn log_group(&self) -> String {
        format!("/{}", self.name)
    }

    /// The URL that sortie is pointed at.
    pub fn endpoint(&self) -> &str {
        self.recorder.address()
    }

    /// Registers the task definition, of container definitions as ECS takes them; image,
    /// `essential` and log configuration are filled in where they are missing.
    pub fn define(&self, containers: Value) -> &Self {
        self.call("ecs", "RegisterTaskDefinition", &self.task_definition(containers));
        self
    }

    /// The request that [`Cloud::define`] makes.
    pub fn task_definition(&self, mut containers: Value) -> Value {
        for container in containers.as_array_mut().expect("a list of containers") {
            let container = container.as_object_mut().expect("a container is an object");
            container.entry("image").or_insert_with(|| IMAGE.into());
            container.entry("essential").or_insert_with(|| true.into());
            container.entry("logConfiguration").or_insert_with(|| {
                json!({
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": self.log_group(),
                        "awslogs-region": "us-east-1",
                        "awslogs-stream-prefix": "run",
                        "mode": "blocking",
                    },
                })
            });
        }
        json!({
            "family": self.name,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
            "containerDefinitions": containers,
        })
    }

    /// Registers a task definition of one container, `app`, that runs a shell script.
    pub fn shell(&self, script: &str) -> &Self {
        self.define(json!([shell("app", script)]))
    }

    /// Writes the life of this family's tasks; `tests/emulators/scripted_ecs.py` explains it.
    pub fn life(&self, mut life: Value) -> &Self {
        life["family"] = self.name.clone().into();
        ureq::post(&servers().script).send_json(life).expect("the scripted service takes a life");
        self
    }

    /// Adds fault rules in the words of microburst, which here concern this test's calls only.
    pub fn faults(&self, mut rules: Value) -> &Self {
        for rule in rules.as_array_mut().expect("a list of rules") {
            // Every call names the cluster, the family or the log group, and these share a name.
            rule["body"] = format!("contains(to_string(@), '{}')", self.name).into();
            if !rule["response"].is_null() {
                self.garbles.store(true, Ordering::Relaxed);
            }
        }
        let url = format!("{}/_microburst/rules", self.upstream);
        ureq::patch(&url).send_json(rules).expect("the fault proxy takes rules");
        self
    }

    /// `sortie run` of this family in this cluster.
    pub fn run(&self) -> Sortie {
        self.sortie(&["run"]).args(self.target())
    }

    /// The flags that name this cluster and family.
    pub fn target(&self) -> Vec<String> {
        let flags = ["--cluster", &self.name, "--task-definition", &self.name];
        let network = ["--subnet", "subnet-1", "--security-group", "sg-1"];
        flags.into_iter().chain(network).map(str::to_owned).collect()
    }

    /// Any command of sortie, with this cloud's address in its environment.
    pub fn sortie(&self, args: &[&str]) -> Sortie {
        Sortie::new()
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .args(args.iter().copied())
    }

    /// Every call so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.recorder.exchanges()
    }

    /// Every call so far of one operation.
    pub fn calls(&self, operation: &str) -> Vec<Exchange> {
        self.exchanges().into_iter().filter(|exchange| exchange.operation == operation).collect()
    }

    /// Waits until a call of this operation has come in, and returns it.
    pub fn await_call(&self, operation: &str) -> Exchange {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(call) = self.calls(operation).into_iter().next() {
                return call;
            }
            assert!(Instant::now() < deadline, "sortie made no {operation} call within 30 s");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The schedule of this name, if there is one.
    pub fn schedule(&self, name: &str) -> Option<Value> {
        let scope = "Credential=test/20260101/us-east-1/scheduler/aws4_request";
        let answer = ureq::get(format!("{}/schedules/{name}", servers().fargate))
            .header("authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=x"))
            .call();
        let text = answer.ok()?.body_mut().read_to_string().expect("an answer is text");
        Some(serde_json::from_str(&text).expect("an answer is JSON"))
    }

    /// Ids of this family's containers that run.
    pub fn running_containers(&self) -> Vec<String> {
        let label = format!("label=com.amazonaws.ecs.task-definition-family={}", self.name);
        let listed = Command::new("docker")
            .args(["-H", &servers().docker, "ps", "--quiet", "--filter", &label])
            .output()
            .expect("docker answers");
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect()
    }

    /// Fails the test when a container of this family still runs after 20 s, which is longer
    /// than any stop timeout that the tests use.
    pub fn assert_nothing_runs(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.running_containers().is_empty() {
            assert!(Instant::now() < deadline, "a container of {} is left running", self.name);
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Makes a call of the test's own, past the recorder.
    pub fn call(&self, service: &str, operation: &str, body: &Value) -> Value {
        self.call_in("us-east-1", service, operation, body)
    }

    /// The same in another region, where there is nothing yet.
    pub fn call_in(&self, region: &str, service: &str, operation: &str, body: &Value) -> Value {
        let target = match service {
            "logs" => format!("Logs_20140328.{operation}"),
            _ => format!("AmazonEC2ContainerServiceV20141113.{operation}"),
        };
        let headers = [("x-amz-target", target.as_str()), ("content-type", "application/x-amz-json-1.1")];
        let text = self.post(region, service, operation, &headers, body.to_string());
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("an answer is JSON") }
    }

    /// The same of a service that takes forms and answers in XML.
    pub fn query(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> String {
        let first = [("Action", action), ("Version", "2016-11-15")];
        let all = first.iter().chain(parameters);
        let form: Vec<String> = all.map(|(name, value)| format!("{name}={value}")).collect();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.post("us-east-1", service, action, &headers, form.join("&"))
    }

    fn post(
        &self,
        region: &str,
        service: &str,
        operation: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> String {
        let credential = format!("Credential=test/20260101/{region}/{service}/aws4_request");
        let authorization = format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=x");
        let url = format!("{}/", self.upstream.replace(&servers().faults, &servers().fargate));
        let request = ureq::post(url).header("authorization", authorization);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let mut response = request.send(body).unwrap_or_else(|error| panic!("{operation}: {error}"));
        response.body_mut().read_to_string().expect("an answer is text")
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let mut all = Vec::new();
        for exchange in self.exchanges() {
            for violation in contract::violations(&exchange) {
                if self.garbles.load(Ordering::Relaxed) && violation == "response: not JSON" {
                    continue;
                }
                all.push(format!("{}: {violation}", exchange.operation));
            }
        }
        all.dedup();
        assert!(all.is_empty(), "calls that are not as the AWS service models say:\n{}", all.join("\n"));
    }
}

/// A container that runs a shell script.
pub fn shell(name: &str, script: &str) -> Value {
    json!({ "name": name, "command": ["sh", "-c", script] })
}
