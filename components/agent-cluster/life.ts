/** How the namespace of an ephemeral deployment is marked, for whoever takes it down. */

/** Label: its name, e.g. that of the branch it shows. */
export const lifeLabel = "agent-platform.dev/ephemeral";
/** Annotation: when it may be taken down, ISO 8601. */
export const expiryAnnotation = "agent-platform.dev/expires";
