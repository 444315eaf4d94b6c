"""Fixtures for the tests of all apps."""
