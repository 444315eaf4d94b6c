"""scripts.visitor: it runs where only the service's own packages are installed."""

import os
import subprocess
import sys

from scripts.server import ROOT

# What an image of the service lacks: packages of requirements-dev.in that scripts and their stand-ins use.
MISSING = ("pytest", "pytest_django", "hypothesis", "responses", "playwright", "time_machine")


def test_a_container_has_all_that_it_needs() -> None:
    program = f"import sys; sys.modules.update(dict.fromkeys({MISSING})); import scripts.visitor"
    variables = os.environ | {"DEBUG": "true", "DJANGO_SETTINGS_MODULE": "rag_app.settings"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
