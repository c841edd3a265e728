/** Ends this process when the one that started it is gone: the CLI may have been killed without a chance to clean up. */
export function watchParent(): void {
    const parent = process.ppid;
    setInterval(() => {
        if (process.ppid !== parent) process.exit(0);
    }, 1000).unref();
}
