import { cloudflareRules } from "./cloudflare";
import type { Rule } from "./core/rule";
import { crossRules } from "./cross";
import { gcpRules } from "./gcp";
import { hetznerRules } from "./hetzner";
import { kubernetesRules } from "./kubernetes";
import { ociRules } from "./oci";
import { portableRules } from "./portable";
import { tailscaleRules } from "./tailscale";

/** Every rule of the pack, in the order of its documentation. */
export const rules: readonly Rule[] = [...kubernetesRules, ...gcpRules, ...ociRules, ...hetznerRules, ...cloudflareRules, ...tailscaleRules, ...crossRules, ...portableRules];
