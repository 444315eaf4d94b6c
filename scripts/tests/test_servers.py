"""scripts.servers: which of PostgreSQL, Redis and Chromium are here, what would be fetched, and how it is started."""

import subprocess
from pathlib import Path

import pytest

from scripts import servers
from scripts.servers import CADDY, CHROMIUM, POSTGRESQL, REDIS, SERVERS

PLAN = """Reading package lists...
Inst libjemalloc2 (5.3.0-1 Debian:12.11/oldstable [amd64])
Inst libc6 [2.36-9+deb12u9] (2.36-9+deb12u10 Debian-Security:12/oldstable-security [amd64]) []
Inst redis-server (5:7.0.15-1~deb12u5 Debian:12.11/oldstable [amd64])
Conf redis-server (5:7.0.15-1~deb12u5 Debian:12.11/oldstable [amd64])
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any of them: the folder that they would be unpacked to."""
    monkeypatch.setattr(servers, "DEBIANS", tmp_path / "none")
    monkeypatch.setattr(servers, "FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    return tmp_path


def program(path: Path, words: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{words}\n")
    path.chmod(0o755)
    return path


def test_on_a_bare_machine_all_are_missing(bare: Path) -> None:
    assert servers.missing() == list(SERVERS)
    assert servers.find(REDIS) is None


def test_a_server_on_the_path_is_found(bare: Path) -> None:
    redis = program(bare / "path/redis-server")
    assert servers.find(REDIS) == redis
    assert servers.missing() == [POSTGRESQL, CHROMIUM, CADDY]


def test_the_newest_postgresql_of_debian_comes_first(bare: Path) -> None:
    program(bare / "path/initdb")
    program(bare / "none/9/bin/initdb")
    newest = program(bare / "none/15/bin/initdb")
    assert servers.find(POSTGRESQL) == newest


def test_chromium_takes_the_place_of_its_shell(bare: Path) -> None:
    chromium = program(bare / "path/chromium")
    assert servers.find(CHROMIUM) == chromium
    assert CHROMIUM not in servers.missing()
    shell = program(bare / servers.STARTERS / "chromium-headless-shell")
    assert servers.find(CHROMIUM) == shell


def test_a_named_database_replaces_postgresql(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://somewhere/else")
    assert servers.missing() == [REDIS, CHROMIUM, CADDY]


def test_servers_that_are_installed_are_not_fetched(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for server in SERVERS:
        program(bare / servers.STARTERS / server.program)
    monkeypatch.setattr(servers, "fetch", pytest.fail)
    assert servers.fetch_missing() == []


def test_a_failure_of_apt_is_printed_and_leaves_them_missing(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program(bare / "path/apt-get", "echo No network; exit 100")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert servers.fetch_missing() == list(SERVERS)
    told = capsys.readouterr()
    assert "Fetching PostgreSQL, Redis, Chromium" in told.out
    assert "No network" in told.err
    assert "could not be fetched" in told.err


def test_without_apt_the_packages_are_named(bare: Path) -> None:
    assert servers.fetch_missing() == list(SERVERS)
    assert "postgresql, chromium" in servers.advice([POSTGRESQL, CHROMIUM])
    program(bare / "path/apt-get")
    assert servers.advice([POSTGRESQL]) == "`make servers` fetches what is missing."


def test_root_installs_and_a_plain_user_unpacks(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[object, ...]] = []
    monkeypatch.setattr(servers, "install", lambda *words: done.append(("install", *words)))
    monkeypatch.setattr(servers, "unpack", lambda *words: done.append(("unpack", *words)))
    for user in (0, 1000):
        monkeypatch.setattr("os.geteuid", lambda user=user: user)
        servers.fetch([REDIS])
    assert done == [("install", ["redis-server"]), ("unpack", ["redis-server"], bare)]


def test_the_versions_that_apt_chose_are_downloaded() -> None:
    expected = ["libjemalloc2=5.3.0-1", "libc6=2.36-9+deb12u10", "redis-server=5:7.0.15-1~deb12u5"]
    assert servers.wanted(PLAN) == expected


def test_a_wrapper_sets_libraries_and_fonts_and_passes_arguments_on(bare: Path) -> None:
    program(bare / "usr/lib/postgresql/15/bin/initdb", 'echo "$LD_LIBRARY_PATH|$FONTCONFIG_FILE|$*"')
    for library in ("lib/x86_64-linux-gnu/liba.so.1", "usr/lib/x86_64-linux-gnu/deep/libb.so.2.1"):
        program(bare / library)
    servers.write_starters(bare)
    node = servers.find_node()
    assert node == bare / servers.STARTERS / "node"
    assert f"LD_LIBRARY_PATH={bare}/lib/x86_64-linux-gnu:" in node.read_text()
    starter = servers.find(POSTGRESQL)
    assert starter == bare / servers.STARTERS / "initdb"
    told = subprocess.run([starter, "-D", "a folder"], capture_output=True, text=True, check=True, env={}).stdout
    libraries, fonts, words = told.strip().split("|")
    assert libraries.split(":") == [f"{bare}/lib/x86_64-linux-gnu", f"{bare}/usr/lib/x86_64-linux-gnu/deep"]
    assert f"<dir>{bare}/usr/share/fonts</dir>" in Path(fonts).read_text()
    assert words == "-D a folder"
