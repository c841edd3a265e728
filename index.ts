/** Configuration → blueprint → topology → components → cloud resources. */
import * as pulumi from "@pulumi/pulumi";
import { topologyOf } from "./blueprints";
import { loadConfig, type Config } from "./config";
import { deployments, type Deployed } from "./stacks";
import { describeProblem, Problem } from "./toolchain/core/problem";
import { requireSound } from "./topology/checks";
import { forecastOf } from "./topology/forecast";
import type { Topology } from "./topology/types";

const { config, topology } = explained(() => {
    const config = loadConfig();
    return { config, topology: requireSound(topologyOf(config)) };
});
const deployed = (deployments[config.blueprint]() as (config: Config, topology: Topology) => Deployed)(config, topology);

/** The namespace that everything is in. */
export const namespace = deployed.namespace;
/** Where people go. */
export const address = topology.edges[0]?.address;
/** Inside the namespace: name and port of each service that others call. */
export const services = Object.fromEntries([...topology.services, ...topology.stores].flatMap(({ name, port }) => (port === undefined ? [] : [[name, port]])));
/** The first two people. */
export const signIn = (deployed.passwords ?? deployed.passwordsBy) && {
    admin: { email: config.adminEmail, password: deployed.passwords?.admin, passwordBy: deployed.passwordsBy?.admin },
    user: { email: config.userEmail, password: deployed.passwords?.user, passwordBy: deployed.passwordsBy?.user },
};
/** What runs. */
export const versions = { blueprint: topology.blueprint, images: config.images };
/** What it costs, and how its data travels. */
export const forecast = forecastOf(topology);
/** What else is worth knowing of this blueprint. */
export const facts = deployed.facts;

/** A problem of the person who deploys is a message, not a stack trace. */
function explained<T>(work: () => T): T {
    try {
        return work();
    } catch (error) {
        if (error instanceof Problem) throw new pulumi.RunError(describeProblem(error));
        throw error;
    }
}
