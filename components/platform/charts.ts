/** The charts of others: each at one version, with the SHA-256 of its archive where its makers' index could be read. */

/** Where a chart is published, and what exactly. */
export interface PublishedChart {
    /** A Helm repository, or `oci://…` without the chart's name. */
    readonly repository: string;
    readonly chart: string;
    readonly version: string;
    /** Of the .tgz. Absent: ops/mirror-charts.sh prints it at the first copy, and it belongs here from then on. */
    readonly sha256?: string;
}

export const charts = {
    alloy: { repository: "https://grafana.github.io/helm-charts", chart: "alloy", version: "1.11.1", sha256: "cc4cd48a885c070fe8b2929971552852375c11e92d95fc6337d0c3fa277ac575" },
    authentik: { repository: "https://charts.goauthentik.io", chart: "authentik", version: "2026.8.0", sha256: "fb51f1ab970a15e37f8d2b4fe2767cea33afe7e6f84bee646d2690f31fcde7e5" },
    "cert-manager": { repository: "https://charts.jetstack.io", chart: "cert-manager", version: "v1.20.3" },
    cilium: { repository: "https://helm.cilium.io", chart: "cilium", version: "1.19.6", sha256: "21c43cf53841f9ab0375047d95aa4c64051ea52bbd2c679416e6408f5f1c9179" },
    "cloudnative-pg": { repository: "https://cloudnative-pg.github.io/charts", chart: "cloudnative-pg", version: "0.29.0", sha256: "668e065ff53508d58238788fd35b355a925060843629a951df0e6a9362e6d32f" },
    "plugin-barman-cloud": { repository: "https://cloudnative-pg.github.io/charts", chart: "plugin-barman-cloud", version: "0.7.0", sha256: "683494c04cc94f7d33c4ac5f3d8d64c209634b48bd0e84da31d7d1fad22cdcdb" },
    devtron: { repository: "https://helm.devtron.ai", chart: "devtron-operator", version: "0.23.3", sha256: "d3915facd773c653883a8a6a43602e1e7b1aa871e06247fe1236586884c71c55" },
    "external-dns": { repository: "https://kubernetes-sigs.github.io/external-dns", chart: "external-dns", version: "1.21.1", sha256: "5dd033a4b872bf641860695705ee460031d0bc695f114bf8926fee6736814e19" },
    "external-secrets": { repository: "https://charts.external-secrets.io", chart: "external-secrets", version: "2.9.0", sha256: "da2d5c126a103b4c1b16a9dc1c168c4332a3687144e88ac070e594f81a0b6578" },
    "hcloud-cloud-controller-manager": { repository: "https://charts.hetzner.cloud", chart: "hcloud-cloud-controller-manager", version: "1.35.0", sha256: "22ed0126b392e1100a942dbe5fb47cd8057b43138d9974c308760ad58f2eac24" },
    keda: { repository: "https://kedacore.github.io/charts", chart: "keda", version: "2.20.2", sha256: "db60b1fa60f0565fefa4ce2f87e855b6a8854363ee82962fbe28a12a70d64c4c" },
    "kube-prometheus-stack": { repository: "https://prometheus-community.github.io/helm-charts", chart: "kube-prometheus-stack", version: "88.5.3" },
    "kuberay-operator": { repository: "https://ray-project.github.io/kuberay-helm/", chart: "kuberay-operator", version: "1.6.2" },
    loki: { repository: "https://grafana-community.github.io/helm-charts", chart: "loki", version: "18.11.0", sha256: "d4d99424d197e1460878093c9fced02346669ab0698a0dca7c575ab76fff7aeb" },
    longhorn: { repository: "https://charts.longhorn.io", chart: "longhorn", version: "1.11.3" },
    "metrics-server": { repository: "https://kubernetes-sigs.github.io/metrics-server", chart: "metrics-server", version: "3.13.1", sha256: "084e6edb680cf4e2acc30bd496568c53fdf663cbacf6e17876b25785c35b7a13" },
    "policy-controller": { repository: "https://sigstore.github.io/helm-charts", chart: "policy-controller", version: "0.10.6", sha256: "bf168eb01cc63424194a58070c4a3682407976cfe9e0c15efac8e5a5d6c7eafa" },
    vault: { repository: "https://helm.releases.hashicorp.com", chart: "vault", version: "0.34.1" },
} as const satisfies Readonly<Record<string, PublishedChart>>;

export type ChartName = keyof typeof charts;
export const chartNames = Object.keys(charts) as readonly ChartName[];

/** Copies of charts in a registry of one's own, each by digest: `registry.example.com/agents/charts/keda@sha256:…`. */
export type MirroredCharts = Readonly<Partial<Record<ChartName, string>>>;

export interface ChartReference {
    readonly chart: string;
    readonly version: string;
    readonly repository?: string;
}

/** The copy by digest, which Helm checks while it pulls; without one the published chart by its version. */
export function chartReference(name: ChartName, mirrored: MirroredCharts): ChartReference {
    const { repository, chart, version }: PublishedChart = charts[name];
    const copy = mirrored[name];
    if (copy !== undefined) return { chart: `oci://${copy}`, version };
    return repository.startsWith("oci://") ? { chart: `${repository}/${chart}`, version } : { chart, version, repository };
}
