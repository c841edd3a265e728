/** `npm run -w @agent-platform/app build-model`: makes the embedding model, unless it stands. `MODEL_DIR` names another place. */
import { appFolder } from "../src/env.js";
import { buildModel } from "../src/models/minilm/build.js";

const folder = process.env.MODEL_DIR ?? appFolder("models/minilm");
const started = performance.now();
const built = buildModel(folder);
console.log(built ? `Built the embedding model in ${folder} in ${((performance.now() - started) / 1000).toFixed(1)} s.` : `The embedding model in ${folder} is up to date.`);
