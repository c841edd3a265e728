/** Writes docs/api.md: `npm run -w @agent-platform/app api-docs`. */
import { writeFileSync } from "node:fs";
import { appFolder } from "../src/env.js";
import { apiPage } from "../src/http/apiDocs.js";

writeFileSync(appFolder("../docs/api.md"), apiPage());
