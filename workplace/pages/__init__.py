"""One module per page: it reads the request, calls at most one service, and renders."""
