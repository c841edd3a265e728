/**
 * Runs in a pod of an ephemeral deployment: deletes its namespace when its time is over. It may read and delete that
 * namespace and nothing else.
 */
import { readFileSync } from "node:fs";
import { request } from "node:https";

const [namespace, annotation, credentials] = process.argv.slice(2);
const [token, ca] = ["token", "ca.crt"].map((name) => readFileSync(`${credentials}/${name}`, "utf8"));

/** @returns {Promise<{ status: number, body: any }>} */
function ask(method, body) {
    return new Promise((resolve, reject) => {
        const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const asked = request({ host, port, ca, method, path: `/api/v1/namespaces/${namespace}`, headers, timeout: 10_000 }, (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (part) => (text += part));
            response.on("error", reject).on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
        });
        asked.on("timeout", () => asked.destroy(new Error("the API server does not answer"))).on("error", reject);
        asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

const found = await ask("GET");
if (found.status !== 200) throw new Error(`the namespace cannot be read: ${found.body.message}`);
const { annotations = {}, uid, resourceVersion, deletionTimestamp } = found.body.metadata;
const end = Date.parse(annotations[annotation]);
if (deletionTimestamp !== undefined) console.log(`${namespace} is on its way already`);
else if (!(end <= Date.now())) console.log(`${namespace} stays until ${annotations[annotation]}`);
else {
    // Only as it was read: whoever has given it more time meanwhile keeps it.
    const deleted = await ask("DELETE", { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } });
    if (deleted.status >= 300 && deleted.status !== 409) throw new Error(`the namespace cannot be deleted: ${deleted.body.message}`);
    console.log(deleted.status === 409 ? `${namespace} has changed; it is looked at again next time` : `${namespace} has ended`);
}
