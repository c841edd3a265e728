// Runs @monokle/validation on the cases of peers.ts, from beside its node_modules; it is an ES module and a library only.
import { readFileSync } from "node:fs";
import { createDefaultMonokleValidator } from "@monokle/validation";

const list = JSON.parse(readFileSync(process.argv[2], "utf8"));
const validator = createDefaultMonokleValidator();
await validator.preload({ plugins: { "pod-security-standards": true, practices: true, "open-policy-agent": true } });
const resources = list.map(({ name, object }) => ({
    id: name, fileId: name, filePath: name, fileOffset: 0, name, apiVersion: object.apiVersion, kind: object.kind,
    namespace: object.metadata.namespace, content: object, text: JSON.stringify(object, undefined, 2),
}));
const { runs } = await validator.validate({ resources });
const found = runs.flatMap(({ results }) => results.map(({ ruleId, locations }) => [locations[0].physicalLocation.artifactLocation.uri, ruleId]));
process.stdout.write(JSON.stringify(found));
