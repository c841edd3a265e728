/** From a kubeconfig to a cluster of the simulated clouds. */
import type { Connect } from "../../kubernetes/provider";
import { readSettings } from "../../kubernetes/settings";
import { isObject, revealProps, type Props } from "../../sdk/values";
import type { Faults } from "../faults";
import type { Journal, View } from "../journal";
import { SimulatedCluster } from "./cluster";

/**
 * A kubeconfig that is given as content must lead to a cluster that a simulated cloud has made. One that is named by its
 * path or context stands for a cluster that is there already: no file is read, and every context is one.
 */
export function toSimulatedCluster(journal: Journal, faults: Faults): Connect {
    return (config) => {
        const given = revealProps(config);
        const content = isObject(given.kubeconfig) || (typeof given.kubeconfig === "string" && /^\s*\{|\n|^apiVersion:/.test(given.kubeconfig));
        const settings = readSettings(content ? config : { ...config, kubeconfig: existing(String(given.context ?? "existing")) }, {});
        const server = settings.kubeconfig.getCurrentCluster()?.server ?? "";
        return { settings: { ...settings, patchForce: true }, cluster: new SimulatedCluster(journal, faults, server, content ? (view) => isThere(view, server) : () => true) };
    };
}

function existing(context: string): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: context, cluster: { server: `https://${context}.simulated.invalid` } }],
        users: [{ name: context, user: { token: "simulated" } }],
        contexts: [{ name: context, context: { cluster: context, user: context } }],
        "current-context": context,
    });
}

/** Some cloud has an object that answers at this address: a cluster, or the load balancer before it. */
function isThere(view: View, server: string): boolean {
    const host = new URL(server).hostname;
    return view.list("").some(([key, value]) => !key.startsWith("k8s|") && mentions(value, host));
}

function mentions(object: Props, host: string): boolean {
    return JSON.stringify(object.outputs ?? "").includes(host);
}
