"""database.sqlite: one writer at a time in this process, and the lock is given back however a transaction ends."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from database.sqlite import base
from database.sqlite.base import DatabaseWrapper
from database.url import configuration

PATIENCE = 10


class Notes:
    """A file with one table, reached from each thread by a connection of its own, as Django has it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connections = ConnectionHandler({"default": configuration(f"sqlite:///{file}")})

    @property
    def connection(self) -> Any:
        """This thread's."""
        return self._connections["default"]

    def begin(self) -> None:
        """As the outermost `atomic` does."""
        self.connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)

    def commit(self) -> None:
        """As `atomic` ends."""
        self.connection.commit()
        self.connection.set_autocommit(True)

    def rollback(self) -> None:
        """As `atomic` ends after an exception."""
        self.connection.rollback()
        self.connection.set_autocommit(True)

    def write(self, text: str) -> None:
        """A row."""
        with self.connection.cursor() as cursor:
            cursor.execute("INSERT INTO note VALUES (%s)", [text])

    def read(self) -> list[str]:
        """Return the committed rows."""
        outside = sqlite3.connect(self._file)
        found = [text for (text,) in outside.execute("SELECT text FROM note ORDER BY rowid")]
        outside.close()
        return found


@pytest.fixture
def notes(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Notes]:
    with django_db_blocker.unblock():
        database = Notes(tmp_path / "notes.sqlite3")
        with database.connection.cursor() as cursor:
            cursor.execute("CREATE TABLE note (text TEXT)")
        yield database
        database.connection.close()
    assert not base._writer.locked()


class Writer(threading.Thread):
    """Another thread that writes one row in a transaction, and says when it was let in."""

    def __init__(self, notes: Notes) -> None:
        super().__init__(daemon=True)
        self.notes, self.started, self.is_in, self.failure = notes, threading.Event(), threading.Event(), ""

    def run(self) -> None:
        self.started.set()
        try:
            self.notes.begin()
            self.is_in.set()
            self.notes.write("second")
            self.notes.commit()
        except OperationalError as error:
            self.failure = str(error)
        finally:
            self.notes.connection.close()


def waiting(notes: Notes) -> Writer:
    """A second writer, who is not let in."""
    writer = Writer(notes)
    writer.start()
    assert writer.started.wait(PATIENCE)
    assert not writer.is_in.wait(0.1)
    return writer


def assert_is_let_in(writer: Writer) -> None:
    assert writer.is_in.wait(PATIENCE)
    writer.join(PATIENCE)
    assert writer.failure == ""


def test_a_second_writer_waits_for_the_commit(notes: Notes) -> None:
    notes.begin()
    notes.write("first")
    second = waiting(notes)
    notes.commit()
    assert_is_let_in(second)
    assert notes.read() == ["first", "second"]


def test_a_second_writer_waits_for_the_rollback(notes: Notes) -> None:
    notes.begin()
    notes.write("first")
    second = waiting(notes)
    notes.rollback()
    assert_is_let_in(second)
    assert notes.read() == ["second"]


def test_a_connection_that_is_closed_lets_the_next_one_in(notes: Notes) -> None:
    notes.begin()
    notes.write("first")
    second = waiting(notes)
    notes.connection.close()
    assert_is_let_in(second)
    assert notes.read() == ["second"]


def test_a_statement_that_fails_keeps_the_lock_until_the_rollback(notes: Notes) -> None:
    notes.begin()
    cursor = notes.connection.cursor()
    with pytest.raises(OperationalError):
        cursor.execute("INSERT INTO nothing VALUES (1)")
    second = waiting(notes)
    notes.rollback()
    assert_is_let_in(second)


def test_a_transaction_that_cannot_begin_lets_the_next_one_in(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr("django.db.backends.sqlite3.base.DatabaseWrapper._start_transaction_under_autocommit", broken)
        with pytest.raises(OperationalError):
            notes.begin()
    assert not base._writer.locked()
    notes.connection.close()
    writer = Writer(notes)
    writer.start()
    assert_is_let_in(writer)


def test_a_commit_that_fails_is_ended_by_the_rollback(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("database or disk is full")

    notes.begin()
    notes.write("first")
    with monkeypatch.context() as patched:
        patched.setattr("django.db.backends.sqlite3.base.DatabaseWrapper._commit", broken)
        with pytest.raises(OperationalError):
            notes.connection.commit()
    assert base._writer.locked()
    notes.rollback()
    assert not base._writer.locked()
    assert notes.read() == []


def test_nobody_waits_for_ever(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_WAIT_SECONDS", 0.05)
    notes.begin()
    writer = Writer(notes)
    writer.start()
    writer.join(PATIENCE)
    assert (writer.failure, writer.is_in.is_set()) == ("database is locked", False)
    notes.commit()
    assert notes.read() == []


def test_a_thread_that_gave_up_does_not_open_the_lock_for_others(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_WAIT_SECONDS", 0.05)
    notes.begin()
    writer = Writer(notes)
    writer.start()
    writer.join(PATIENCE)
    assert base._writer.locked()
    notes.rollback()


def test_readers_wait_for_nobody(notes: Notes) -> None:
    notes.begin()
    notes.write("first")
    assert notes.read() == []
    notes.commit()
    assert notes.read() == ["first"]


def test_outside_of_transactions_nothing_is_held(notes: Notes) -> None:
    notes.write("first")
    assert not base._writer.locked()
    assert notes.read() == ["first"]


def test_many_writers_lose_nothing(notes: Notes) -> None:
    writers = [Writer(notes) for _ in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        assert_is_let_in(writer)
    assert notes.read() == ["second"] * 20


def test_it_is_sqlite_in_wal_mode(notes: Notes) -> None:
    assert isinstance(notes.connection, DatabaseWrapper)
    with notes.connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
