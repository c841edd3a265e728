import type { Order, ToolCall } from "../../api/types.ts";
import { Icon, Spinner } from "../../components/Icon.tsx";
import { argumentRows, toolTitle } from "../../lib/approvals.ts";
import { date, humanise, money } from "../../lib/format.ts";
import { ordersIn } from "../../lib/order.ts";

/** What the agent did: one line, with the arguments and the result behind it. */
export function ToolCard({ tool }: { tool: ToolCall }) {
    const { status } = tool;
    const found = status === "done" && tool.name === "get_order" ? ordersIn(tool.result) : [];
    // The answer itself lists many orders better than as many cards.
    const orders = found.length <= 2 ? found : [];
    const brief = argumentRows(tool.arguments)
        .filter((row) => row.name !== "idempotencyKey")
        .map((row) => row.value)
        .join(", ");
    return (
        <div className="tool">
            <details className="tool-card">
                <summary>
                    {status === "running" ? <Spinner size={15} /> : <Icon name={status === "done" ? "check" : status === "waiting" ? "clock" : "alert"} size={15} />}
                    <span className="tool-title">{toolTitle(tool.name, status === "done")}</span>
                    {brief && <span className="tool-brief">{brief}</span>}
                    {status !== "done" && <span className={`tool-status ${status}`}>{words[status] ?? status}</span>}
                    <Icon name="chevron" size={14} />
                </summary>
                <div className="tool-detail">
                    <p className="quiet">
                        Tool <code>{tool.name}</code>
                    </p>
                    <ArgumentTable args={tool.arguments} />
                    {tool.error && (
                        <p>
                            {tool.error.message} <span className="reference">{tool.error.code}</span>
                        </p>
                    )}
                    {tool.result !== undefined && tool.result !== null && (
                        <>
                            <p className="quiet">Result</p>
                            <pre tabIndex={0}>{typeof tool.result === "string" ? tool.result : JSON.stringify(tool.result, null, 2)}</pre>
                        </>
                    )}
                </div>
            </details>
            {orders.map((order) => (
                <OrderCard key={order.id} order={order} />
            ))}
        </div>
    );
}

const words: Record<string, string> = { running: "working", waiting: "waiting for approval", failed: "failed", refused: "not possible", rejected: "rejected" };

/** The arguments of a call, every one of them. */
export function ArgumentTable({ args }: { args: Record<string, unknown> }) {
    const rows = argumentRows(args);
    if (rows.length === 0) {
        return <p className="quiet">Without arguments</p>;
    }
    return (
        <table className="arguments">
            <thead className="visually-hidden">
                <tr>
                    <th scope="col">Argument</th>
                    <th scope="col">Value</th>
                </tr>
            </thead>
            <tbody>
                {rows.map((row) => (
                    <tr key={row.name}>
                        <th scope="row" title={row.name}>
                            {row.label}
                        </th>
                        <td className="breakable">{row.value}</td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function OrderCard({ order }: { order: Order }) {
    const refunds = order.refunds ?? [];
    return (
        <section className="order-card" aria-label={`Order ${order.id}`}>
            <header>
                <Icon name="order" />
                <strong>{order.id}</strong>
                <span className={`pill ${order.status}`}>{humanise(order.status)}</span>
            </header>
            <p className="order-item">
                <span>{order.item}</span>
                <span className="amount">{money(order.amount, order.currency)}</span>
            </p>
            {(order.orderedAt || order.deliveredAt) && (
                <p className="quiet">
                    {order.orderedAt && `Ordered ${date(order.orderedAt)}`}
                    {order.deliveredAt && ` · delivered ${date(order.deliveredAt)}`}
                </p>
            )}
            {refunds.map((refund, i) => (
                <p key={refund.id ?? i} className="order-refund">
                    <span>
                        Refunded{refund.createdAt ? ` ${date(refund.createdAt)}` : ""}
                        {refund.reason ? `: ${refund.reason}` : ""}
                    </span>
                    <span className="amount">−{money(refund.amount, order.currency)}</span>
                </p>
            ))}
        </section>
    );
}
