/** `npm run -w @agent-platform/app warm`: what the first start of the embedded mode would otherwise spend seconds on. */
import { emptyDatabase } from "../src/db/template.js";
import { appFolder } from "../src/env.js";
import { buildModel } from "../src/models/minilm/build.js";

buildModel(process.env.MODEL_DIR ?? appFolder("models/minilm"));
await emptyDatabase();
