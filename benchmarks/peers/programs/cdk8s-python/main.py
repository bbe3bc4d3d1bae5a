"""Writes a file of documents for each name in documents.json, with the printer of cdk8s."""

import json
from pathlib import Path

from cdk8s import Yaml

Path("output").mkdir(exist_ok=True)
for name, documents in json.loads(Path("documents.json").read_text(encoding="utf-8")).items():
    Yaml.save(f"output/{name}.yaml", documents)
