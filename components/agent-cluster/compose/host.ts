/** What every machine that runs compose does at boot, whatever its cloud: packages, files, walls, containers. Shell, as text. */
import { notTheInternet } from "../../../topology/network-policies";
import { containerRange, entryNetwork, folders, internetNetwork, storesNetwork, type ComposeProject } from "./compose";

export interface HostArgs {
    readonly project: ComposeProject;
    /** Configuration files by name, with their contents. No secrets. */
    readonly files: Readonly<Record<string, string>>;
    /** Shell that writes each secret to ${secrets}/<bundle>/<key>; it may use the function `keep`. */
    readonly fetchSecrets: string;
    /** Shell that lets Docker take images from the registry; may be empty. */
    readonly signIn: string;
    /** Ranges and ports of the stores. */
    readonly stores: readonly { readonly range: string; readonly port: number }[];
    /** More shell before the containers start, e.g. what joins a tailnet. */
    readonly before?: string;
    /** Packages with Docker, its compose command, curl, jq and iptables. */
    readonly packages: readonly string[];
}

/** A whole boot script. Run again, it does what has changed and nothing else. */
export function bootScript({ project, files, fetchSecrets, signIn, stores, before = "", packages }: HostArgs): string {
    return `#!/bin/bash
# Made from the topology. Everything here may run again at any time.
set -euo pipefail
umask 077
export DEBIAN_FRONTEND=noninteractive

install_packages() {
    local missing=()
    for package in ${packages.join(" ")}; do
        dpkg-query --show --showformat='\${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ "\${#missing[@]}" -eq 0 ] && return
    apt-get -o Acquire::Retries=5 update
    apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "\${missing[@]}"
}

# Files of the containers: readable for them, writable for nobody.
write_file() {
    base64 --decode > "${folders.configuration}/$1.new"
    chmod 0444 "${folders.configuration}/$1.new"
    mv "${folders.configuration}/$1.new" "${folders.configuration}/$1"
}

# Standard input becomes the secret $1. In memory only: a machine that is switched off has forgotten it.
keep() {
    mkdir -p "${folders.secrets}/$(dirname "$1")"
    cat > "${folders.secrets}/$1.new"
    chmod 0444 "${folders.secrets}/$1.new"
    mv "${folders.secrets}/$1.new" "${folders.secrets}/$1"
}

# Containers that reach stores reach those and nothing else; those that call the internet reach no private address;
# none reaches the metadata service, which would give them the machine's own identity.
raise_walls() {
    iptables --wait --new-chain AGENT-PLATFORM 2>/dev/null || iptables --wait --flush AGENT-PLATFORM
    iptables --wait --append AGENT-PLATFORM --match conntrack --ctstate ESTABLISHED,RELATED --jump RETURN
    # The name server of these clouds has the address of the metadata service.
    for protocol in udp tcp; do iptables --wait --append AGENT-PLATFORM --destination 169.254.169.254/32 --protocol "$protocol" --dport 53 --jump RETURN; done
    iptables --wait --append AGENT-PLATFORM --source ${containerRange} --destination 169.254.0.0/16 --jump DROP
${stores.map(({ range, port }) => `    iptables --wait --append AGENT-PLATFORM --in-interface ${storesNetwork.bridge} --destination ${range} --protocol tcp --dport ${port} --jump RETURN`).join("\n")}
    iptables --wait --append AGENT-PLATFORM --in-interface ${storesNetwork.bridge} --jump DROP
${notTheInternet.map((range) => `    iptables --wait --append AGENT-PLATFORM --in-interface ${internetNetwork.bridge} --destination ${range} --jump DROP`).join("\n")}
    iptables --wait --append AGENT-PLATFORM --in-interface ${entryNetwork.bridge} --match conntrack --ctstate NEW --jump DROP
    iptables --wait --append AGENT-PLATFORM --jump RETURN
    iptables --wait --check DOCKER-USER --jump AGENT-PLATFORM 2>/dev/null || iptables --wait --insert DOCKER-USER --jump AGENT-PLATFORM
    # What containers send to the machine itself passes another chain.
    iptables --wait --check INPUT --source ${containerRange} --protocol tcp --match conntrack --ctstate NEW --jump DROP 2>/dev/null ||
        iptables --wait --insert INPUT --source ${containerRange} --protocol tcp --match conntrack --ctstate NEW --jump DROP
}

install_packages
install --directory --mode=0755 ${folders.configuration} /run/agent-platform
install --directory --mode=0711 ${folders.secrets}
${Object.entries({ "compose.json": `${JSON.stringify(project, null, 2)}\n`, ...files }).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, content]) => `write_file ${name} <<'END'\n${wrapped(content)}\nEND`).join("\n")}
${fetchSecrets}
systemctl enable --now docker
${signIn}
raise_walls
${before}
docker compose --file ${folders.configuration}/compose.json pull --quiet
# Services wait for the tasks; those that are no longer listed go.
docker compose --file ${folders.configuration}/compose.json up --detach --remove-orphans
`;
}

/** Base64 in lines: some shells of the cloud refuse very long ones. */
function wrapped(text: string): string {
    return Buffer.from(text).toString("base64").replace(/.{1,120}/g, "$&\n").trimEnd();
}
