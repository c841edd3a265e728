/** What may be wrong between settings of the application, and between their addresses and the blueprint. */
import { addressOf, isInside } from "../topology/addresses";
import { chosenOf, type AppKey, type AppSettings, type Call, type Chosen } from "./app-settings";
import type { ConfigFinding } from "./fields";

/** How the application gets out in a blueprint. */
export interface WayOut {
    /** Whether it runs in a Kubernetes, whose other services and private neighbours it may call. */
    readonly kubernetes: boolean;
    /** The only port that a proxy lets through. */
    readonly onlyPort?: number;
}

interface Numbers {
    readonly refundApprovalThreshold?: number | undefined;
    readonly sessionKey?: number | undefined;
}

export function checkAppSettings(settings: AppSettings & Numbers, out: WayOut): ConfigFinding[] {
    return [
        ...alone(settings, "scannerFailsOpen", "scannerUrl", "nothing is scanned"),
        ...alone(settings, "modelMonthlyBudget", "models", "no model costs anything"),
        ...checkNumbers(settings),
        ...checkModels(settings),
        ...chosenOf(settings).flatMap((chosen) => chosen.calls.flatMap((call) => checkCall(settings, chosen, call, out))),
        ...(settings.outgoingAllowedHosts ?? []).flatMap(({ cidr }, index) => (cidr === undefined || out.kubernetes ? [] : [{ key: `outgoingAllowedHosts[${index}].cidr`, value: cidr, problem: "is of no use: containers of this blueprint reach no private address" }])),
    ];
}

function alone(settings: AppSettings, key: AppKey, needed: AppKey, because: string): ConfigFinding[] {
    return settings[key] === undefined || settings[needed] !== undefined ? [] : [{ key, value: String(settings[key]), problem: `is of no use without ${needed}: ${because}` }];
}

function checkNumbers({ refundFourEyesThreshold: two, refundApprovalThreshold: one, sessionKeyAccepted: other, sessionKey: signs }: AppSettings & Numbers): ConfigFinding[] {
    return [
        ...(two !== undefined && one !== undefined && two < one ? [{ key: "refundFourEyesThreshold", value: String(two), problem: `is below refundApprovalThreshold, ${one}: what needs two approvals needs one at least` }] : []),
        ...(other !== undefined && other === signs ? [{ key: "sessionKeyAccepted", value: String(other), problem: "is the key that signs: name the one before or after it, or leave it out" }] : []),
    ];
}

/** What a model lacks that it could do without on somebody's own machine. */
function checkModels({ models = [] }: AppSettings): ConfigFinding[] {
    return models.flatMap(({ provider, url, apiKey }, index) => [
        ...(provider === "ollama" && url === undefined ? [{ key: `models[${index}].url`, problem: "is missing: Ollama does not run beside the application here, e.g. http://ollama.ollama.svc:11434/v1" }] : []),
        ...(provider === "vertex" && apiKey === undefined ? [{ key: `models[${index}].apiKey`, problem: "is missing: the application has no identity at Google that could sign in" }] : []),
    ]);
}

function checkCall({ outgoingAllowedHosts: allowed = [] }: AppSettings, { key }: Chosen, { url, at, guarded }: Call, { kubernetes, onlyPort }: WayOut): ConfigFinding[] {
    const finding = (problem: string): ConfigFinding[] => [{ key: `${key}${at}`, value: url, problem }];
    const address = addressOf(url);
    const wanted = kubernetes ? "must be an https address, or http://<service>.<namespace>.svc:<port> of the same cluster" : "must be an https address: what goes out of the deployment goes by TLS";
    if (address === undefined) return finding(wanted);
    if (address.kind === "cluster") {
        if (!kubernetes) return finding("names a service of a Kubernetes, and this blueprint has none");
        const host = new URL(url).hostname;
        return guarded === true && !allowed.some((one) => one.host === host) ? finding(`is no public address, so it is called only if ${host} stands in outgoingAllowedHosts too`) : [];
    }
    if (!address.tls) return finding(wanted);
    if (onlyPort !== undefined && address.port !== onlyPort) return finding(`goes to port ${address.port}, and the proxy of this blueprint lets ${onlyPort} alone through`);
    const known = allowed.find((one) => one.host === address.host);
    if (isInside(address.host) && known?.cidr === undefined) return finding(kubernetes ? "is no public address: say where it is in outgoingAllowedHosts, with host and cidr" : "is no public address, and containers of this blueprint reach no other");
    return [];
}
