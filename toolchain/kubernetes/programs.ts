import { cacheFolder } from "../core/paths";
import { join } from "node:path";
import type { Programs } from "./components";
export const kubernetesVersion = "1.34.3";
export async function findPrograms(): Promise<Programs> {
    const folder = cacheFolder("kubernetes", "provisional");
    return { kubernetes: folder, containerd: "/usr/bin/containerd", etcd: "/usr/bin/etcd", cniPlugins: "/usr/lib/cni", coredns: join(folder, "coredns") };
}
