/** The blueprints by the name under which the configuration chooses them. */
import type { Config } from "../config";
import type { Topology } from "../topology/types";
import { portable } from "./portable";

export const blueprints: Readonly<Record<Config["blueprint"], (config: Config) => Topology>> = { portable };
