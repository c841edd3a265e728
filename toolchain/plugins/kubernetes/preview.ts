/** What a preview says an object will be: as much as the API server can tell without changing anything, and no more. */
import { isObject, UNKNOWN, type Props, type Value } from "../sdk/values";

/** Fields of metadata that only a real write decides. */
const DECIDED_BY_SERVER = ["uid", "resourceVersion", "generation", "creationTimestamp"];

/** From the object that a dry run returned. */
export function fromDryRun(object: Props, inputs: Props, creating: boolean): Props {
    const metadata = isObject(object.metadata) ? { ...object.metadata } : {};
    for (const field of creating ? DECIDED_BY_SERVER : ["resourceVersion", "generation"]) if (field in metadata) metadata[field] = UNKNOWN;
    return withUnknowns({ ...object, metadata }, inputs, creating);
}

/** From the inputs alone, when there is no one to ask. */
export function fromInputs(inputs: Props): Props {
    const metadata: Props = { ...(isObject(inputs.metadata) ? inputs.metadata : {}) };
    for (const field of DECIDED_BY_SERVER) metadata[field] = UNKNOWN;
    return withUnknowns({ ...inputs, metadata, status: UNKNOWN }, inputs, true);
}

function withUnknowns(object: Props, inputs: Props, creating: boolean): Props {
    const result: Props = { ...object };
    // A status from before the change is not the status after it.
    if ("status" in result) result.status = UNKNOWN;
    if (creating && object.kind === "Service") result.spec = unknownAddresses(object.spec, inputs.spec);
    return result;
}

/** A dry run hands out addresses and ports that the real run will not get. */
function unknownAddresses(spec: Value | undefined, wanted: Value | undefined): Value {
    const given = isObject(wanted) ? wanted : {};
    const result: Props = { ...(isObject(spec) ? spec : {}) };
    if (given.clusterIP === undefined) result.clusterIP = UNKNOWN;
    if (given.clusterIPs === undefined && given.clusterIP === undefined) result.clusterIPs = UNKNOWN;
    if (Array.isArray(result.ports)) {
        const ports = Array.isArray(given.ports) ? given.ports : [];
        result.ports = result.ports.map((port, index) => {
            const own = ports[index];
            return isObject(port) && "nodePort" in port && !(isObject(own) && own.nodePort !== undefined) ? { ...port, nodePort: UNKNOWN } : port;
        });
    }
    return result;
}
