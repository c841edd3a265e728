import { isFalse, isTrue } from "../../common/truth";
import type { Resource } from "../../core/resource";
import type { Value } from "../../core/value";
import { gcp } from "../types";

/** True for clusters whose nodes Google keeps itself, hardened. */
export function isAutopilot({ properties }: Resource): boolean {
    return isTrue(properties.at("enableAutopilot").value);
}

/** The node configurations of a cluster or a node pool; `required` are those that nodes surely come from. */
export function nodeConfigsOf(resource: Resource): { config: Value; required: boolean }[] {
    const { properties, type } = resource;
    if (type === gcp.nodePool) return [{ config: properties.at("nodeConfig"), required: true }];
    if (isAutopilot(resource)) return [];
    const pools = properties.at("nodePools").list();
    // The default pool is made and removed at once; a hardened one comes from elsewhere.
    const removed = properties.at("removeDefaultNodePool");
    const own = removed.absent || isFalse(removed.value);
    return [{ config: properties.at("nodeConfig"), required: own && pools.length === 0 }, ...pools.map(pool => ({ config: pool.at("nodeConfig"), required: true }))]
        .filter(({ config, required }) => required || config.known || config.unknown);
}
