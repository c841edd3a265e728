/** Makes pods that are well-formed for the API server's decoder and as varied as possible in everything Pod Security looks at. */
import { Random } from "./random";

type Json = unknown;
type Fields = Record<string, Json>;

/** Pod number `index` of a series; the same for the same numbers. */
export function generatePod(seed: number, index: number): Fields {
    const random = new Random(seed * 1_000_003 + index);
    // Most pods are nearly good: only then does a single bad field decide the verdict.
    const maker = new PodMaker(random, random.pick([1, 0.99, 0.97, 0.9, 0.5]));
    return maker.pod();
}

const sysctls = {
    good: ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start"],
    bad: [
        "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem", "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat", "kernel.msgmax", "net.core.somaxconn", "",
    ],
};
const volumes: { good: Fields[]; bad: Fields[] } = {
    good: [
        { emptyDir: {} }, { configMap: { name: "c" } }, { secret: { secretName: "s" } }, { projected: { sources: [] } }, { downwardAPI: {} }, { persistentVolumeClaim: { claimName: "d" } },
        { csi: { driver: "d" } }, { ephemeral: { volumeClaimTemplate: { spec: {} } } }, { image: { reference: "r" } }, {}, { hostPath: null }, { emptyDir: {}, hostPath: null },
    ],
    bad: [
        { hostPath: { path: "/" } }, { hostPath: {} }, { nfs: { server: "s", path: "/" } }, { gcePersistentDisk: { pdName: "p" } }, { awsElasticBlockStore: { volumeID: "v" } }, { gitRepo: { repository: "r" } },
        { iscsi: { targetPortal: "t", iqn: "i", lun: 0 } }, { glusterfs: { endpoints: "e", path: "p" } }, { rbd: { monitors: [], image: "i" } }, { flexVolume: { driver: "d" } }, { cinder: { volumeID: "v" } },
        { cephfs: { monitors: [] } }, { flocker: {} }, { fc: {} }, { azureFile: { secretName: "s", shareName: "h" } }, { azureDisk: { diskName: "d", diskURI: "u" } }, { vsphereVolume: { volumePath: "v" } },
        { quobyte: { registry: "r", volume: "v" } }, { photonPersistentDisk: { pdID: "p" } }, { portworxVolume: { volumeID: "v" } }, { scaleIO: { gateway: "g", system: "s", secretRef: null } }, { storageos: {} },
        { configMap: { name: "c" }, hostPath: { path: "/" } }, { secret: { secretName: "s" }, nfs: { server: "s", path: "/" } },
    ],
};

class PodMaker {
    private names = 0;

    constructor(
        private readonly random: Random,
        private readonly goodness: number,
    ) {}

    pod(): Fields {
        const { random } = this;
        const pod: Fields = { apiVersion: "v1", kind: "Pod" };
        const spec: Fields = {};
        const counts = [random.pick([0, 0, 0, 1, 2]), random.pick([0, 1, 1, 1, 2, 3]), random.pick([0, 0, 0, 1])] as const;
        // Where restricted is satisfied for the pod, a container may leave it out, and the other way round.
        const podWide = random.chance(0.7);
        ["initContainers", "containers", "ephemeralContainers"].forEach((field, index) => {
            const count = counts[index]!;
            if (count > 0) spec[field] = Array.from({ length: count }, () => this.container(podWide));
            else if (random.chance(0.2)) spec[field] = random.pick([[], null]);
        });
        for (const field of ["hostNetwork", "hostPID", "hostIPC"]) this.maybe(spec, field, 0.3, [false, null], [true]);
        this.maybe(spec, "hostUsers", 0.2, [true, false, null], [false]);
        this.maybe(spec, "os", 0.3, [{ name: "linux" }, { name: "windows" }, null, {}], [{ name: "Windows" }, { name: "plan9" }]);
        const security = this.podSecurity(podWide);
        if (security !== undefined) spec.securityContext = security;
        if (random.chance(0.4)) spec.volumes = Array.from({ length: random.below(4) }, (_, index) => ({ name: `v${index}`, ...this.choose(volumes.good, volumes.bad) }));
        const metadata = this.metadata();
        if (metadata !== undefined) pod.metadata = metadata;
        pod.spec = spec;
        return pod;
    }

    private podSecurity(podWide: boolean): Json {
        const fields: Fields = {};
        if (podWide) {
            fields.runAsNonRoot = this.choose([true], [false, null]);
            fields.seccompProfile = this.seccomp();
        } else {
            this.maybe(fields, "runAsNonRoot", 0.2, [true, null], [false]);
            if (this.random.chance(0.2)) fields.seccompProfile = this.random.pick([null, this.seccomp()]);
        }
        this.shared(fields);
        if (this.random.chance(0.3)) fields.sysctls = this.random.chance(0.1) ? null : Array.from({ length: this.random.below(3) }, () => ({ name: this.choose(sysctls.good, sysctls.bad), value: "1" }));
        return Object.keys(fields).length === 0 ? this.random.pick([undefined, null, {}]) : fields;
    }

    private container(podWide: boolean): Json {
        const { random } = this;
        const container: Fields = { name: random.chance(0.95) ? `c${this.names++}` : "c0", image: "i" };
        const security: Fields = {};
        this.maybe(security, "privileged", 0.3, [false, null], [true]);
        if (!random.chance(0.03) || this.goodness === 1) security.allowPrivilegeEscalation = this.choose([false], [true, null]);
        if (!podWide || random.chance(0.2)) {
            security.runAsNonRoot = this.choose([true], [false, null]);
            security.seccompProfile = this.seccomp();
        }
        this.shared(security);
        const capabilities = this.capabilities();
        if (capabilities !== undefined) security.capabilities = capabilities;
        this.maybe(security, "procMount", 0.2, ["Default", null], ["Unmasked", ""]);
        if (random.chance(0.97)) container.securityContext = security;
        else if (random.chance(0.5)) container.securityContext = null;
        if (random.chance(0.4)) container.ports = Array.from({ length: random.below(3) }, () => this.port());
        for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) if (random.chance(0.2)) container[probe] = this.call();
        if (random.chance(0.2)) container.lifecycle = { [random.pick(["postStart", "preStop"])]: this.call() };
        return container;
    }

    /** Fields that pods and containers have in common. */
    private shared(fields: Fields): void {
        this.maybe(fields, "runAsUser", 0.4, [1, 10001, null], [0]);
        this.maybe(fields, "appArmorProfile", 0.25, [{ type: "RuntimeDefault" }, { type: "Localhost", localhostProfile: "p" }, null], [{ type: "Unconfined" }, {}, { type: "" }]);
        this.maybe(fields, "seLinuxOptions", 0.25, [{}, { type: "container_t" }, { type: "" }, { type: "container_init_t" }, { type: "container_kvm_t", level: "s0" }, null, { user: "" }], [{ type: "container_engine_t" }, { type: "spc_t" }, { user: "u" }, { role: "r" }, { type: "container_t", user: "u" }]);
        this.maybe(fields, "windowsOptions", 0.15, [{}, { hostProcess: false }, null, { hostProcess: null }], [{ hostProcess: true }]);
    }

    private seccomp(): Json {
        return this.choose<Json>([{ type: "RuntimeDefault" }, { type: "Localhost", localhostProfile: "p" }], [{ type: "Unconfined" }, {}, { type: "" }, null, { type: "runtimedefault" }]);
    }

    private capabilities(): Json {
        const drop = this.choose([["ALL"], ["NET_RAW", "ALL"]], [["all"], ["NET_RAW"], [], null]);
        const add = this.choose([undefined, null, [], ["NET_BIND_SERVICE"]], [["CHOWN"], ["NET_BIND_SERVICE", "SYS_ADMIN"], ["ALL"], ["NET_RAW"], ["SETUID", "SETGID"], [""], ["CAP_CHOWN"]]);
        const capabilities: Fields = { drop, ...(add !== undefined && { add }) };
        return this.choose([capabilities], [undefined, null, {}, capabilities]);
    }

    private port(): Json {
        const port: Fields = { containerPort: 80 };
        this.maybe(port, "hostPort", 0.3, [0, null], [80]);
        return port;
    }

    private call(): Json {
        const target: Fields = { port: 80 };
        this.maybe(target, "host", 0.4, ["", null], ["127.0.0.1", "::1"]);
        return this.random.pick([{ httpGet: target }, { tcpSocket: target }, { exec: { command: ["true"] } }, { httpGet: null }, null, {}]);
    }

    private metadata(): Json {
        if (this.random.chance(0.2)) return this.random.pick([undefined, null, {}, { name: "p" }]);
        const annotations: Fields = { "example.com/other": "unconfined" };
        this.maybe(annotations, `container.apparmor.security.beta.kubernetes.io/${this.random.pick(["c0", "c1", "none", ""])}`, 0.2, ["runtime/default", "localhost/p", "", "localhost/"], ["unconfined", "runtime", "RuntimeDefault"]);
        for (const name of ["seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/c0", "container.seccomp.security.alpha.kubernetes.io/none"]) {
            this.maybe(annotations, name, 0.15, ["runtime/default", "docker/default", "localhost/p"], ["unconfined", ""]);
        }
        return { name: "p", annotations };
    }

    private maybe(fields: Fields, name: string, probability: number, good: readonly Json[], bad: readonly Json[]): void {
        if (this.random.chance(probability)) fields[name] = this.choose(good, bad);
    }

    private choose<T>(good: readonly T[], bad: readonly T[]): T {
        return this.random.chance(this.goodness) ? this.random.pick(good) : this.random.pick(bad);
    }
}
