"""PostgreSQL, Redis, Chromium and Caddy for the tests: the machine's own, or else Debian packages.

Root installs the packages with apt. Other users unpack them below .venv/servers, which leaves the machine unchanged.

python -m scripts.servers
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(sys.prefix) / "servers"  # in .venv, and deleted with it
PLAYWRIGHT = importlib.util.find_spec("playwright")
STARTERS = "starters"
DEBIANS = Path("/usr/lib/postgresql")  # where Debian installs PostgreSQL, one folder per version
COMMAND = "make servers"


class Server(NamedTuple):
    """A server, its program, its Debian package, and another program that can take its place."""

    name: str
    program: str
    package: str
    substitute: str = ""


POSTGRESQL = Server("PostgreSQL", "initdb", "postgresql")
REDIS = Server("Redis", "redis-server", "redis-server")
# The shell has no windows, and takes two thirds of the time.
CHROMIUM = Server("Chromium", "chromium-headless-shell", "chromium-headless-shell", substitute="chromium")
CADDY = Server("Caddy", "caddy", "caddy")
SERVERS = (POSTGRESQL, REDIS, CHROMIUM, CADDY)

# Debian's /usr/bin lacks PostgreSQL's server programs, and has a wrapper for Chromium that works only when installed.
PROGRAMS = (
    "usr/lib/postgresql/*/bin/*",
    "usr/bin/redis-server",
    "usr/bin/caddy",
    "usr/lib/chromium/chromium-headless-shell",
)

START = """#!/bin/sh
export LD_LIBRARY_PATH={libraries} FONTCONFIG_FILE={fonts}
exec {program} "$@"
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{folder}/usr/share/fonts</dir><cachedir>{folder}/var/cache/fontconfig</cachedir></fontconfig>
"""


def find(server: Server) -> Path | None:
    """Return the server's program: of the newest PostgreSQL, on PATH, or unpacked."""
    postgresql = sorted(DEBIANS.glob("*/bin"), key=lambda path: -int(path.parent.name))
    places = [*map(str, postgresql), os.environ.get("PATH", os.defpath), str(FOLDER / STARTERS)]
    path = os.pathsep.join(places)
    found = shutil.which(server.program, path=path) or shutil.which(server.substitute, path=path)
    return Path(found) if found else None


def missing() -> list[Server]:
    """Return the missing servers. TEST_DATABASE_URL replaces PostgreSQL."""
    named = {POSTGRESQL} if os.environ.get("TEST_DATABASE_URL") else set()
    return [server for server in SERVERS if server not in named and find(server) is None]


def advice(servers: Iterable[Server]) -> str:
    """Return how to get these servers."""
    if shutil.which("apt-get"):
        return f"`{COMMAND}` fetches what is missing."
    packages = ", ".join(server.package for server in servers)
    return f"Install them (Debian packages: {packages}), with their programs on PATH."


def fetch(servers: Sequence[Server]) -> None:
    """Install or unpack the servers. Raises CalledProcessError if apt fails."""
    packages = [server.package for server in servers]
    if os.geteuid() == 0:
        install(packages)
    else:
        unpack(packages, FOLDER)


def install(packages: Sequence[str]) -> None:
    """Install Debian packages on this machine, without starting their services."""
    # On runlevel 1 invoke-rc.d starts nothing.
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-q"]
    _run(*apt, "update")
    _run(*apt, "install", "--yes", "--no-install-recommends", *packages)


def unpack(packages: Sequence[str], folder: Path) -> None:
    """Download Debian packages with their missing dependencies, and unpack them into the folder."""
    downloads = folder / "apt"
    for part in ("lists/partial", "archives/partial"):
        (downloads / part).mkdir(parents=True, exist_ok=True)
    # Separate lists and cache: the machine's belong to root.
    apt = ["apt-get", "-q", "-o", f"Dir::State::lists={downloads}/lists", "-o", f"Dir::Cache={downloads}"]
    apt += ["-o", "Debug::NoLocking=true"]
    _run(*apt, "update")
    plan = _run(*apt, "install", "--simulate", "--no-install-recommends", *packages)
    _run(*apt, "download", *wanted(plan), cwd=downloads / "archives")
    for archive in sorted(downloads.glob("archives/*.deb")):
        _run("dpkg-deb", "--extract", str(archive), str(folder))
    shutil.rmtree(downloads)
    write_starters(folder)


def wanted(plan: str) -> list[str]:
    """Return the packages, with their versions, that `apt-get install --simulate` would install."""
    lines = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+) ", plan, re.MULTILINE)
    return [f"{name}={version}" for name, version in lines]


def write_starters(folder: Path) -> None:
    """Write to `starters` a script for each unpacked program that starts it with its own libraries and fonts."""
    found = (path for root in ("lib", "usr/lib") for path in folder.glob(f"{root}/*-linux-gnu*/**/lib*.so*"))
    libraries = sorted({str(path.parent) for path in found})
    fonts, scripts = folder / "fonts.conf", folder / STARTERS
    fonts.write_text(FONTS.format(folder=folder))
    scripts.mkdir(exist_ok=True)
    for program in [*(path for pattern in PROGRAMS for path in folder.glob(pattern)), *playwrights_node()]:
        script = scripts / program.name
        script.write_text(START.format(libraries=":".join(libraries), fonts=fonts, program=program))
        script.chmod(0o755)


def playwrights_node() -> Iterable[Path]:
    """Yield Playwright's bundled Node.js, if installed: it needs a library that may be missing."""
    if PLAYWRIGHT and PLAYWRIGHT.origin:
        yield Path(PLAYWRIGHT.origin).parent / "driver" / "node"


def find_node() -> Path | None:
    """Return the script that starts Playwright's Node.js with unpacked libraries; None if it is not needed."""
    starter = FOLDER / STARTERS / "node"
    return starter if starter.exists() else None


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, env=os.environ | {"LC_ALL": "C"}, cwd=cwd, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        done.check_returncode()
    return done.stdout


def fetch_missing() -> list[Server]:
    """Fetch the missing servers; return those that are still missing."""
    if servers := missing():
        print(f"Fetching {', '.join(server.name for server in servers)} (about a minute) ...", flush=True)
        try:
            fetch(servers)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"They could not be fetched: {error}", file=sys.stderr)
    return missing()


def main() -> int:
    """Return 0 if no server is missing."""
    still = fetch_missing()
    for server in SERVERS:
        print(f"{server.name}: {find(server) or 'missing'}")
    return 1 if still else 0


if __name__ == "__main__":
    sys.exit(main())
