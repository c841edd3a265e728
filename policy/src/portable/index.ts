import type { Rule } from "../core/rule";
import { containerWith, object, podWith } from "../kubernetes/examples";
import { forbidCharts, forbidGroups, forbidImages, forbidType, one, portableRule } from "./rule";

const digest = "@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
const isCharts = (type: string): boolean => /^kubernetes:helm\.sh\//.test(type);

const cloudLoadBalancer = /^(gcp:compute\/(globalForwardingRule|forwardingRule|backendService|regionBackendService|targetHttps?Proxy|uRLMap):|aws:(lb|alb|elb|elasticloadbalancing\w*)\/|azure(-native)?:(network|lb)[^:]*:(LoadBalancer|ApplicationGateway)|oci:(LoadBalancer|NetworkLoadBalancer)\/|hcloud:index\/loadBalancer|digitalocean:index\/loadBalancer|cloudflare:index\/loadBalancer)/;
const managedDatabase = /^(gcp:(sql|spanner|alloydb|bigtable|firestore|redis|memcache)\/|aws:(rds|dynamodb|docdb|elasticache|neptune|memorydb)\/|azure(-native)?:(sql|postgresql|dbforpostgresql|mysql|cosmosdb|documentdb|redis|cache)[^:]*:|oci:(Psql|Database|Mysql|Redis|Nosql)\/|neon:|mongodbatlas:|digitalocean:index\/database)/i;
const cloudIdentity = /^(gcp:(projects|folder|organizations|serviceaccount|serviceAccount|iam|iap)\/|aws:iam\/|azure(-native)?:(authorization|managedidentity)[^:]*:|oci:Identity\/)/;
const identityAnnotations = ["iam.gke.io/gcp-service-account", "eks.amazonaws.com/role-arn", "azure.workload.identity/client-id"];
const mesh = /(^|\.)(istio\.io|linkerd\.io|consul\.hashicorp\.com|kuma\.io|openservicemesh\.io|traefik\.mesh)$/;
const meshImages = /^(istio-.*|proxyv2|pilot|linkerd-.*|kuma-.*|consul-dataplane|osm-.*)$/;
const meshLabels = ["istio-injection", "istio.io/rev", "istio.io/dataplane-mode", "linkerd.io/inject", "kuma.io/sidecar-injection"];
const brokerGroups = /(^|\.)(kafka\.strimzi\.io|rabbitmq\.com|pulsar\.\w+(\.\w+)*|jetstream\.nats\.io|redis\.\w+(\.\w+)*|activemq\.\w+(\.\w+)*)$/;
const brokerImages = /^(kafka|cp-kafka|rabbitmq|rabbitmq-.*|nats|nats-server|redis|valkey|keydb|dragonfly|pulsar|activemq.*|artemis.*|mosquitto|emqx|nsq|redpanda)$/;
const broker = /^(gcp:(pubsub|cloudtasks|managedkafka)\/|aws:(sqs|sns|mq|msk|kinesis)\/|azure(-native)?:(servicebus|eventhub)[^:]*:|oci:(Queue|Streaming)\/|cloudflare:index\/queue:)/;
const vectorGroups = /(^|\.)(qdrant\.(io|tech)|milvus\.io|weaviate\.io|chroma\.\w+)$/;
const vectorImages = /^(qdrant|weaviate|milvus|chroma|chromadb|vespa|marqo|vald-.*|elasticsearch|opensearch)$/;
const vector = /^(pinecone:|qdrant(-cloud)?:|zilliz:|gcp:vertex\/aiIndex|aws:opensearch\/|aws:s3vectors\/|cloudflare:index\/vectorize)/;

const noLoadBalancer = portableRule({
    id: "portable-no-load-balancer",
    title: "The portable blueprint needs no cloud's load balancer",
    what: "There is no Service of type LoadBalancer, and no load balancer of a cloud. People come in through the Cloudflare tunnel.",
    why: "Not every Kubernetes has one, each costs, and the tunnel needs no open port at all.",
    section: "What makes this truly cloud agnostic: no load balancers",
    remediation: ["Use `type: ClusterIP`, and let cloudflared reach the Service."],
    compliant: [object("core/v1", "Service", { spec: { type: "ClusterIP", ports: [{ port: 8080 }] } })],
    violating: [object("core/v1", "Service", { metadata: { name: "shop", namespace: "shop", annotations: { "networking.gke.io/load-balancer-type": "Internal" } }, spec: { type: "LoadBalancer", ports: [{ port: 443 }] } })],
    applies: type => cloudLoadBalancer.test(type),
    checkResource(resource, findings) {
        forbidType(resource, cloudLoadBalancer, "is a load balancer of a cloud", findings);
        if (/^kubernetes:core\/v1:Service(Patch)?$/.test(resource.type)) findings.forbid(resource.properties.at("spec", "type"), raw => raw === "LoadBalancer", "asks the cloud for a load balancer");
    },
});

const noManagedDatabase = portableRule({
    id: "portable-no-managed-database",
    title: "The portable blueprint needs no managed database",
    what: "There is no database or cache of a cloud; Postgres runs in the cluster.",
    why: "A managed database ties the platform to one cloud, its network and its prices.",
    section: "What makes this truly cloud agnostic: no managed DB dependency",
    remediation: ["Use the blueprint's Postgres, or choose another blueprint."],
    compliant: [podWith({})],
    violating: [one("neon:index/project:Project", { name: "shop" })],
    applies: type => managedDatabase.test(type),
    checkResource: (resource, findings) => forbidType(resource, managedDatabase, "is a database of a cloud", findings),
});

const noCloudIdentity = portableRule({
    id: "portable-no-cloud-identity",
    title: "The portable blueprint needs no cloud's identities",
    what: "There is no role, policy or service account of a cloud's IAM, and no ServiceAccount that is bound to one by an annotation.",
    why: "What depends on one cloud's IAM does not start elsewhere.",
    section: "What makes this truly cloud agnostic: no cloud IAM dependency",
    remediation: ["Hand credentials over as mounted Secrets."],
    compliant: [object("core/v1", "ServiceAccount", { automountServiceAccountToken: false })],
    violating: [object("core/v1", "ServiceAccount", { metadata: { name: "shop", namespace: "shop", annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/shop" } }, automountServiceAccountToken: false })],
    applies: type => cloudIdentity.test(type),
    checkResource(resource, findings) {
        forbidType(resource, cloudIdentity, "belongs to a cloud's IAM", findings);
        if (!/^kubernetes:core\/v1:ServiceAccount(Patch)?$/.test(resource.type)) return;
        for (const name of identityAnnotations) findings.forbid(resource.properties.at("metadata", "annotations", name), () => true, "binds the account to a cloud's IAM");
    },
});

const noServiceMesh = portableRule({
    id: "portable-no-service-mesh",
    title: "The portable blueprint has no service mesh",
    what: "There is no object, label, image or chart of Istio, Linkerd, Consul, Kuma or the like.",
    why: "NetworkPolicies say who talks to whom; a mesh would be another control plane to run and to secure.",
    section: "Is this overengineered: no service mesh",
    remediation: ["Remove it; write the flow into the topology, from which its NetworkPolicy is made."],
    compliant: [podWith({})],
    violating: [
        object("core/v1", "Namespace", { metadata: { name: "shop", labels: { "pod-security.kubernetes.io/enforce": "restricted", "istio-injection": "enabled" } } }),
        object("networking.istio.io/v1", "Gateway", { spec: { selector: { istio: "ingressgateway" } } }),
    ],
    applies: isCharts,
    checkResource(resource, findings) {
        forbidGroups(resource, mesh, "belongs to a service mesh", findings);
        forbidImages(resource, meshImages, "belongs to a service mesh", findings);
        forbidCharts(resource, /^(istiod?|istio-.*|base-istio|linkerd-.*|kuma|consul)$/, "belongs to a service mesh", findings);
        for (const holder of ["labels", "annotations"]) for (const name of meshLabels) findings.forbid(resource.properties.at("metadata", holder, name), raw => raw !== "disabled" && raw !== "none", "brings a service mesh in");
    },
});

const noBroker = portableRule({
    id: "portable-no-broker",
    title: "The portable blueprint has no message broker beside Postgres",
    what: "There is no queue or stream of a cloud, and no object, image or chart of Kafka, RabbitMQ, NATS, Redis or the like.",
    why: "Jobs are rows in Postgres, backed up and consistent with the data; a broker would be one more thing that can lose them.",
    section: "Is this overengineered: no unnecessary message brokers",
    remediation: ["Use the queue in Postgres."],
    compliant: [podWith({})],
    violating: [containerWith({ image: `docker.io/library/redis${digest}` }), object("kafka.strimzi.io/v1beta2", "Kafka", { spec: {} })],
    applies: type => broker.test(type) || isCharts(type),
    checkResource(resource, findings) {
        forbidType(resource, broker, "is a queue of a cloud", findings);
        forbidGroups(resource, brokerGroups, "is a message broker", findings);
        forbidImages(resource, brokerImages, "is a message broker", findings);
        forbidCharts(resource, brokerImages, "is a message broker", findings);
    },
});

const noVectorDatabase = portableRule({
    id: "portable-no-vector-database",
    title: "The portable blueprint has no vector database beside Postgres",
    what: "There is no vector database of a cloud, and no object, image or chart of Qdrant, Weaviate, Milvus, Chroma or the like.",
    why: "pgvector keeps passages, their texts and their owners in one place, under one set of row-level rules and one backup.",
    section: "Is this overengineered: no vector DB unless needed",
    remediation: ["Use pgvector in the blueprint's Postgres."],
    compliant: [podWith({})],
    violating: [containerWith({ image: `docker.io/library/qdrant${digest}` }), object("milvus.io/v1beta1", "Milvus", { spec: {} })],
    applies: type => vector.test(type) || isCharts(type),
    checkResource(resource, findings) {
        forbidType(resource, vector, "is a vector database", findings);
        forbidGroups(resource, vectorGroups, "is a vector database", findings);
        forbidImages(resource, vectorImages, "is a vector database", findings);
        forbidCharts(resource, vectorImages, "is a vector database", findings);
    },
});

export const portableRules: readonly Rule[] = [noLoadBalancer, noManagedDatabase, noCloudIdentity, noServiceMesh, noBroker, noVectorDatabase];
