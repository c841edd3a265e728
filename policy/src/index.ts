/** The policy pack itself. Importing this file starts its server: only the engine does that. */
import { PolicyPack } from "@pulumi/policy";
import { toPolicies } from "./core/engine";
import { rules } from "./rules";

new PolicyPack("agent-platform", { policies: toPolicies(rules), enforcementLevel: "mandatory" });
