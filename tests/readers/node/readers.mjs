// Reads one YAML document from the standard input with the readers of Node.js, and prints what each of them takes it
// for, as JSON by the reader's name.
import { readFileSync } from "node:fs";
import * as jsYaml from "js-yaml";
import YAML from "yaml";

const content = readFileSync(0, "utf8");
const found = {
  "js-yaml": jsYaml.load(content),
  "yaml 1.1": YAML.parse(content, { version: "1.1" }),
  "yaml 1.2": YAML.parse(content),
};
process.stdout.write(JSON.stringify(found));
