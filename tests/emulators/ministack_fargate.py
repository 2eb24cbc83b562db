"""Runs ministack with the parts of Fargate that it leaves out.

ministack really runs every container of a task through Docker and really forwards its output to
CloudWatch Logs. This file adds what sortie's tests need beyond that:

- `entryPoint`, `user`, `workingDirectory`, `readonlyRootFilesystem`, CPU and memory limits;
- the true exit code of every container, also after StopTask (which answers at once, while the
  containers get their stop signal in the background) and for sidecars that are stopped because
  an essential container ended;
- the words of ECS for an image that cannot be pulled and a command that cannot be started;
- `OutOfMemoryError` as the reason of a container that the kernel killed;
- no line lost: a container is STOPPED when its output has been forwarded, long lines are joined
  again as the awslogs driver does, and lines are put in batches;
- RunTask's client token: the same token and request give the same task, the same token with
  another request gives ConflictException.

Not added (known differences): STOPPED follows the end of the output at once (no network interface
is detached, no event is late: scripted_ecs.py has such tasks), a missing `stopTimeout` means 2 s and not 30 s, nothing checks IAM.

Usage: ministack_fargate.py   (ministack's own environment variables apply)
"""

import json
import os
import threading
import time

import ministack.services.ecs as ecs

DEFAULT_STOP_TIMEOUT = 2  # seconds
LONGEST_EVENT = 262_118  # bytes: where the awslogs driver cuts a line (256 KiB less 26 bytes)
FLUSH_EVERY = 0.05  # seconds
BATCH = 1_000  # events in one PutLogEvents

# --- what a container is started with ---------------------------------------------------------

original_build = ecs._build_run_kwargs


def build_run_kwargs(container, task_definition, *args, **kwargs):
    built = original_build(container, task_definition, *args, **kwargs)
    memory = container.get("memory") or task_definition.get("memory")
    cpu = container.get("cpu") or task_definition.get("cpu")
    if container.get("entryPoint"):
        built["entrypoint"] = container["entryPoint"]
    if memory:
        built["mem_limit"] = built["memswap_limit"] = f"{int(memory)}m"
    if cpu:
        # Docker refuses more cores than the machine has: no limit then.
        if int(cpu) <= 1024 * (os.cpu_count() or 1):
            built["nano_cpus"] = int(int(cpu) / 1024 * 1e9)
    if container.get("user"):
        built["user"] = container["user"]
    if container.get("workingDirectory"):
        built["working_dir"] = container["workingDirectory"]
    if container.get("readonlyRootFilesystem"):
        built["read_only"] = True
    built.pop("extra_hosts", None)
    built["labels"]["sortie.stop-timeout"] = str(container.get("stopTimeout") or DEFAULT_STOP_TIMEOUT)
    return built


ecs._build_run_kwargs = build_run_kwargs

# --- how a task ends --------------------------------------------------------------------------

original_mark_stopped = ecs._mark_task_stopped
original_cleanup = ecs._cleanup_task_resources
forwarders = {}  # docker id -> thread
ending = threading.Lock()


def mark_task_stopped(task_arn, task, reason, stop_code, exit_code=None):
    """Begins the end of a task; `finish` completes it in the background."""
    if stop_code == "TaskFailedToStart":
        reason = start_failure(reason)
        task["containers"][0]["reason"] = reason
        return original_mark_stopped(task_arn, task, reason, stop_code, None)
    if stop_code == "EssentialContainerExited":
        reason = "Essential container in task exited"
    with ending:
        if task.get("_ending") or not ecs._task_is_active(task_arn, task):
            return False
        task["_ending"] = True
        task["desiredStatus"] = "STOPPED"
        task["stoppingAt"] = ecs._iso()
        task["stopCode"] = stop_code
        task["stoppedReason"] = reason
        ecs._bump_task_version(task)
    scope = (ecs.get_account_id(), ecs.get_region())
    threading.Thread(target=finish, args=(scope, task), daemon=True).start()
    return True


def start_failure(reason):
    """The words of ECS for an image that cannot be pulled, and a command that cannot be started."""
    detail = reason.removeprefix("ResourceInitializationError: unable to pull image or start container: ")
    if "/images/create" in reason:
        return f"CannotPullContainerError: {detail}"
    if "/start: " in reason:
        return f"CannotStartContainerError: {detail}"
    return reason


def finish(scope, task):
    docker = ecs._get_docker()
    with ecs.request_scope(*scope):
        ids = list(task.get("_docker_ids") or [])
        task["lastStatus"] = "DEACTIVATING"
        for index, docker_id in enumerate(ids):
            stop_container(docker, docker_id, task["containers"][index])
        execution_stopped_at = ecs._iso()
        # A container is reported as stopped when its log driver has been closed, which flushes it
        # (moby, daemon/monitor.go, handleContainerExit).
        for docker_id in ids:
            if thread := forwarders.pop(docker_id, None):
                thread.join()
        task["executionStoppedAt"] = execution_stopped_at
        for container in task["containers"]:
            container["lastStatus"] = "STOPPED"
        task["lastStatus"] = "DEPROVISIONING"
        task["stoppedAt"] = ecs._iso()
        task["lastStatus"] = "STOPPED"
        ecs._bump_task_version(task)
        cluster = ecs._cluster_name_from_arn(task.get("clusterArn", ""))
        if cluster:
            ecs._recount_cluster(cluster)
        original_cleanup(task, docker)


def stop_container(docker, docker_id, record):
    """Stops one container for real and writes down how it ended."""
    try:
        container = docker.containers.get(docker_id)
        if container.status != "exited":
            container.stop(timeout=int(container.labels.get("sortie.stop-timeout", DEFAULT_STOP_TIMEOUT)))
        record["exitCode"] = container.wait()["StatusCode"]
        container.reload()
        if container.attrs["State"].get("OOMKilled"):
            record["reason"] = "OutOfMemoryError: Container killed due to memory usage"
    except Exception as error:  # the code then stays absent, as it does on a lost host
        ecs.logger.warning("ECS: cannot stop container %s: %s", docker_id, error)


def cleanup_task_resources(task, docker, extra_container=None):
    """Leaves a task that `finish` is ending alone, except for a container it cannot know."""
    if not task.get("_ending"):
        return original_cleanup(task, docker, extra_container)
    if extra_container is not None:
        ecs._remove_docker_container(docker, extra_container)


ecs._mark_task_stopped = mark_task_stopped
ecs._cleanup_task_resources = cleanup_task_resources

# --- the awslogs driver -----------------------------------------------------------------------


original_config = ecs._awslogs_config


def awslogs_config(*args):
    config = original_config(*args)
    if config:
        config["account"] = ecs.get_account_id()
        config["region"] = config["region"] or ecs.get_region()
    return config


def start_awslogs_forwarder(container, definition, task_id):
    config = ecs._awslogs_config(definition, task_id, container.id)
    if config:
        thread = threading.Thread(target=forward, args=(container, config), daemon=True)
        forwarders[container.id] = thread
        thread.start()


def forward(container, config):
    """Follows a container's output to its end, and puts it into its log stream."""
    # The account and region of a request are context variables, which no new thread inherits.
    with ecs.request_scope(config["account"], config["region"]):
        if not ecs._ensure_awslogs_stream(config):
            return
    waiting, lock, over = [], threading.Lock(), threading.Event()
    flusher = threading.Thread(target=flush, args=(config, waiting, lock, over), daemon=True)
    flusher.start()
    try:
        follow(container, waiting, lock)
    except Exception as error:
        ecs.logger.warning("ECS: log of %s ends early: %s", container.id, error)
    over.set()
    flusher.join()


def follow(container, waiting, lock):
    """Cuts the container's output into events: one a line, empty ones left out."""
    rest, since = b"", now()
    for chunk in output(container):
        # A line has the time at which it began, and so have the events that it is cut into.
        first = since if rest else now()
        *lines, rest = (rest + chunk).split(b"\n")
        append(parts(lines[:1]), first, waiting, lock)
        append(parts(lines[1:]), now(), waiting, lock)
        since = now() if lines else first
    append(parts([rest]), since, waiting, lock)


def now():
    return int(time.time() * 1000)


def parts(lines):
    """Lines cut where the driver cuts them."""
    for line in lines:
        for start in range(0, len(line), LONGEST_EVENT):
            yield line[start : start + LONGEST_EVENT]


def output(container):
    """The container's output as it comes. The engine may end a followed log before its end when
    the container ends meanwhile; what it left out is read afterwards, from the whole log."""
    seen = 0
    for chunk in container.logs(stream=True, follow=True, stdout=True, stderr=True):
        seen += len(chunk)
        yield chunk
    container.wait()
    whole = container.logs(stdout=True, stderr=True)
    if len(whole) > seen:
        yield whole[seen:]


def append(parts, since, waiting, lock):
    events = [{"timestamp": since, "message": part.decode("utf-8", errors="replace")} for part in parts]
    with lock:
        waiting.extend(events)


def flush(config, waiting, lock, over):
    from ministack.services import cloudwatch_logs

    with ecs.request_scope(config["account"], config["region"]):
        while True:
            last = over.is_set()
            with lock:
                batch, waiting[:] = waiting[:BATCH], waiting[BATCH:]
            if batch:
                cloudwatch_logs._put_log_events(
                    {"logGroupName": config["group"], "logStreamName": config["stream"], "logEvents": batch}
                )
            elif last:
                return
            else:
                time.sleep(FLUSH_EVERY)


ecs._awslogs_config = awslogs_config
ecs._start_awslogs_forwarder = start_awslogs_forwarder

# --- client tokens ----------------------------------------------------------------------------

original_run_task = ecs._run_task
tokens = {}  # (cluster, token) -> (request, response)
launching = threading.Lock()


def run_task(data):
    token = data.get("clientToken")
    if not token:
        return original_run_task(data)
    key = (data.get("cluster", "default"), token)
    request = json.dumps(data, sort_keys=True)
    with launching:
        if key not in tokens:
            tokens[key] = (request, original_run_task(data))
        known, response = tokens[key]
    if known != request:
        arns = [task["taskArn"] for task in json.loads(response[2])["tasks"]]
        return ecs.error_response_json(
            "ConflictException",
            "The client token was used before with other parameters.",
            400,
            {"resourceIds": arns},
        )
    return response


ecs._ACTION_MAP["RunTask"] = run_task

if __name__ == "__main__":
    from ministack.app import main

    main()
