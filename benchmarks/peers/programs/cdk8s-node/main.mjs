// Writes a file of documents for each name in documents.json, with the printer of cdk8s.
import { mkdirSync, readFileSync } from "node:fs";
import { Yaml } from "cdk8s";

mkdirSync("output", { recursive: true });
for (const [name, documents] of Object.entries(JSON.parse(readFileSync("documents.json", "utf8")))) {
  Yaml.save(`output/${name}.yaml`, documents);
}
