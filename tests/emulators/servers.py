"""Starts the services that the end-to-end tests run against, and ends them with its parent.

    servers.py CACHE_DIR

CACHE_DIR holds what tests/setup installed. Everything listens on free ports of 127.0.0.1 or on
Unix sockets in a new directory. When all is ready one JSON line on standard output says where:

    docker     the engine's socket; its own dockerd, with its own data
    podman     a second engine: podman's Docker-compatible socket, with its own data
    registry   an image registry that asks for the user `e2e` and the password `e2e-password`
    fargate    ECS and CloudWatch Logs that really run containers (ministack)
    faults     the same behind a proxy that injects faults (microburst)
    scripted   ECS and CloudWatch Logs with task lives that tests write (moto)
    script     where to post such a life

Then it waits for the end of its standard input, which comes in every case when the parent ends,
and stops everything. What a run that was killed altogether left behind, the next one removes.
"""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PREFIX = "sortie-e2e-"
PATIENCE = 60  # seconds until a service must be ready, on a busy machine
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
libc = ctypes.CDLL(None)


def main():
    cache = pathlib.Path(sys.argv[1]).resolve()
    # An interrupt at the terminal is for the tests; this process ends when they have.
    os.setsid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Orphans of the engine become children of this process, so that it can find and end them.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    remove_leftovers()
    home = pathlib.Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        addresses = start(cache, home)
        print(json.dumps(addresses), flush=True)
        while os.read(0, 4096):
            pass
    finally:
        stop(home)


def start(cache, home):
    docker = f"unix://{home}/docker.sock"
    start_engine(home, docker)
    fargate, faults, scripted, script, registry = free_ports(5)
    start_registry(home, registry)
    podman = f"unix://{home}/podman.sock"
    start_podman(home, docker, podman, registry)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONUNBUFFERED": "1"}
    spawn(
        home,
        "ministack",
        [cache / "ministack/bin/python", HERE / "ministack_fargate.py"],
        environment
        | {
            "DOCKER_HOST": docker,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(fargate),
            "SERVICES": "ecs,logs,ec2,iam,sts,scheduler",
        },
    )
    spawn(
        home,
        "microburst",
        [cache / "microburst/bin/microburst", "--host", "127.0.0.1", "-p", str(faults)]
        + ["-u", f"http://127.0.0.1:{fargate}"],
        environment,
    )
    spawn(
        home,
        "moto",
        [cache / "moto/bin/python", HERE / "scripted_ecs.py", str(scripted), str(script)],
        environment,
    )
    await_http(f"http://127.0.0.1:{fargate}/_ministack/health")
    await_http(f"http://127.0.0.1:{faults}/_microburst/health")
    await_http(f"http://127.0.0.1:{script}/")
    return {
        "docker": docker,
        "podman": podman,
        "registry": f"127.0.0.1:{registry}",
        "home": str(home),
        "fargate": f"http://127.0.0.1:{fargate}",
        "faults": f"http://127.0.0.1:{faults}",
        "scripted": f"http://127.0.0.1:{scripted}",
        "script": f"http://127.0.0.1:{script}",
    }


def start_engine(home, docker):
    """dockerd with no network of its own, and one image made of busybox."""
    # The engine is told to end, not killed, when this process is: it then ends its containers.
    spawn(
        home,
        "dockerd",
        ["dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"]
        + [f"--data-root={home}/data", f"--exec-root={home}/exec", f"--pidfile={home}/docker.pid"]
        + ["-H", docker],
        dict(os.environ),
        signal.SIGTERM,
    )
    await_true(lambda: run_quietly(["docker", "-H", docker, "version"]), "dockerd")
    root = home / "image"
    (root / "bin").mkdir(parents=True)
    for directory in ("etc", "tmp", "root"):
        (root / directory).mkdir()
    busybox = root / "bin/busybox"
    shutil.copy(shutil.which("busybox"), busybox)
    for applet in subprocess.check_output([busybox, "--list"], text=True).split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
    tar = subprocess.Popen(["tar", "-C", root, "-cf", "-", "."], stdout=subprocess.PIPE)
    subprocess.run(
        ["docker", "-H", docker, "import", "-c", "ENV PATH=/bin", "-", "busybox:e2e"],
        stdin=tar.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    if tar.wait() != 0:
        raise SystemExit("tar cannot pack the test image")
    shutil.rmtree(root)


# Without CAP_SYS_RESOURCE the usual limits cannot be set, crun needs cgroup v2, and there may be no
# systemd to ask.
PODMAN = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def start_podman(home, docker, address, registry):
    """Podman's service, with the image that docker has."""
    (home / "containers.conf").write_text(PODMAN)
    # Docker takes a registry on loopback without TLS by itself.
    (home / "registries.conf").write_text(f'[[registry]]\nlocation = "127.0.0.1:{registry}"\ninsecure = true\n')
    environment = dict(os.environ) | {
        "CONTAINERS_CONF": str(home / "containers.conf"),
        "CONTAINERS_REGISTRIES_CONF": str(home / "registries.conf"),
    }
    podman = ["podman", "--root", f"{home}/podman/root", "--runroot", f"{home}/podman/run"]
    save = subprocess.Popen(["docker", "-H", docker, "save", "busybox:e2e"], stdout=subprocess.PIPE)
    load = subprocess.run(
        [*podman, "load", "--quiet"],
        stdin=save.stdout,
        stdout=subprocess.PIPE,
        # It warns of networks that the tests do not use.
        stderr=subprocess.STDOUT,
        env=environment,
    )
    if load.returncode != 0 or save.wait() != 0:
        raise SystemExit(f"podman cannot load the test image:\n{load.stdout.decode()}")
    spawn(home, "podman", [*podman, "system", "service", "--time=0", address], environment)
    await_true(lambda: run_quietly(["docker", "-H", address, "version"]), "podman")


# bcrypt of `e2e-password`.
HTPASSWD = "e2e:$2b$04$cqUM58UFb8rLfmVrwfqajOww9SUOaBLRbQ7lmzwAdECyuu4ZznicS\n"


def start_registry(home, port):
    (home / "htpasswd").write_text(HTPASSWD)
    (home / "registry.json").write_text(
        json.dumps(
            {
                "version": "0.1",
                "storage": {"filesystem": {"rootdirectory": f"{home}/registry"}},
                "http": {"addr": f"127.0.0.1:{port}"},
                "auth": {"htpasswd": {"realm": "e2e", "path": f"{home}/htpasswd"}},
            }
        )
    )
    spawn(home, "registry", ["docker-registry", "serve", home / "registry.json"], dict(os.environ))


children = []


def spawn(home, name, command, environment, at_parents_end=signal.SIGKILL):
    log = open(home / f"{name}.log", "wb")
    child = subprocess.Popen(
        [str(part) for part in command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=home,
        preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, at_parents_end),
    )
    children.append((name, child, home / f"{name}.log"))


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def await_http(url):
    def answers():
        try:
            return urllib.request.urlopen(url, timeout=5).status == 200
        except OSError:
            return False

    await_true(answers, url)


def await_true(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        for name, child, log in children:
            if child.poll() is not None:
                tail = log.read_text(errors="replace")[-3000:]
                raise SystemExit(f"{name} ended with {child.returncode}:\n{tail}")
        if time.monotonic() > deadline:
            logs = "".join(f"--- {name}\n{log.read_text(errors='replace')[-1500:]}" for name, _, log in children)
            raise SystemExit(f"{what} is not ready after {PATIENCE} s\n{logs}")
        time.sleep(0.05)


def run_quietly(command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def stop(home):
    """Ends every service, the engine last, then whatever is left of them, and removes the files."""
    for name, child, _ in reversed(children):
        if name in ("dockerd", "podman"):
            docker = f"unix://{home}/{'docker' if name == 'dockerd' else name}.sock"
            listed = subprocess.run(["docker", "-H", docker, "ps", "-aq"], capture_output=True, text=True)
            if listed.stdout.split():
                run_quietly(["docker", "-H", docker, "rm", "-f", *listed.stdout.split()])
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    end_orphans()
    remove(home)


def end_orphans():
    for child in pathlib.Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        try:
            os.kill(int(child), signal.SIGKILL)
            os.waitpid(int(child), 0)
        except OSError:
            pass


def remove(home):
    mounts = [line.split()[1] for line in open("/proc/self/mounts")]
    for mount in sorted((one for one in mounts if one.startswith(f"{home}/")), reverse=True):
        run_quietly(["umount", "-l", mount])
    shutil.rmtree(home, ignore_errors=True)


def remove_leftovers():
    """Removes what runs left behind whose process of this kind is gone."""
    for home in pathlib.Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = home.name.removeprefix(PREFIX).split("-")[0]
        if not owner.isdigit() or os.path.exists(f"/proc/{owner}"):
            continue
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if f"{home}/".encode() in (process / "cmdline").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.2)
        remove(home)


if __name__ == "__main__":
    main()
