import type { Resource } from "../../core/resource";
import type { Addition } from "../../core/rule";
import { podsOf, type Container, type Pod } from "../pods";

/**
 * What may be added to the pods of a resource. Only to Kubernetes' own kinds, whose form is known, in full: a patch gets
 * nothing, because what it leaves out is set elsewhere, and a Windows pod nothing, because it must not have these.
 */
export function podRemedy(additions: (pod: Pod) => readonly Addition[]): (resource: Resource) => readonly Addition[] {
    return resource => podsOf(resource).pods.filter(pod => pod.object.builtin && !pod.partial && maybeLinux(pod)).flatMap(additions);
}

/** The same for each container. */
export function containerRemedy(additions: (container: Container) => readonly Addition[]): (resource: Resource) => readonly Addition[] {
    return podRemedy(pod => pod.containers.flatMap(additions));
}

function maybeLinux(pod: Pod): boolean {
    const os = pod.spec.at("os", "name");
    return os.absent || os.value === "linux";
}
