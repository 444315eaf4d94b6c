"""Personal data: retention, export of one's own data, and erasing an account.

Imports the apps that hold such data: a new one is added to `export`, `forgetting` and `retention`.
"""
