"""How fast the service is, measured against a reference view on the same server: `make bench`."""
