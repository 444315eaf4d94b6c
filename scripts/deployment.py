"""Commands and configuration from Dockerfile, docker-compose.yml and deploy/Caddyfile, to run without containers."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import yaml

from scripts.server import ROOT


def commands(folder: Path, *, broker: str) -> dict[str, list[str]]:
    """Return the commands of web server, worker and beat, each for `python -m`. They write to `folder`.

    Without a broker, one worker replaces worker and beat.
    """
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    found = re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found, "Dockerfile has no CMD."
    python, option, *serve = json.loads(found[1])
    assert (python, option) == ("python", "-m"), "Dockerfile's CMD does not run a module."
    if not broker:
        return {"web": serve, "worker": ["manage", "run_due_jobs", "--loop"]}
    others = {name: shlex.split(services[name]["command"]) for name in ("worker", "beat")}
    return {
        "web": serve,
        **{name: [word.replace("/tmp/", f"{folder}/") for word in words] for name, words in others.items()},
    }


def caddyfile(caddy: str) -> str:
    """Return deploy/Caddyfile without extra listeners, adapted to this version of Caddy."""
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    text = text.replace("skip_install_trust", "skip_install_trust\n\tadmin off\n\tauto_https disable_redirects", 1)
    version = subprocess.run([caddy, "version"], capture_output=True, text=True, check=True).stdout
    numbers = [int(number) for number in re.findall(r"\d+", version)[:2]]
    return text if numbers >= [2, 7] else older(text)


def older(text: str) -> str:
    """Return the Caddyfile for Caddy before 2.7, such as Debian's."""
    return re.sub(r"request_buffers \S+", "buffer_requests", text)
