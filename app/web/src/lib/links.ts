/** Links that hold a secret. It stands behind the #, which a browser sends to no server and no log. */

/** Where somebody chooses a password. */
export function passwordAddress(token: string, origin = window.location.origin): string {
    return `${origin}/password#${encodeURIComponent(token)}`;
}

/** Where somebody who was invited registers. */
export function invitationAddress(invitation: string, email: string, origin = window.location.origin): string {
    return `${origin}/register#${new URLSearchParams({ invitation, email })}`;
}

/** What an invitation's link holds. */
export function invitationOf(hash: string): { invitation: string; email: string } {
    const values = new URLSearchParams(hash.replace(/^#/, ""));
    return { invitation: values.get("invitation") ?? "", email: values.get("email") ?? "" };
}

/** What a password's link holds. */
export function tokenOf(hash: string): string {
    try {
        return decodeURIComponent(hash.replace(/^#/, ""));
    } catch {
        return "";
    }
}
