import type { Resource } from "../core/resource";
import type { Value } from "../core/value";
import { oci } from "./types";

/** Where an instance, or an instance configuration, says what is to be launched. */
export function launchesOf({ type, properties }: Resource): Value[] {
    if (type === oci.instance) return [properties];
    const details = properties.at("instanceDetails");
    const options = details.at("options").list().map(option => option.at("launchDetails"));
    const launch = details.at("launchDetails");
    // Made from an instance that runs already, it has no details of its own.
    return launch.absent && (options.length > 0 || details.absent) ? options : [launch, ...options];
}
