"""The OpenAPI document: what the views answer, told from outside, so that views stay short and requests pay nothing.

`hooks` is where drf-spectacular comes in and imports the rest: a module for each app's operations, `shapes` for what no
serializer writes, `refusals` for errors, `examples` for the examples of the product's document.
`make schema` writes docs/openapi.yaml, which `views` serves.
"""
