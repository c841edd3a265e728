/** The blueprints by the name under which the configuration chooses them. All are plain data and load in no time. */
import type { BlueprintName, Config, ConfigOf } from "../config";
import type { Topology } from "../topology/types";
import { withAppSettings } from "./app-settings";
import { hetzner } from "./hetzner";
import { managedGcp } from "./managed-gcp";
import { mesh } from "./mesh";
import { portable } from "./portable";
import { standard } from "./standard";

/** One line for each blueprint. */
export const blueprints: { readonly [B in BlueprintName]: (config: ConfigOf<B>) => Topology } = { hetzner, "managed-gcp": managedGcp, mesh, portable, standard };

/** The topology that a configuration asks for. */
export function topologyOf(config: Config): Topology {
    const topology = withAppSettings((blueprints[config.blueprint] as (config: Config) => Topology)(config), config);
    return config.monthlyBudget === undefined ? topology : { ...topology, objectives: { ...topology.objectives, monthlyBudget: config.monthlyBudget } };
}
