/** The provider of Tailscale: its OAuth client from the configuration, or from the environment variables that Tailscale's own tools read. */
import * as pulumi from "@pulumi/pulumi";
import { Provider } from "@pulumi/tailscale/provider";
import type { TailscaleClient } from "../config/tailnet";

/** @param tailnet its name for Tailscale's API. @default that of the client */
export function tailscale({ tailscaleClientId: id, tailscaleClientSecret: secret }: TailscaleClient, tailnet = "-"): Provider {
    return new Provider("tailscale", {
        tailnet,
        ...(id === undefined ? {} : { oauthClientId: pulumi.secret(id) }),
        ...(secret === undefined ? {} : { oauthClientSecret: pulumi.secret(secret) }),
    });
}
