import type { Resource } from "../core/resource";
import { cloudflare } from "./types";

/** Whether a zone has something: surely, surely not, or perhaps, because a zone is not known yet. */
export type Belongs = "yes" | "no" | "maybe";

export function zonesOf(resources: readonly Resource[]): Resource[] {
    return resources.filter(({ type }) => type === cloudflare.zone);
}

/** Whether one of these resources is in the zone. In a preview ids are not known; with one zone there is no doubt. */
export function anyIn(zone: Resource, zones: readonly Resource[], candidates: readonly Resource[]): Belongs {
    const id = zone.properties.at("id");
    let answer: Belongs = "no";
    for (const { properties } of candidates) {
        const zoneId = properties.at("zoneId");
        if (zoneId.known && id.known ? zoneId.value === id.value : zones.length === 1) return "yes";
        if (!zoneId.known || !id.known) answer = "maybe";
    }
    return answer;
}
