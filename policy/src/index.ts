/** The policy pack itself. Importing this file starts its server: only the engine does that. */
import { PolicyPack } from "@pulumi/policy";
import * as structs from "google-protobuf/google/protobuf/struct_pb";
import { existsSync, readFileSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { toPolicies } from "./core/engine";
import { Waivers } from "./core/waivers";
import { rules } from "./rules";
import { readAtOnce } from "./wire";

readAtOnce(structs);

// Beside the built file, in the pack's own folder: whoever owns the pack owns the waivers.
const file = join(__dirname, "..", "waivers.json");
const waivers = new Waivers(existsSync(file) ? readFileSync(file, "utf8") : undefined, rules);

new PolicyPack("agent-platform", { policies: toPolicies(rules, waivers), enforcementLevel: "mandatory" });

// Where Node keeps what it has compiled (NODE_COMPILE_CACHE) it does so at its end; the engine ends a pack without notice.
// A runner's Node may be one that cannot yet.
setTimeout(() => (module as Partial<typeof module>).flushCompileCache?.(), 1_000).unref();
