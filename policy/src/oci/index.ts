import type { Rule } from "../core/rule";
import { ociBucketDurability } from "./bucket-durability";
import { ociBucketPublic } from "./bucket-public";
import { ociDefaultSecurityList } from "./default-seclist";
import { ociFileExport } from "./file-export";
import { ociIamBroad } from "./iam-broad";
import { ociInstanceHardening } from "./instance-hardening";
import { ociInstanceImds } from "./instance-imds";
import { ociOkeEndpoint } from "./oke-endpoint";
import { ociOpenAdminPorts } from "./open-admin-ports";
import { ociPar } from "./par";
import { ociPasswordPolicy } from "./password-policy";
import { ociRedisPrivate } from "./redis-private";
import { ociStorageKeys } from "./storage-keys";
import { ociSubnetPrivate } from "./subnet-private";

export const ociRules: readonly Rule[] = [
    ociOpenAdminPorts, ociDefaultSecurityList, ociSubnetPrivate, ociBucketPublic, ociBucketDurability, ociPar,
    ociInstanceImds, ociInstanceHardening, ociStorageKeys, ociFileExport, ociOkeEndpoint, ociRedisPrivate, ociIamBroad, ociPasswordPolicy,
];
