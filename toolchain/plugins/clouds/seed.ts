/** Values that look made by chance but follow from a text: the same object has the same identifiers in every run. */
import { createHash } from "node:crypto";

export class Seed {
    constructor(private readonly text: string) {}

    of(part: string): Seed {
        return new Seed(`${this.text}/${part}`);
    }

    hex(length: number): string {
        return this.from("0123456789abcdef", length);
    }

    digits(length: number): string {
        return this.from("123456789", 1) + this.of("rest").from("0123456789", length - 1);
    }

    /** Lower-case letters and digits. */
    word(length: number): string {
        return this.from("abcdefghijklmnopqrstuvwxyz234567", length);
    }

    /** Letters of both cases and digits. */
    token(length: number): string {
        return this.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length);
    }

    number(least: number, most: number): number {
        return least + (createHash("sha256").update(this.text).digest().readUIntBE(0, 6) % (most - least + 1));
    }

    uuid(): string {
        return this.hex(32).replace(/^(.{8})(.{4})(.)(.{3})(.)(.{3})(.{12})$/, "$1-$2-4$4-a$6-$7");
    }

    base64(bytes: number): string {
        return this.bytes(bytes).toString("base64");
    }

    /** Of the range that is set aside for benchmarks (198.18.0.0/15): nobody's address is ever used. */
    publicAddress(): string {
        return `198.${this.of("b").number(18, 19)}.${this.of("c").number(0, 255)}.${this.of("d").number(2, 254)}`;
    }

    publicAddress6(): string {
        return `2001:db8:${this.hex(4)}:${this.of("net").hex(4)}::1`.replace(/:0+(?=\w)/g, ":");
    }

    /** An address inside `cidr`, such as `10.0.1.0/24`; not the first ten, which gateways and load balancers take. */
    addressIn(cidr: string): string {
        const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
        if (match === null) return `10.${this.of("b").number(0, 255)}.${this.of("c").number(0, 255)}.${this.of("d").number(2, 254)}`;
        const [a, b, c, d, bits] = match.slice(1).map(Number) as [number, number, number, number, number];
        const room = 2 ** (32 - bits);
        const base = ((a * 256 + b) * 256 + c) * 256 + d;
        const address = base + (room <= 4 ? room - 1 : this.number(Math.min(10, room >> 1), room - 2));
        return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
    }

    certificate(): string {
        return this.pem("CERTIFICATE", 600);
    }

    privateKey(): string {
        return this.pem("PRIVATE KEY", 900);
    }

    private pem(label: string, bytes: number): string {
        const lines = this.of(label).base64(bytes).match(/.{1,64}/g) ?? [];
        return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
    }

    private from(alphabet: string, length: number): string {
        return [...this.bytes(length)].map((byte) => alphabet[byte % alphabet.length]).join("");
    }

    private bytes(length: number): Buffer {
        const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) => createHash("sha256").update(`${this.text}#${index}`).digest());
        return Buffer.concat(blocks).subarray(0, length);
    }
}
