import type { Rule } from "../core/rule";
import { vmIdentity } from "./compute/vm-identity";
import { vmMetadata } from "./compute/vm-metadata";
import { vmPublicIp } from "./compute/vm-public-ip";
import { vmShielded } from "./compute/vm-shielded";
import { customerKeys } from "./data/cmek";
import { deletionProtection } from "./data/deletion-protection";
import { diskKey } from "./data/disk-key";
import { dnssec } from "./data/dnssec";
import { kmsArtifacts } from "./data/kms-ar";
import { managedPrivate } from "./data/managed-private";
import { gkeControlPlane } from "./gke/control-plane";
import { gkeHardening } from "./gke/hardening";
import { gkeNetwork } from "./gke/network";
import { gkeNodes } from "./gke/nodes";
import { gkeWorkloadIdentity } from "./gke/workload-identity";
import { auditLogs } from "./iam/audit";
import { iamImpersonation } from "./iam/impersonation";
import { iamPeople } from "./iam/people";
import { iamPrimitive } from "./iam/primitive";
import { publicGrant } from "./iam/public-grant";
import { firewallAdminPorts } from "./network/fw-admin-ports";
import { firewallWide } from "./network/fw-wide";
import { loadBalancerTls } from "./network/lb-tls";
import { networkBaseline } from "./network/net-baseline";
import { redisAuth } from "./redis/auth";
import { redisTls } from "./redis/tls";
import { runExposure } from "./serverless/run-exposure";
import { sqlBackup } from "./sql/backup";
import { sqlDurability } from "./sql/durability";
import { sqlFlags } from "./sql/flags";
import { sqlOpenNetworks } from "./sql/open-networks";
import { sqlPrivate } from "./sql/private";
import { sqlTls } from "./sql/tls";
import { bucketDurability } from "./storage/bucket-durability";
import { bucketLoggingCmek } from "./storage/bucket-logging-cmek";
import { bucketPublic } from "./storage/bucket-public";
import { bucketUbla } from "./storage/bucket-ubla";

export const gcpRules: readonly Rule[] = [
    sqlPrivate, sqlOpenNetworks, sqlTls, sqlBackup, sqlDurability, sqlFlags, redisAuth, redisTls,
    bucketPublic, bucketUbla, bucketDurability, bucketLoggingCmek,
    firewallAdminPorts, firewallWide, networkBaseline, loadBalancerTls,
    vmPublicIp, vmIdentity, vmShielded, vmMetadata,
    gkeControlPlane, gkeWorkloadIdentity, gkeNetwork, gkeNodes, gkeHardening,
    runExposure, managedPrivate, iamPrimitive, iamImpersonation, iamPeople, publicGrant, auditLogs,
    kmsArtifacts, customerKeys, diskKey, dnssec, deletionProtection,
];
