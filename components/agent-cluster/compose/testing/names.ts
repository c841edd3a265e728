/** A name server on this machine that knows a few names, in place of Docker's. */
import { createSocket } from "node:dgram";

export interface Names {
    readonly port: number;
    close(): void;
}

/** Answers questions for IPv4 addresses; other names do not exist. */
export async function serveNames(addresses: Readonly<Record<string, string>>, port = 0): Promise<Names> {
    const socket = createSocket("udp4");
    socket.on("message", (question, peer) => {
        const labels: string[] = [];
        let at = 12;
        while (question[at]! > 0) {
            labels.push(question.toString("ascii", at + 1, at + 1 + question[at]!));
            at += question[at]! + 1;
        }
        const address = addresses[labels.join(".")];
        const header = Buffer.from(question.subarray(0, 12));
        header.writeUInt16BE(address === undefined ? 0x8183 : 0x8180, 2);
        header.writeUInt16BE(address === undefined ? 0 : 1, 6);
        header.writeUInt32BE(0, 8);
        const answer = address === undefined ? [] : [Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 10, 0, 4, ...address.split(".").map(Number)])];
        socket.send(Buffer.concat([header, question.subarray(12, at + 5), ...answer]), peer.port, peer.address);
    });
    await new Promise<void>((resolve) => socket.bind(port, "127.0.0.1", resolve));
    return { port: socket.address().port, close: () => void socket.close() };
}
