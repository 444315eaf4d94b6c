"""One module a page: it reads what was asked, makes at most one call of a service, and draws."""
