/** The processes of the node: command lines and configuration files. Pure, apart from where the programs are. */
import { join } from "node:path";
import { nodeName, type Installation } from "./installation";
import { identity, pkiFile } from "./pki";

/** One process that the supervisor keeps running. */
export interface ProcessSpec {
    name: string;
    command: string[];
    env: Record<string, string>;
    /** Changes when the process must be started again although its command line is the same. */
    revision: string;
    /** A unix socket, or host:port, that must accept connections before the start is worth trying. */
    needs?: string;
}

export interface Programs {
    /** Folder with kube-apiserver, kubelet and the others. */
    kubernetes: string;
    containerd: string;
    etcd: string;
    cniPlugins: string;
    /** The CoreDNS executable. */
    coredns: string;
}

export interface NodeFacts {
    /** Without CAP_SYS_RESOURCE no process may be made less likely to be killed than its parent. */
    limited: boolean;
    resolvConf: string;
    pauseImage: string;
    snapshotter: "overlayfs" | "native";
}

export function socketOf(installation: Installation): string {
    return join(installation.run, "containerd.sock");
}

export function cgroupOf(installation: Installation): string {
    return `/${installation.name}`;
}

export function configFile(installation: Installation, file: string): string {
    return join(installation.folder, "config", file);
}

/** In the order in which they start. */
export function nodeProcesses(installation: Installation, programs: Programs, revisionOf: (name: string) => string): ProcessSpec[] {
    const { network } = installation;
    const enter = ["nsenter", `--net=/run/netns/${network.namespace}`, "--"];
    const program = (name: string) => join(programs.kubernetes, name);
    const config = (file: string) => configFile(installation, file);
    const api = `${network.nodeAddress}:6443`;
    const spec = (name: string, command: string[], needs?: string): ProcessSpec =>
        ({ name, command: [...enter, ...command], revision: revisionOf(name), env: environment(name === "containerd"), ...(needs ? { needs } : {}) });
    return [
        spec("etcd", [programs.etcd, ...etcdArguments(installation)]),
        spec("containerd", [programs.containerd, "--config", config("containerd.toml")]),
        spec("kube-apiserver", [program("kube-apiserver"), ...apiServerArguments(installation)]),
        spec("kube-controller-manager", [program("kube-controller-manager"), ...controllerManagerArguments(installation)], api),
        spec("kube-scheduler", [program("kube-scheduler"),
            `--kubeconfig=${config("scheduler.kubeconfig")}`, `--authentication-kubeconfig=${config("scheduler.kubeconfig")}`, `--authorization-kubeconfig=${config("scheduler.kubeconfig")}`,
            ...servingArguments(installation, "scheduler"), "--leader-elect=false"], api),
        spec("kubelet", [program("kubelet"), `--config=${config("kubelet.yaml")}`, `--kubeconfig=${config("kubelet.kubeconfig")}`, `--root-dir=${join(installation.folder, "kubelet")}`,
            `--cert-dir=${join(installation.folder, "kubelet", "pki")}`, `--hostname-override=${nodeName}`, `--node-ip=${network.nodeAddress}`], socketOf(installation)),
        spec("kube-proxy", [program("kube-proxy"), `--config=${config("kube-proxy.yaml")}`], api),
    ];
}

/** Nothing of the caller's environment but what is harmless; a proxy is for pulling images only, never between our own parts. */
function environment(pulls: boolean): Record<string, string> {
    const names = ["LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", ...(pulls ? ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"] : [])];
    const kept = Object.fromEntries(names.flatMap(name => process.env[name] === undefined ? [] : [[name, process.env[name]!]]));
    return { ...kept, HOME: "/root", PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
}

function etcdArguments(installation: Installation): string[] {
    const { certificate, key } = identity(installation, "etcd");
    const authority = pkiFile(installation, "etcd-ca.crt");
    return [
        "--name=node", `--data-dir=${join(installation.folder, "etcd")}`,
        "--listen-client-urls=https://127.0.0.1:2379", "--advertise-client-urls=https://127.0.0.1:2379",
        "--listen-peer-urls=https://127.0.0.1:2380", "--initial-advertise-peer-urls=https://127.0.0.1:2380", "--initial-cluster=node=https://127.0.0.1:2380",
        "--client-cert-auth", `--trusted-ca-file=${authority}`, `--cert-file=${certificate}`, `--key-file=${key}`,
        "--peer-client-cert-auth", `--peer-trusted-ca-file=${authority}`, `--peer-cert-file=${certificate}`, `--peer-key-file=${key}`,
        "--snapshot-count=10000", "--logger=zap", "--log-level=warn",
    ];
}

function apiServerArguments(installation: Installation): string[] {
    const { network } = installation;
    const pki = (file: string) => pkiFile(installation, file);
    return [
        `--advertise-address=${network.nodeAddress}`, `--bind-address=${network.nodeAddress}`, "--secure-port=6443",
        `--service-cluster-ip-range=${network.serviceRange}`, "--service-node-port-range=30000-32767",
        "--anonymous-auth=false", "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--profiling=false",
        `--client-ca-file=${pki("ca.crt")}`, `--tls-cert-file=${pki("apiserver.crt")}`, `--tls-private-key-file=${pki("apiserver.key")}`,
        "--etcd-servers=https://127.0.0.1:2379", `--etcd-cafile=${pki("etcd-ca.crt")}`, `--etcd-certfile=${pki("apiserver-etcd-client.crt")}`, `--etcd-keyfile=${pki("apiserver-etcd-client.key")}`,
        `--encryption-provider-config=${pki("secrets-encryption.yaml")}`,
        `--kubelet-certificate-authority=${pki("ca.crt")}`, `--kubelet-client-certificate=${pki("apiserver-kubelet-client.crt")}`, `--kubelet-client-key=${pki("apiserver-kubelet-client.key")}`,
        "--kubelet-preferred-address-types=InternalIP,Hostname",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local", `--service-account-key-file=${pki("service-accounts.pub")}`, `--service-account-signing-key-file=${pki("service-accounts.key")}`,
        // Aggregated APIs (metrics, external metrics) trust requests that carry these headers and this certificate.
        `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`, "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        // These read the database in a way that Debian's etcd 3.4 does not serve.
        "--feature-gates=SizeBasedListCostEstimate=false",
        `--proxy-client-cert-file=${pki("front-proxy-client.crt")}`, `--proxy-client-key-file=${pki("front-proxy-client.key")}`,
    ];
}

function controllerManagerArguments(installation: Installation): string[] {
    const config = configFile(installation, "controller-manager.kubeconfig");
    const pki = (file: string) => pkiFile(installation, file);
    return [
        `--kubeconfig=${config}`, `--authentication-kubeconfig=${config}`, `--authorization-kubeconfig=${config}`, ...servingArguments(installation, "controller-manager"),
        "--leader-elect=false", "--use-service-account-credentials=true", `--root-ca-file=${pki("ca.crt")}`, `--service-account-private-key-file=${pki("service-accounts.key")}`,
        `--cluster-signing-cert-file=${pki("ca.crt")}`, `--cluster-signing-key-file=${pki("ca.key")}`, `--cluster-cidr=${installation.network.podSubnet}`, "--allocate-node-cidrs=false",
        `--flex-volume-plugin-dir=${join(installation.folder, "kubelet", "volume-plugins")}`,
    ];
}

function servingArguments(installation: Installation, name: string): string[] {
    const { certificate, key } = identity(installation, name);
    return ["--bind-address=127.0.0.1", `--tls-cert-file=${certificate}`, `--tls-private-key-file=${key}`, "--profiling=false",
        `--client-ca-file=${pkiFile(installation, "ca.crt")}`, `--requestheader-client-ca-file=${pkiFile(installation, "front-proxy-ca.crt")}`];
}

/** Which files of its own a process reads only when it starts: settings by name, key material by `pki/` and name. */
export const filesRead: Record<string, readonly string[]> = {
    "etcd": ["pki/etcd.crt", "pki/etcd-ca.crt"],
    "containerd": ["containerd.toml"],
    "kube-apiserver": ["pki/apiserver.crt", "pki/apiserver-etcd-client.crt", "pki/apiserver-kubelet-client.crt", "pki/front-proxy-client.crt", "pki/secrets-encryption.yaml"],
    "kube-controller-manager": ["controller-manager.kubeconfig"],
    "kube-scheduler": ["scheduler.kubeconfig"],
    "kubelet": ["kubelet.yaml", "kubelet.kubeconfig", "pki/kubelet-server.crt", "resolv.conf"],
    "kube-proxy": ["kube-proxy.yaml", "kube-proxy.kubeconfig"],
};

/** File name to content. JSON is YAML. */
export function configFiles(installation: Installation, programs: Programs, facts: NodeFacts): Record<string, string> {
    return {
        "containerd.toml": containerdConfig(installation, programs, facts),
        "kubelet.yaml": JSON.stringify(kubeletConfig(installation, facts), undefined, 2),
        "kube-proxy.yaml": JSON.stringify(proxyConfig(installation, facts), undefined, 2),
        "cni/10-bridge.conflist": JSON.stringify(bridgeConfig(installation), undefined, 2),
    };
}

function containerdConfig(installation: Installation, programs: Programs, facts: NodeFacts): string {
    const text = (value: string) => JSON.stringify(value);
    return `version = 2
root = ${text(join(installation.folder, "containerd"))}
state = ${text(join(installation.run, "containerd"))}
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt"]
[grpc]
address = ${text(socketOf(installation))}
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${text(facts.pauseImage)}
restrict_oom_score_adj = ${facts.limited}
netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = ${text(facts.snapshotter)}
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${text(programs.cniPlugins)}
conf_dir = ${text(configFile(installation, "cni"))}
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = ${text(configFile(installation, "registries"))}
`;
}

function kubeletConfig(installation: Installation, facts: NodeFacts): object {
    const { network } = installation;
    const server = identity(installation, "kubelet-server");
    return {
        apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration",
        address: network.nodeAddress, port: 10250, readOnlyPort: 0, healthzPort: 0,
        tlsCertFile: server.certificate, tlsPrivateKeyFile: server.key,
        authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: pkiFile(installation, "ca.crt") } },
        authorization: { mode: "Webhook" },
        containerRuntimeEndpoint: `unix://${socketOf(installation)}`,
        cgroupDriver: "cgroupfs", cgroupRoot: cgroupOf(installation), failCgroupV1: false,
        clusterDNS: [network.dnsService], clusterDomain: "cluster.local", resolvConf: facts.resolvConf,
        failSwapOn: false, seccompDefault: true, serializeImagePulls: false, maxPods: 110,
        // Images are imported by hand and cannot be pulled again: never collect them, and bear a nearly full disk.
        imageGCHighThresholdPercent: 100, imageGCLowThresholdPercent: 99,
        evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%", "imagefs.available": "1%", "imagefs.inodesFree": "1%" },
        evictionPressureTransitionPeriod: "15s",
        containerLogMaxSize: "5Mi", containerLogMaxFiles: 3,
        podLogsDir: join(installation.folder, "logs", "pods"),
        volumePluginDir: join(installation.folder, "kubelet", "volume-plugins"),
        ...(facts.limited ? { featureGates: { KubeletInUserNamespace: true } } : {}),
    };
}

function proxyConfig(installation: Installation, facts: NodeFacts): object {
    return {
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration",
        mode: "iptables", clusterCIDR: installation.network.podSubnet, hostnameOverride: nodeName,
        clientConnection: { kubeconfig: configFile(installation, "kube-proxy.kubeconfig") },
        metricsBindAddress: "127.0.0.1:10249", healthzBindAddress: "127.0.0.1:10256",
        iptables: { localhostNodePorts: false, minSyncPeriod: "200ms" },
        // The limits of connection tracking belong to the whole machine.
        conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
        ...(facts.limited ? { featureGates: {} } : {}),
    };
}

/** No masquerading by the plugin: it would leave one chain per pod behind; one rule for the subnet does it. */
function bridgeConfig(installation: Installation): object {
    return {
        cniVersion: "0.4.0", name: installation.name,
        plugins: [
            {
                type: "bridge", bridge: "cni0", isDefaultGateway: true, hairpinMode: true, ipMasq: false,
                ipam: { type: "host-local", dataDir: join(installation.run, "addresses"), ranges: [[{ subnet: installation.network.podSubnet }]] },
            },
        ],
    };
}
