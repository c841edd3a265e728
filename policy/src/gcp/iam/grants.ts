/** Grants of roles, in the three forms that every service of Google Cloud has: member, binding and policy. */
import type { Resource } from "../../core/resource";
import { Value } from "../../core/value";

/** Some members have some role. */
export interface Grant {
    readonly role: Value;
    readonly members: readonly Value[];
    readonly condition: Value;
}

const parsed = new Map<string, { service: string; form: "member" | "binding" | "policy" } | undefined>();

/** The service and form of a type that grants roles, e.g. `projects` and `binding`. */
export function grantTypeOf(type: string): { service: string; form: "member" | "binding" | "policy" } | undefined {
    if (!parsed.has(type)) {
        const match = /^gcp:([A-Za-z0-9]+)\/\w*[iI][aA][mM](Member|Binding|Policy):/.exec(type);
        parsed.set(type, match ? { service: match[1]!, form: match[2]!.toLowerCase() as "member" | "binding" | "policy" } : undefined);
    }
    return parsed.get(type);
}

/** A test for types that grant roles, in these services. */
export function grantsIn(...services: readonly string[]): (type: string) => boolean {
    const wanted = new Set(services);
    return type => {
        const found = grantTypeOf(type);
        return found !== undefined && wanted.has(found.service);
    };
}

/** What a resource grants; `unreadable` is a policy that is not known or no policy. */
export function grantsOf(resource: Resource): { grants: readonly Grant[]; unreadable?: Value } {
    const { properties } = resource;
    const role = properties.at("role");
    const condition = properties.at("condition");
    switch (grantTypeOf(resource.type)?.form) {
        case "member":
            return { grants: [{ role, condition, members: [properties.at("member")] }] };
        case "binding":
            return { grants: [{ role, condition, members: properties.at("members").list() }] };
        case "policy":
            return grantsInPolicy(properties.at("policyData"));
        default:
            return { grants: [] };
    }
}

function grantsInPolicy(data: Value): { grants: readonly Grant[]; unreadable?: Value } {
    if (data.absent) return { grants: [] };
    const policy = data.text === undefined ? data : parse(data);
    if (!policy?.isObject) return { grants: [], unreadable: data };
    return { grants: policy.at("bindings").list().map(binding => ({ role: binding.at("role"), condition: binding.at("condition"), members: binding.at("members").list() })) };
}

function parse(data: Value): Value | undefined {
    try {
        return Value.root({ policyData: JSON.parse(data.text!) as unknown }).at("policyData");
    } catch {
        return undefined;
    }
}

/** True for everybody, with an account of Google or without. */
export function isEveryone(raw: unknown): boolean {
    return typeof raw === "string" && /^(allusers|allauthenticatedusers)$/i.test(raw.trim());
}

/** True for the accounts that Google makes by itself and gives the role Editor. */
export function isDefaultServiceAccount(raw: unknown): boolean {
    return typeof raw === "string" && /(^|[:/])(\d+-compute@developer\.gserviceaccount\.com|[\w.:-]+@appspot\.gserviceaccount\.com)$/i.test(raw.trim());
}
