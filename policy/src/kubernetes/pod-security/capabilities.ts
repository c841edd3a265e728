/** Capabilities that a container may add, by profile of the Pod Security Standards. */
export const addableInBaseline: ReadonlySet<unknown> = new Set([
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
]);

export const addableInRestricted: ReadonlySet<unknown> = new Set(["NET_BIND_SERVICE"]);
