/** People come in through a Cloudflare tunnel: nothing of the cluster is open to the internet. */
import * as pulumi from "@pulumi/pulumi";
import { TunnelEdge } from "../components/tunnel-edge";
import { shareOf } from "../topology/derive";
import { cluster } from "./agent-cluster";
import { providers, topology } from "./shared";

const token = new pulumi.Config().requireSecret("tunnelToken");

export const edge = new TunnelEdge("edge", { form: { kind: "cloudflared", token }, home: cluster.home, share: shareOf(topology, "TunnelEdge") }, { providers });
