"""moto's ECS and CloudWatch Logs, in which a task lives the life that a test has written.

    scripted_ecs.py API_PORT SCRIPT_PORT

A container engine cannot produce a Spot interruption, a host's retirement or a log event that
shows up seconds after its task has stopped. Here a test posts such a life to SCRIPT_PORT, for the
family of a task definition, and every task of that family lives it:

    {
      "family": "deploy",
      "runTask":  [{"failures": [{"reason": "..."}]}, {"error": "ServerException", "message": "..."}],
      "stopTask": [{"error": "ThrottlingException", "message": "..."}],
      "missing": 3,
      "emptyPages": 4,
      "unstableOrder": true,
      "accountSettings": {"defaultLogDriverMode": "blocking"},
      "steps":  [{"after": 0.2, "status": "RUNNING"},
                 {"log": {"app": ["line 1", "line 2"]}},
                 {"status": "STOPPED", "task": {"stopCode": "SpotInterruption"},
                  "containers": {"app": {"exitCode": 2, "reason": "..."}}},
                 {"after": 3, "log": {"app": ["late"]}}],
      "onStop": [{"status": "STOPPED", "containers": {"app": {"exitCode": 143}}}]
    }

`runTask` and `stopTask` answer the first calls, one entry a call; with `"created": true` an error
of `runTask` comes after the task was created, and `{"conflict": true}` is the error that names
the task it has created. The same client token gives the same task. DescribeTasks reports a task as
MISSING `missing` times. The first `emptyPages` answers of GetLogEvents for a stream of the log group
`/FAMILY` are empty, each with a new token. `accountSettings` are those of a caller
whose access key is the family. `first` is a list of steps for
each of the first tasks. `steps` follow each other, each `after` so many seconds; `onStop` replaces what is left of
them when StopTask comes (by default the task stops with 143). A step with `"ended": N` says that the
execution stopped N seconds ago and that all its containers have stopped; without one, that is so at
STOPPED. A log stream exists from its first line on.

On Fargate a task is DEPROVISIONING about 10 s after its execution stopped, with codes and reasons, and
STOPPED 12 to 37 s after that:

    {"after": 10.1, "status": "DEPROVISIONING", "ended": 10.1,
     "task": {"stopCode": "EssentialContainerExited", "stoppedReason": "..."},
     "containers": {"app": {"exitCode": 3}}},
    {"after": 22.9, "status": "STOPPED"}
"""

import http.server
import json
import re
import sys
import threading
import time

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ecs import models, responses
from moto.logs.models import LogsBackend, logs_backends
from moto.moto_api import state_manager
from moto.server import ThreadedMotoServer

DEFAULT_LIFE = {
    "steps": [
        {"after": 0.1, "status": "RUNNING"},
        {"after": 0.1, "status": "STOPPED", "task": {"stopCode": "EssentialContainerExited"}},
    ]
}
DEFAULT_STOP = [{"status": "DEPROVISIONING"}, {"after": 0.2, "status": "STOPPED"}]
STOPPED_CODE = 143

lives = {}  # family -> life
lock = threading.RLock()


def life_of(task_definition):
    family = task_definition.rsplit("/", 1)[-1].split(":")[0]
    return lives.get(family, DEFAULT_LIFE)


def snake(name):
    return re.sub(r"([A-Z])", r"_\1", name).lower()


# --- tasks ------------------------------------------------------------------------------------

# A task's state changes as its life says, never by itself.
state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
# Only for container instances, and it insists on a memory that Fargate does not need.
models.EC2ContainerServiceBackend._calculate_task_resource_requirements = staticmethod(lambda _: {})

original_init = models.Task.__init__


def init(self, cluster, task_definition, *args, **kwargs):
    # moto attaches the task to a network of its own; the test's subnets exist nowhere.
    subnets = ec2_backends[kwargs["backend"].account_id][cluster.region_name].describe_subnets()
    network = {"awsvpcConfiguration": {"subnets": [subnets[0].id], "securityGroups": []}}
    original_init(self, cluster, task_definition, *args, **(kwargs | {"networking_configuration": network}))
    self.containers = []
    self.definitions = {}
    for definition in task_definition.container_definitions:
        container = models.Container(task_definition)
        container.name, container.image = definition["name"], definition["image"]
        container.exitCode, container.last_status = None, "PENDING"
        self.containers.append(container)
        self.definitions[container.name] = definition
    self.last_status, self.created_at, self.stop_code = "PROVISIONING", time.time(), None
    self.life = life_of(task_definition.arn)
    self.stopping = threading.Event()
    self.missing_left = self.life.get("missing", 0)
    threading.Thread(target=live, args=(self,), daemon=True).start()


models.Task.__init__ = init


def live(task):
    with lock:
        first = task.life.get("first")
        steps = list(first.pop(0) if first else task.life.get("steps", DEFAULT_LIFE["steps"]))
    stopped_by_user = False
    while steps:
        step = steps.pop(0)
        if stopped_by_user:
            time.sleep(step.get("after", 0))
        elif task.stopping.wait(step.get("after", 0)) and task.last_status != "STOPPED":
            stopped_by_user = True
            steps = list(task.life.get("onStop", DEFAULT_STOP))
            task.stop_code = "UserInitiated"
            continue
        apply(task, step, STOPPED_CODE if stopped_by_user else 0)


def apply(task, step, code):
    for container, lines in step.get("log", {}).items():
        put(task, container, lines)
    with lock:
        for name, value in step.get("task", {}).items():
            setattr(task, snake(name), value)
        status = step.get("status")
        if "ended" in step:
            task.execution_stopped_at = time.time() - step["ended"]
            for container in task.containers:
                container.last_status = "STOPPED"
        if status == "STOPPED":
            stop(task, step, code)
        for container in task.containers:
            for name, value in step.get("containers", {}).get(container.name, {}).items():
                setattr(container, "last_status" if name == "lastStatus" else name, value)
        if status == "RUNNING":
            task.started_at = time.time()
            for container in task.containers:
                container.last_status = "RUNNING"
        if status:
            task.last_status = status


def stop(task, step, code):
    now = time.time()
    task.desired_status = "STOPPED"
    task.stopped_at = now
    if not getattr(task, "execution_stopped_at", None) and task.stop_code != "TaskFailedToStart":
        task.execution_stopped_at = now
    for container in task.containers:
        container.last_status = "STOPPED"
        # A life that says something of a container says everything: an exit code may be missing.
        if container.name not in step.get("containers", {}) and container.exitCode is None:
            container.exitCode = None if task.stop_code == "TaskFailedToStart" else code


def put(task, container, lines):
    options = task.definitions[container]["logConfiguration"]["options"]
    group, prefix = options["awslogs-group"], options["awslogs-stream-prefix"]
    backend = logs_backends[task._account_id][task.region_name]
    stream = f"{prefix}/{container}/{task.id}"
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    now = int(time.time() * 1000)
    backend.put_log_events(group, stream, [{"timestamp": now, "message": line} for line in lines])


# --- calls ------------------------------------------------------------------------------------


def scripted_answer(life, call, before_error=lambda: None):
    """The next scripted answer of this call, if one is left."""
    with lock:
        answer = life[call].pop(0) if life.get(call) else None
    if answer and "error" in answer:
        if answer.get("created"):
            before_error()
        error = JsonRESTError(answer["error"], answer.get("message", "scripted"))
        error.code = answer.get("status", 400)
        raise error
    return answer


original_run_task = responses.EC2ContainerServiceResponse.run_task
launched = {}  # (cluster, client token) -> answer


def run_task(self):
    life = life_of(self._get_param("taskDefinition"))
    answer = scripted_answer(life, "runTask", lambda: run_task_once(self))
    if answer and answer.get("conflict"):
        error = JsonRESTError("ConflictException", "scripted")
        arns = [task.task_arn for task in run_task_once(self).result["tasks"]]
        error.description = json.dumps({"__type": "ConflictException", "resourceIds": arns})
        raise error
    if answer:
        return ActionResult({"tasks": [], "failures": answer["failures"]})
    return run_task_once(self)


def run_task_once(self):
    key = (self._get_param("cluster", "default"), self._get_param("clientToken"))
    with lock:
        if key[1] is None:
            return original_run_task(self)
        if key not in launched:
            launched[key] = original_run_task(self)
        return launched[key]


def describe_tasks(self):
    asked = self._get_param("tasks", [])
    found, failures = [], []
    with lock:
        tasks = self.ecs_backend.describe_tasks(self._get_param("cluster", "default"), asked)
        for arn in asked:
            task = next((one for one in tasks if one.task_arn.endswith(arn.rsplit("/", 1)[-1])), None)
            if task is None or task.missing_left > 0:
                if task:
                    task.missing_left -= 1
                failures.append({"arn": arn, "reason": "MISSING"})
                continue
            if task.life.get("unstableOrder"):
                task.containers = task.containers[1:] + task.containers[:1]
            found.append(task)
        if "TAGS" in self._get_param("include", []):
            self._include_in_response(responses.DESCRIBE_TASKS_TAGS)
        else:
            self._exclude_from_response(responses.DESCRIBE_TASKS_TAGS)
        return ActionResult({"tasks": found, "failures": failures})


def stop_task(self):
    self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
    name = self._get_param("task").rsplit("/", 1)[-1]
    tasks = [task for tasks in self.ecs_backend.tasks.values() for task in tasks.values()]
    task = next((one for one in tasks if one.id == name), None)
    if task is None:
        raise JsonRESTError("InvalidParameterException", "The referenced task was not found.")
    scripted_answer(task.life, "stopTask")
    with lock:
        if task.last_status != "STOPPED":
            task.desired_status = "STOPPED"
            task.stopped_reason = self._get_param("reason") or "Task stopped by user"
    task.stopping.set()
    return ActionResult({"task": task})


def list_account_settings(self):
    name = self._get_param("name")
    caller = re.search(r"Credential=([^/]*)/", self.headers.get("Authorization", ""))
    settings = lives.get(caller[1] if caller else "", {}).get("accountSettings", {})
    root = f"arn:aws:iam::{self.current_account}:root"
    found = [
        {"name": key, "value": value, "principalArn": root, "type": "user"}
        for key, value in settings.items()
        if name in (None, key)
    ]
    return ActionResult({"settings": found})


responses.EC2ContainerServiceResponse.run_task = run_task
responses.EC2ContainerServiceResponse.list_account_settings = list_account_settings
responses.EC2ContainerServiceResponse.describe_tasks = describe_tasks
responses.EC2ContainerServiceResponse.stop_task = stop_task

# --- log pages --------------------------------------------------------------------------------

original_get_log_events = LogsBackend.get_log_events
empty_pages_served = {}  # (group, stream) -> how many


def get_log_events(self, **asked):
    group, stream = asked["log_group_name"], asked["log_stream_name"]
    token = re.sub(r"^empty\d+:", "", asked["next_token"] or "")
    life = lives.get(group.removeprefix("/"), DEFAULT_LIFE)
    if group in self.groups and stream in self.groups[group].streams:
        with lock:
            served = empty_pages_served.get((group, stream), 0)
            if served < life.get("emptyPages", 0):
                empty_pages_served[group, stream] = served + 1
                return [], f"b/{served}", f"empty{served}:{token}"
    return original_get_log_events(self, **(asked | {"next_token": token or None}))


LogsBackend.get_log_events = get_log_events

# --- scripts ----------------------------------------------------------------------------------


class Scripts(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer()

    def do_POST(self):
        life = json.loads(self.rfile.read(int(self.headers["content-length"])))
        lives[life["family"]] = life
        self.answer()

    def answer(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    api = ThreadedMotoServer(ip_address="127.0.0.1", port=int(sys.argv[1]), verbose=False)
    api.start()
    api.wait_for_startup() if hasattr(api, "wait_for_startup") else time.sleep(0.5)
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Scripts).serve_forever()
