"""What is kept of people, and for how long: retention, the export of one's own data, and erasing an account.

Above the apps that keep it: a new app with data about people adds it to `export`, `forgetting` and `retention`.
"""
