import { strict as assert } from "node:assert";
import fc from "fast-check";
import { contains, formatCidr, overlaps, parseCidr, subtract, type Cidr } from "./cidr";

const cidr = fc.record({ address: fc.nat(0xffffffff), length: fc.integer({ min: 0, max: 32 }) })
    .map(({ address, length }): Cidr => parseCidr(`${formatCidr({ base: address, length: 32 }).slice(0, -"/32".length)}/${length}`));
/** Ranges close to each other, so that overlaps are common. */
const near = fc.record({ address: fc.nat(255), length: fc.integer({ min: 24, max: 32 }) }).map(({ address, length }) => parseCidr(`10.0.0.${address}/${length}`));

describe("IPv4 ranges", function () {
    this.timeout(60_000);
    it("are read and written", () => {
        assert.equal(formatCidr(parseCidr("10.1.2.3/8")), "10.0.0.0/8");
        assert.equal(formatCidr(parseCidr("255.255.255.255")), "255.255.255.255/32");
        assert.equal(formatCidr(parseCidr("200.1.2.3/0")), "0.0.0.0/0");
        fc.assert(fc.property(cidr, each => { assert.deepEqual(parseCidr(formatCidr(each)), each); }));
    });

    it("are refused when they are none", () => {
        for (const text of ["", "10.0.0", "10.0.0.256", "10.0.0.0/33", "fe80::/10", "10.0.0.0/8 ", "10.0.0.0/-1"]) assert.throws(() => parseCidr(text), text);
    });

    it("lose exactly their holes when subtracting", () => {
        fc.assert(fc.property(near, fc.array(near, { maxLength: 4 }), fc.nat(255), (range, holes, last) => {
            const address = parseCidr(`10.0.0.${last}`);
            const rest = subtract(range, holes);
            const expected = contains(range, address) && !holes.some(hole => contains(hole, address));
            assert.equal(rest.filter(part => contains(part, address)).length, expected ? 1 : 0);
        }));
    });

    it("overlap exactly when one contains the other", () => {
        fc.assert(fc.property(near, near, (a, b) => {
            const common = Array.from({ length: 256 }, (_, last) => parseCidr(`10.0.0.${last}`)).some(address => contains(a, address) && contains(b, address));
            assert.equal(overlaps(a, b), common);
        }));
    });
});
