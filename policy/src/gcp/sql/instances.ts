import type { Resource } from "../../core/resource";
import type { Value } from "../../core/value";

/** True for copies of another instance: they have its data, backups and flags of their own only where they want. */
export function isReplica(resource: Resource): boolean {
    const { properties } = resource;
    return properties.has("masterInstanceName") || properties.at("instanceType").value === "READ_REPLICA_INSTANCE";
}

/** POSTGRES, MYSQL or SQLSERVER; nothing if unknown. */
export function engineOf(resource: Resource): string | undefined {
    return /^(POSTGRES|MYSQL|SQLSERVER)/.exec(resource.properties.at("databaseVersion").text?.toUpperCase() ?? "")?.[1];
}

/** The flags of an instance, by name; the last of a name counts. */
export function flagsOf(resource: Resource): { flags: ReadonlyMap<string, Value>; unclear?: Value } {
    const flags = new Map<string, Value>();
    let unclear: Value | undefined;
    for (const flag of resource.properties.at("settings", "databaseFlags").list()) {
        const name = flag.at("name");
        if (name.unknown) unclear = name;
        else if (name.text !== undefined) flags.set(name.text, flag.at("value"));
    }
    return { flags, ...(unclear && { unclear }) };
}
