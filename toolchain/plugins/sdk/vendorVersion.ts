/** The version of the plugins that exist in this repository alone: fly, modal, neon. Another one when what they store changes. */
export const vendorVersion = "1.0.0";
