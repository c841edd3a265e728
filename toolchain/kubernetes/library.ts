/** The client library of Kubernetes. It is a thousand files, so it is loaded by whoever needs it, when it is needed. */
import type * as Library from "@kubernetes/client-node";

export const kubernetesLibrary = (): typeof Library => require("@kubernetes/client-node") as typeof Library;
