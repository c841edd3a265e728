/** Functions such as `getNetwork`: answered from the objects that are there, else from the declaration of the result. */
import type { CheckFailureOr } from "../sdk/provider";
import { equal, type Props, type Value } from "../sdk/values";
import { outputsOf } from "./fabricate";
import type { Schema } from "./schema";
import { PluginError } from "../sdk/failure";
import type { CloudObject, Making, Vendor } from "./vendor";

export function answer(vendor: Vendor, token: string, schema: Schema | undefined, making: Making): CheckFailureOr<Props> {
    const special = vendor.invokes[token];
    if (schema === undefined && special === undefined) throw new PluginError(`the simulated ${vendor.name} knows no function ${token}: its package declares none`);
    const missing = Object.entries(schema?.inputs ?? {}).filter(([name, { optional }]) => !optional && making.inputs[name] === undefined);
    if (missing.length > 0) return { failures: missing.map(([property]) => ({ property, reason: `Missing required argument "${property}"` })) };
    const made = special?.(making) ?? {};
    if (schema === undefined) return { result: made };
    const existing = lookUp(token, schema, making);
    const result = outputsOf(vendor, { outputs: () => ({ ...existing, ...made }) }, schema, making);
    return { result: { id: making.seed.of("id").hex(16), ...result } };
}

/** The object that `getX` asks for: the one of type X that agrees with every argument. */
function lookUp(token: string, schema: Schema, making: Making): Props | undefined {
    const name = token.slice(token.lastIndexOf(":") + 1).replace(/^get/, "");
    const type = token.replace(/\/get(\w)/, (_, first: string) => `/${first.toLowerCase()}`).replace(/:get(\w+)$/, ":$1");
    const found = making.all(type).find((object) => Object.entries(making.inputs).every(([field, value]) => agrees(object, field, value, name)));
    if (found === undefined) return undefined;
    const id = schema.outputs.id?.shape.kind === "number" ? Number(found.id) : found.id;
    return { ...found.outputs, id, [`${name[0]!.toLowerCase()}${name.slice(1)}Id`]: found.id };
}

function agrees(object: CloudObject, field: string, value: Value, name: string): boolean {
    const own = field === "id" || field.toLowerCase() === `${name.toLowerCase()}id` ? object.id : object.outputs[field];
    return own === undefined || equal(own, value) || String(own) === String(value) || object.handles.includes(String(value));
}
