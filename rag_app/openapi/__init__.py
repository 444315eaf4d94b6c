"""The OpenAPI document.

Each operation is described in `openapi.py` beside its view, so views stay short, and requests do not import it. `hooks`
imports those modules for drf-spectacular and adds what all operations share. `make schema` writes docs/openapi.yaml,
which `views` serves.
"""
