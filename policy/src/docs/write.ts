/** `npm run docs -w policy`: writes docs/policy.md anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { environments, readConfiguration } from "../environments";
import { rules } from "../rules";
import { renderPage } from "./render";

export const page = join(__dirname, "../../../docs/policy.md");

/** The page as it should be now. */
export function currentPage(): string {
    return renderPage(rules, new Map(environments().map(name => [name, readConfiguration(name)])));
}

if (require.main === module) writeFileSync(page, currentPage());
