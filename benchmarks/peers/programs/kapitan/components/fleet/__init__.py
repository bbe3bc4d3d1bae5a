"""The fleet's documents as a kadet component."""

import json
from pathlib import Path

from kapitan.inputs.kadet import BaseObj


def main(input_params: object = None) -> BaseObj:
    """Return a file of documents for each name in documents.json."""
    del input_params
    output = BaseObj()
    for name, documents in json.loads(Path("documents.json").read_text(encoding="utf-8")).items():
        output.root[name] = documents if len(documents) > 1 else documents[0]
    return output
