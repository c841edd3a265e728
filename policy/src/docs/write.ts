/** `npm run docs -w policy`: writes docs/policy.md anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationSchema, environments, readConfiguration } from "../environments";
import { rules } from "../rules";
import { renderPage } from "./render";

export const page = join(__dirname, "../../../docs/policy.md");

/** For editors: what may stand in policy/config. */
export const schemaFile = join(__dirname, "../../config.schema.json");

/** The page as it should be now. */
export function currentPage(): string {
    return renderPage(rules, new Map(environments().map(name => [name, readConfiguration(name)])));
}

if (require.main === module) {
    writeFileSync(page, currentPage());
    writeFileSync(schemaFile, `${JSON.stringify(configurationSchema(rules), undefined, 1)}\n`);
}
