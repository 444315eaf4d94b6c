"""Build the image, run docker-compose.yml from it, release twice, and restart and kill every service under load.

Needs Docker or Podman (ENGINE=podman). If Docker is installed and its daemon is not running, one is started for this
check only. Missing base images are built from Debian packages (mmdebstrap), so that no registry is needed. Without an
engine it prints that nothing was tested.

python -m scripts.containers [--seconds 900]
"""

import argparse
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scripts import deployment
from scripts.server import ROOT

STAND_INS = ROOT / "deploy" / "stand_ins"
BASE_IMAGES = {"python:3.11-slim": "python", "postgres:16": "postgres", "redis:7": "redis", "caddy:2": "caddy"}
MIRROR = "http://deb.debian.org/debian"
SERVICES = ["web", "worker", "beat", "redis", "db", "proxy"]
SECONDS_TO_A_ROUND = 90
NOT_TESTED = """
============================================================================================
  The containers were NOT tested: {reason}
  On Debian 13:   apt-get install docker.io docker-compose mmdebstrap
============================================================================================
"""


class NoEngineError(Exception):
    """Containers cannot be run here; the message says why."""


def run(*words: str | Path, cwd: Path = ROOT, **options: object) -> str:
    """Return what the command printed. Raise SystemExit with it if the command fails."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))} failed:\n{done.stdout}{done.stderr}")
    return str(done.stdout)


def works(*words: str) -> bool:
    """Return True if the command exists and succeeds."""
    return (
        shutil.which(words[0]) is not None and subprocess.run(words, capture_output=True, check=False).returncode == 0
    )


# --- The engine -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def engine(folder: Path) -> Iterator[str]:
    """Yield the program that runs containers, with `compose` among its commands. Raise NoEngineError."""
    program = os.environ.get("ENGINE") or ("docker" if shutil.which("docker") else "podman")
    if shutil.which(program) is None:
        raise NoEngineError("neither docker nor podman is installed.")
    with contextlib.ExitStack() as daemons:
        if not works(program, "info") and program == "docker":
            daemons.enter_context(_daemon(folder))
        if not works(program, "info"):
            raise NoEngineError(f"'{program} info' fails.")
        if not works(program, "compose", "version"):
            _fetch_compose(folder)
        if not works(program, "compose", "version"):
            raise NoEngineError(f"'{program} compose' is missing.")
        yield program


@contextlib.contextmanager
def _daemon(folder: Path) -> Iterator[None]:
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        raise NoEngineError("no Docker daemon is running, and none can be started (that needs root and dockerd).")
    address = f"unix://{folder}/docker.sock"
    own: list[str | Path] = [
        "--data-root",
        folder / "data",
        "--exec-root",
        folder / "exec",
        "--pidfile",
        folder / "pid",
        "-H",
        address,
    ]
    with (folder / "dockerd.log").open("wb") as sink:
        daemon = subprocess.Popen(["dockerd", *own], stdout=sink, stderr=sink)
    os.environ["DOCKER_HOST"] = address
    try:
        for _ in range(60):
            if daemon.poll() is not None or works("docker", "info"):
                break
            time.sleep(0.5)
        yield
    finally:
        daemon.terminate()
        daemon.wait(timeout=60)


def _fetch_compose(folder: Path) -> None:
    """Unpack Compose 2 from Debian 13's package, for a machine with an older version or none."""
    apt, config = folder / "apt", folder / "config"
    for part in (apt / "lists" / "partial", apt / "cache" / "archives" / "partial", config):
        part.mkdir(parents=True)
    key = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (apt / "sources.list").write_text(f"deb [signed-by={key}] {MIRROR} trixie main\n")
    places = {"Dir::Etc::sourcelist": apt / "sources.list", "Dir::Etc::sourceparts": "-"}
    places |= {"Dir::State::lists": apt / "lists", "Dir::Cache": apt / "cache", "APT::Sandbox::User": "root"}
    options = [word for name, value in places.items() for word in ("-o", f"{name}={value}")]
    if not works("apt-get", *options, "update"):
        return
    run("apt-get", *options, "download", "docker-compose", "docker-buildx", cwd=apt)
    for package in apt.glob("*.deb"):
        run("dpkg", "-x", package, apt / "files")
    shutil.copytree(apt / "files/usr/libexec/docker/cli-plugins", config / "cli-plugins")
    os.environ["DOCKER_CONFIG"] = str(config)


def make_base_images(program: str) -> None:
    """Build the base images that are missing."""
    missing = {tag: stage for tag, stage in BASE_IMAGES.items() if not works(program, "image", "inspect", tag)}
    if not missing:
        return
    if shutil.which("mmdebstrap") is None:
        raise NoEngineError(f"{', '.join(missing)} are missing, and mmdebstrap, which builds them, is not installed.")
    _import_debian(program)
    for tag, stage in missing.items():
        print(f"Building {tag} from Debian packages", flush=True)
        run(program, "build", "--network", "host", "--target", stage, "--tag", tag, STAND_INS)


def _import_debian(program: str) -> None:
    print("Building a base image of Debian", flush=True)
    # The CAs that this machine trusts, for a package registry behind a TLS proxy.
    trust = 'cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"'
    hooks = [f"--customize-hook={hook}" for hook in (trust, 'chroot "$1" apt-get update')]
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", *hooks, "--skip=cleanup/apt"]
    with subprocess.Popen([*command, "bookworm", "-", MIRROR], stdout=subprocess.PIPE) as made:
        run(program, "import", "-", "bookings-debian", stdin=made.stdout)


# --- The check --------------------------------------------------------------------------------------------------------


class Containers:
    """docker-compose.yml in a copy of the project with an .env of its own."""

    def __init__(self, program: str, tree: Path) -> None:
        self._program, self._tree = program, tree
        files = "docker-compose.yml:deploy/stand_ins/compose.yml"
        names = {"COMPOSE_FILE": files, "COMPOSE_PROJECT_NAME": "bookings-check", "ENGINE": program}
        self._env = os.environ | names

    def compose(self, *words: str) -> str:
        return run(self._program, "compose", *words, cwd=self._tree, env=self._env)

    def release(self, *words: str) -> None:
        run(self._tree / "deploy" / "release", *words, cwd=self._tree, env=self._env)

    def visit(self, *words: str) -> subprocess.Popen[bytes]:
        command = [self._program, "compose", "exec", "-T", "visitor", "python", "-m", "scripts.visitor", *words]
        return subprocess.Popen(command, cwd=self._tree, env=self._env)

    def ready(self) -> str:
        """Return the status from /readyz, or the error instead."""
        ask = "import requests; print(requests.get('http://web:8000/readyz', timeout=9).json()['status'])"
        words = [self._program, "compose", "exec", "-T", "visitor", "python", "-c", ask]
        done = subprocess.run(words, cwd=self._tree, env=self._env, capture_output=True, text=True, check=False)
        return done.stdout.strip() or (done.stderr.strip().splitlines() or ["no answer"])[-1]

    def restart(self, service: str) -> None:
        self.compose("restart", service)
        self._until_healthy(service)

    def kill(self, service: str) -> None:
        self.compose("kill", "--signal", "KILL", service)
        self._until_healthy(service)

    def _until_healthy(self, service: str) -> None:
        # Celery's health checks take minutes.
        wait = [] if service in ("beat", "worker") else ["--wait"]
        self.compose("up", "--detach", "--no-deps", "--no-recreate", "--no-build", *wait, service)


def copy_of_the_project(folder: Path) -> Path:
    """Copy the files that git tracks, and write a realistic .env."""
    tree = folder / "tree"
    for name in run("git", "ls-files").splitlines():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    settings = {
        "DEBUG": "true",  # which docker-compose.yml turns off
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "bookings.localhost,web",
        "SITE_ADDRESS": "bookings.localhost",
        "POSTGRES_PASSWORD": secrets.token_urlsafe(32),
        "SUPABASE_JWT_SECRET": secrets.token_urlsafe(48),
        "ZOOM_API_KEY": "a-client-id",
        "ZOOM_API_SECRET": "a-client-secret-of-more-than-32-characters",
        "ZOOM_ACCOUNT_ID": "an-account",
        "ZOOM_API_BASE_URL": "http://zoom:8000/zoom-sandbox/v2",
        "ZOOM_OAUTH_URL": "http://zoom:8000/zoom-sandbox/oauth/token",
        "THROTTLE_ENABLED": "false",  # all requests come from one address
    }
    (tree / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    (tree / ".env.production").write_text("SECRET_KEY=must-not-get-into-the-image\n")
    caddyfile = (tree / "deploy" / "Caddyfile").read_text()
    (tree / "deploy" / "stand_ins" / "Caddyfile").write_text(deployment.older(caddyfile))
    return tree


def check(containers: Containers, seconds: int) -> list[str]:
    """Return a sentence for each failure."""
    containers.release("first")
    containers.compose("up", "--detach", "--wait", "zoom", "visitor")
    print(containers.compose("ps", "--format", "table {{.Service}}\t{{.Status}}"), flush=True)
    wrong = look_into_the_image(containers)
    if containers.visit("walk").wait():
        wrong.append("The demo's flow failed at the start.")
    load = containers.visit("load", str(seconds))
    break_everything(containers)
    if load.poll() is not None:
        wrong.append("The load ended before the last service was killed.")
    containers.compose("exec", "-T", "visitor", "touch", "/tmp/enough")
    if load.wait():
        wrong.append("The load got unexpected responses: see above.")
    if containers.visit("walk").wait():
        wrong.append("The demo's flow failed at the end.")
    if (ready := ready_in_the_end(containers)) != "ready":
        wrong.append(f"/readyz says {ready} at the end.")
    return wrong


def ready_in_the_end(containers: Containers) -> str:
    """Return the status from /readyz after a round of due jobs: the demo's flow deletes the last heartbeat."""
    for _ in range(SECONDS_TO_A_ROUND):
        if (ready := containers.ready()) == "ready":
            break
        time.sleep(1)
    return ready


def break_everything(containers: Containers) -> None:
    """Restart and kill each service; release a version and roll it back."""
    for service in SERVICES:
        for act in (containers.restart, containers.kill):
            began = time.monotonic()
            act(service)
            took = time.monotonic() - began
            print(f"{act.__name__} {service}: back after {took:.1f} s, /readyz: {containers.ready()}", flush=True)
    for words in (["second"], ["--back", "first"]):
        containers.release(*words)
        print(f"deploy/release {' '.join(words)}: /readyz: {containers.ready()}", flush=True)


def look_into_the_image(containers: Containers) -> list[str]:
    """Check which user runs it, and that it lacks what must not be in it."""
    script = "id -u; python -m pip --version; find / -xdev -name '.env*' -o -xdev -path '/app/*/tests'; touch /app/x"
    found = containers.compose("exec", "-T", "web", "sh", "-c", f"({script}) 2>&1; stat -c %a /metrics")
    user, *others, mode = found.split("\n")[:-1]
    wrong = [] if user != "0" and mode == "1777" else [f"The image runs as {user}, and /metrics has mode {mode}."]
    expected = ("No module named pip", "Read-only file system", "Permission denied")
    return wrong + [f"In the image: {line}" for line in others if not any(words in line for words in expected)]


def main() -> int:
    """Return 0 if everything held, or nothing could be tested, which is printed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=900, help="Maximum duration of the load, default 900.")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="bookings-containers-", ignore_cleanup_errors=True) as name:
        try:
            with engine(Path(name)) as program:
                make_base_images(program)
                containers = Containers(program, copy_of_the_project(Path(name)))
                try:
                    wrong = check(containers, seconds)
                except SystemExit:
                    print(containers.compose("logs", "--tail", "40"), file=sys.stderr)
                    raise
                finally:
                    containers.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
        except NoEngineError as error:
            print(NOT_TESTED.format(reason=error), file=sys.stderr)
            return 0
    print("\n".join(wrong) if wrong else "Everything held in containers.")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
