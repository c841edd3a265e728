/** Which name servers pods can use: those of the machine, except such as only the machine itself can reach. */
import { isIPv4 } from "node:net";
import { readIfThere } from "./files";

/** Tries the file behind systemd's local stub when the usual one names only that. */
export function upstreamServers(files: readonly string[] = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"]): string[] {
    for (const file of files) {
        const servers = parseServers(readIfThere(file) ?? "");
        if (servers.length > 0) return servers;
    }
    return [];
}

/** Pure: at most three, as the resolver itself has it. IPv6 servers are left out: the node has no such route. */
export function parseServers(text: string): string[] {
    return text.split("\n").flatMap(line => {
        const [keyword, address] = line.trim().split(/\s+/);
        return keyword === "nameserver" && address && isIPv4(address) && !address.startsWith("127.") ? [address] : [];
    }).slice(0, 3);
}
