/**
 * Certificates of one cluster, made once with openssl. Authorities outlive everything; certificates are made
 * again when they near their end or when the addresses in them have changed.
 */
import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../core/run";
import { readIfThere, writeAtomic } from "./files";
import { nodeName, type Installation } from "./installation";

export interface Identity {
    certificate: string;
    key: string;
}

interface Wanted {
    authority: "ca" | "front-proxy-ca" | "etcd-ca";
    commonName: string;
    organization?: string;
    usage: "clientAuth" | "serverAuth" | "serverAuth,clientAuth";
    names?: string[];
}

const authorities = ["ca", "front-proxy-ca", "etcd-ca"] as const;
const years = 10;
const renewBefore = 60 * 24 * 3600 * 1000;

/** Where a file of the cluster's key material lies, e.g. `ca.crt`, `kubelet.key`. */
export function pkiFile(installation: Installation, file: string): string {
    return join(installation.folder, "pki", file);
}

export function identity(installation: Installation, name: string): Identity {
    return { certificate: pkiFile(installation, `${name}.crt`), key: pkiFile(installation, `${name}.key`) };
}

/** Makes what is missing. @returns whether any certificate is new, so that what uses it must be started again */
export async function ensurePki(installation: Installation): Promise<boolean> {
    const folder = pkiFile(installation, "");
    const fresh = `${folder.replace(/\/$/, "")}.new`;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { mode: 0o700 });
    let changed = false;
    for (const authority of authorities) {
        if (existsSync(pkiFile(installation, `${authority}.crt`))) continue;
        await createAuthority(authority, fresh, folder);
        changed = true;
    }
    if (!existsSync(pkiFile(installation, "service-accounts.key"))) createServiceAccountKey(installation);
    if (!existsSync(pkiFile(installation, "secrets-encryption.yaml"))) writeAtomic(pkiFile(installation, "secrets-encryption.yaml"), encryptionConfiguration());
    for (const [name, wanted] of Object.entries(certificates(installation))) {
        const digest = createHash("sha256").update(JSON.stringify(wanted)).update(readIfThere(pkiFile(installation, `${wanted.authority}.crt`)) ?? "").digest("hex");
        if (isCurrent(installation, name, digest)) continue;
        await createCertificate(name, wanted, fresh, folder);
        writeAtomic(pkiFile(installation, `${name}.wanted`), digest);
        changed = true;
    }
    rmSync(fresh, { recursive: true, force: true });
    return changed;
}

/** Pure: who needs a certificate. */
function certificates(installation: Installation): Record<string, Wanted> {
    const { nodeAddress, apiService, hostAddress } = installation.network;
    return {
        "apiserver": {
            authority: "ca", commonName: "kube-apiserver", usage: "serverAuth",
            names: ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost", nodeName].map(name => `DNS:${name}`).concat([nodeAddress, apiService, hostAddress, "127.0.0.1"].map(address => `IP:${address}`)),
        },
        "apiserver-kubelet-client": { authority: "ca", commonName: "kube-apiserver-kubelet-client", organization: "agent-platform:kubelet-api", usage: "clientAuth" },
        "apiserver-etcd-client": { authority: "etcd-ca", commonName: "kube-apiserver", usage: "clientAuth" },
        "front-proxy-client": { authority: "front-proxy-ca", commonName: "front-proxy-client", usage: "clientAuth" },
        "etcd": { authority: "etcd-ca", commonName: "etcd", usage: "serverAuth,clientAuth", names: ["DNS:localhost", "IP:127.0.0.1"] },
        "kubelet": { authority: "ca", commonName: `system:node:${nodeName}`, organization: "system:nodes", usage: "clientAuth" },
        "kubelet-server": { authority: "ca", commonName: nodeName, usage: "serverAuth", names: [`DNS:${nodeName}`, `IP:${nodeAddress}`] },
        "controller-manager": { authority: "ca", commonName: "system:kube-controller-manager", usage: "serverAuth,clientAuth", names: ["DNS:localhost", "IP:127.0.0.1"] },
        "scheduler": { authority: "ca", commonName: "system:kube-scheduler", usage: "serverAuth,clientAuth", names: ["DNS:localhost", "IP:127.0.0.1"] },
        "kube-proxy": { authority: "ca", commonName: "system:kube-proxy", usage: "clientAuth" },
        "metrics": { authority: "ca", commonName: "metrics", usage: "serverAuth", names: ["DNS:metrics.kube-system.svc", `IP:${hostAddress}`] },
        "supervisor": { authority: "ca", commonName: "agent-platform:supervisor", usage: "clientAuth" },
        "admin": { authority: "ca", commonName: "agent-platform-admin", organization: "system:masters", usage: "clientAuth" },
    };
}

async function createAuthority(name: string, fresh: string, folder: string): Promise<void> {
    await run("openssl", ["req", "-x509", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256", "-days", String(365 * years + 3),
        "-keyout", join(fresh, `${name}.key`), "-out", join(fresh, `${name}.crt`), "-subj", `/CN=agent-platform ${name}`,
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"], { env: { OPENSSL_CONF: undefined } });
    moveIn(name, fresh, folder);
}

async function createCertificate(name: string, wanted: Wanted, fresh: string, folder: string): Promise<void> {
    const extensions = join(fresh, `${name}.ext`);
    writeFileSync(extensions, [
        "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature,keyEncipherment", `extendedKeyUsage=${wanted.usage}`,
        "authorityKeyIdentifier=keyid", ...(wanted.names ? [`subjectAltName=${wanted.names.join(",")}`] : []),
    ].join("\n"));
    const subject = `${wanted.organization ? `/O=${wanted.organization}` : ""}/CN=${wanted.commonName}`;
    await run("openssl", ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256", "-keyout", join(fresh, `${name}.key`), "-out", join(fresh, `${name}.csr`), "-subj", subject]);
    await run("openssl", ["x509", "-req", "-sha256", "-days", String(365 * years), "-set_serial", `0x00${randomBytes(15).toString("hex")}`, "-extfile", extensions,
        "-in", join(fresh, `${name}.csr`), "-out", join(fresh, `${name}.crt`), "-CA", join(folder, `${wanted.authority}.crt`), "-CAkey", join(folder, `${wanted.authority}.key`)]);
    moveIn(name, fresh, folder);
}

/** The certificate last: it is what says that the pair is there. */
function moveIn(name: string, fresh: string, folder: string): void {
    for (const ending of ["key", "crt"]) renameSync(join(fresh, `${name}.${ending}`), join(folder, `${name}.${ending}`));
}

function isCurrent(installation: Installation, name: string, digest: string): boolean {
    if (readIfThere(pkiFile(installation, `${name}.wanted`)) !== digest) return false;
    const certificate = readIfThere(pkiFile(installation, `${name}.crt`));
    return certificate !== undefined && existsSync(pkiFile(installation, `${name}.key`)) && new X509Certificate(certificate).validToDate.getTime() - Date.now() > renewBefore;
}

function createServiceAccountKey(installation: Installation): void {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } });
    writeAtomic(pkiFile(installation, "service-accounts.pub"), pair.publicKey);
    writeAtomic(pkiFile(installation, "service-accounts.key"), pair.privateKey);
}

/** Secrets lie encrypted in the database; what was written before this existed can still be read. */
function encryptionConfiguration(): string {
    return JSON.stringify({
        apiVersion: "apiserver.config.k8s.io/v1", kind: "EncryptionConfiguration",
        resources: [{ resources: ["secrets"], providers: [{ secretbox: { keys: [{ name: "first", secret: randomBytes(32).toString("base64") }] } }, { identity: {} }] }],
    });
}

/** A kubeconfig that holds the key material itself, so that it can be copied. */
export function kubeconfigFor(installation: Installation, name: string, names: { context: string; user: string }): string {
    const encoded = (file: string) => Buffer.from(readIfThere(pkiFile(installation, file)) ?? "").toString("base64");
    return JSON.stringify({
        apiVersion: "v1", kind: "Config", "current-context": names.context,
        clusters: [{ name: names.context, cluster: { server: installation.network.api, "certificate-authority-data": encoded("ca.crt") } }],
        users: [{ name: names.user, user: { "client-certificate-data": encoded(`${name}.crt`), "client-key-data": encoded(`${name}.key`) } }],
        contexts: [{ name: names.context, context: { cluster: names.context, user: names.user } }],
    }, undefined, 2);
}
