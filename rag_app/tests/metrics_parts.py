"""Shared by the tests of `/metrics`."""

TOKEN = "a-token-of-at-least-32-characters-for-metrics"
AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}
