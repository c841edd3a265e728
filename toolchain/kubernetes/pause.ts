/**
 * The program of a pod's first container: it holds the pod's namespaces and does nothing. Two system calls long,
 * so it is written down here as machine code instead of being compiled or downloaded.
 */

/** Where it is in its image: the whole command of a pod's first container. */
export const pauseCommand = "/pause";

/** An executable for Linux; `x64` or `arm64` as Node names them. */
export function pauseProgram(architecture: string): Buffer {
    const code = programs[architecture];
    if (!code) throw new Error(`no pause program for ${architecture}`);
    return executable(code.machine, Buffer.from(code.instructions.join(""), "hex"));
}

/**
 * Both first ignore SIGCHLD, which makes the kernel bury orphans of a shared process namespace, with
 * rt_sigaction(SIGCHLD = 17, {SIG_IGN = 1, 0, 0, 0}, 0, 8) on a record built on the stack, and then wait for ever.
 */
const programs: Record<string, { machine: number; instructions: string[] }> = {
    x64: {
        machine: 62,
        instructions: [
            "6a00", "6a00", "6a00", "6a01", // push 0, 0, 0, 1
            "bf11000000", "4889e6", "31d2", "41ba08000000", // edi = 17, rsi = rsp, edx = 0, r10d = 8
            "b80d000000", "0f05", // eax = 13 (rt_sigaction), syscall
            "b822000000", "0f05", "ebf7", // eax = 34 (pause), syscall, again
        ],
    },
    arm64: {
        machine: 183,
        instructions: [
            "ff8300d1", "210080d2", "e17f00a9", "ff7f01a9", // sp -= 32; x1 = 1; store (1, 0) and (0, 0)
            "200280d2", "e1030091", "020080d2", "030180d2", // x0 = 17, x1 = sp, x2 = 0, x3 = 8
            "c81080d2", "010000d4", // x8 = 134 (rt_sigaction), svc
            "000080d2", "010080d2", "020080d2", "030080d2", // x0 to x3 = 0
            "280980d2", "010000d4", "faffff17", // x8 = 73 (ppoll), svc, again from x0 = 0
        ],
    },
};

/** A static ELF file of one readable and executable segment. */
function executable(machine: number, code: Buffer): Buffer {
    const headers = 64 + 56;
    const base = 0x400000n;
    const file = Buffer.alloc(headers + code.length);
    file.write("7f454c460201010000000000", "hex");
    file.writeUInt16LE(2, 16); // executable
    file.writeUInt16LE(machine, 18);
    file.writeUInt32LE(1, 20);
    file.writeBigUInt64LE(base + BigInt(headers), 24); // entry
    file.writeBigUInt64LE(64n, 32); // program header
    file.writeUInt16LE(64, 52);
    file.writeUInt16LE(56, 54);
    file.writeUInt16LE(1, 56);
    file.writeUInt32LE(1, 64); // loaded
    file.writeUInt32LE(5, 68); // read, execute
    file.writeBigUInt64LE(base, 80);
    file.writeBigUInt64LE(base, 88);
    file.writeBigUInt64LE(BigInt(file.length), 96);
    file.writeBigUInt64LE(BigInt(file.length), 104);
    file.writeBigUInt64LE(0x1000n, 112);
    code.copy(file, headers);
    return file;
}
