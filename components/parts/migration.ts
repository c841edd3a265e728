/** A task of the topology as a Job that runs once for each version of what it is made of. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Task } from "../../topology/types";
import { fixedName, labelsOf, refuse, transformed, type Transform } from "./component";
import type { Home } from "./home";
import { hardenedPod, missingBundles } from "./pod";
import type { SecretBundles } from "./secret-bundle";

export interface MigrationArgs {
    readonly home: Home;
    readonly task: Task;
    /** Secret bundles that the task names, beside those of the home. */
    readonly secrets: SecretBundles;
    /** What must be ready before it starts. */
    readonly after: readonly pulumi.Resource[];
    readonly transform?: { readonly job?: Transform<k8s.batch.v1.JobArgs> };
}

/** Done when its Job has succeeded; another image, setting or secret makes another Job. */
export class Migration extends pulumi.ComponentResource {
    readonly job: k8s.batch.v1.Job;

    constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:Migration", name, {}, opts);
        const { home, task, transform = {} } = args;
        const secrets: SecretBundles = { ...home.secrets, ...args.secrets };
        const problems = missingBundles(task, secrets).map((bundle) => `task.secrets: there is no secret bundle "${bundle}"`);
        if (home.images[task.image] === undefined) problems.push(`task.image: the home has no image "${task.image}"`);
        refuse(this, "Migration", name, problems);

        const metadata = { name: task.name, namespace: home.namespace, labels: labelsOf(task.name, task.owner) };
        const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, fixedName(this));
        this.job = new k8s.batch.v1.Job(`${name}-job`, ...transformed(transform.job, {
            metadata,
            spec: {
                backoffLimit: task.retries,
                activeDeadlineSeconds: task.deadlineSeconds,
                // Its log is of use for a while. When it is gone, `pulumi refresh` and the next `up` run it again, which changes nothing.
                ttlSecondsAfterFinished: 30 * 24 * 3600,
                template: hardenedPod(
                    { runnable: task, image: home.images[task.image]!, serviceAccountName: account.metadata.name, priorityClassName: home.priorities.data, secrets },
                    {},
                    { restartPolicy: "Never" },
                ),
            },
        }, fixedName(this, { dependsOn: [...home.guards, ...args.after], replaceOnChanges: ["spec"], customTimeouts: { create: `${task.deadlineSeconds}s` } })));
        this.registerOutputs({});
    }
}
