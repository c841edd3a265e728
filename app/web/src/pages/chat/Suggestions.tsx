import { documents, orders } from "../../api/endpoints.ts";
import type { Doc, Order } from "../../api/types.ts";
import { Icon, type IconName } from "../../components/Icon.tsx";
import { money } from "../../lib/format.ts";
import { navigate } from "../../state/navigation.tsx";
import { useResource } from "../../state/resource.ts";

interface Suggestion {
    icon: IconName;
    title: string;
    text: string;
    onChoose(): void;
}

/** Three things to try, made from what is really there. */
export function Suggestions({ onChoose }: { onChoose(text: string): void }) {
    const docs = useResource<Doc[]>("documents", documents.list);
    const list = useResource<Order[]>("orders", orders.list);
    const suggestions = [aboutDocuments(docs.data, onChoose), ...aboutOrders(list.data ?? [], onChoose)];
    return (
        <div className="welcome">
            <h2>What would you like to know?</h2>
            <p className="quiet">Answers come from your documents, with the passages they rest on. Risky actions wait for approval.</p>
            <ul>
                {suggestions.map((suggestion) => (
                    <li key={suggestion.title}>
                        <button type="button" className="suggestion" onClick={suggestion.onChoose}>
                            <Icon name={suggestion.icon} size={20} />
                            <span>
                                <strong>{suggestion.title}</strong>
                                <span>{suggestion.text}</span>
                            </span>
                        </button>
                    </li>
                ))}
            </ul>
        </div>
    );
}

function aboutDocuments(docs: Doc[] | undefined, onChoose: (text: string) => void): Suggestion {
    const ready = docs?.find((doc) => doc.state === "ready");
    if (docs && !ready) {
        return { icon: "upload", title: "Add a document", text: "PDF, DOCX, HTML, Markdown or text", onChoose: () => navigate({ name: "documents" }) };
    }
    const text = ready ? `What does ${ready.filename} say in short?` : "What do my documents say in short?";
    return { icon: "document", title: "Ask your documents", text, onChoose: () => onChoose(text) };
}

function aboutOrders(orderList: Order[], onChoose: (text: string) => void): Suggestion[] {
    const first = orderList.find((order) => order.id === "ORD-1001") ?? orderList[0];
    const where = `Where is my order ${first?.id ?? "ORD-1001"}?`;
    const open = (order: Order): number => order.amount - (order.refunds ?? []).reduce((sum, refund) => sum + refund.amount, 0);
    // A large one, so that the approval can be seen at work.
    const dear = [...orderList].filter((order) => order.status === "delivered" && open(order) > 0).sort((a, b) => open(b) - open(a))[0];
    const refund = dear ? `Please refund ${money(open(dear), dear.currency)} for order ${dear.id}: it arrived damaged` : "";
    return [
        { icon: "order", title: "Find an order", text: where, onChoose: () => onChoose(where) },
        ...(dear ? [{ icon: "shield" as const, title: "Ask for a refund", text: refund, onChoose: () => onChoose(refund) }] : []),
    ];
}
