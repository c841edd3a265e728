import { documents, orders } from "../../api/endpoints.ts";
import type { Doc, DocumentPassages, Order } from "../../api/types.ts";
import { Icon, type IconName } from "../../components/Icon.tsx";
import { money } from "../../lib/format.ts";
import { topicOf } from "../../lib/topic.ts";
import { navigate } from "../../state/navigation.tsx";
import { useResource } from "../../state/resource.ts";

/** Above this, looking into a document for something to ask would fetch too much. */
const fewPassages = 300;

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
    const ready = docs.data?.find((doc) => doc.state === "ready" && doc.chunks <= fewPassages);
    const content = useResource<DocumentPassages>(ready ? `document/${ready.id}` : null, () => documents.passages(ready?.id ?? ""));
    const suggestions = [aboutDocuments(docs.data, content.data, onChoose), ...aboutOrders(list.data, onChoose)];
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

function aboutDocuments(docs: Doc[] | undefined, content: DocumentPassages | undefined, onChoose: (text: string) => void): Suggestion {
    if (docs && !docs.some((doc) => doc.state === "ready")) {
        return { icon: "upload", title: "Add a document", text: "PDF, DOCX, HTML, Markdown or text", onChoose: () => navigate({ name: "documents" }) };
    }
    const topic = content && topicOf(content.passages);
    const text = topic ? `What does ${content.document.filename} say about ${topic}?` : "What do my documents say about refunds?";
    return { icon: "document", title: "Ask your documents", text, onChoose: () => onChoose(text) };
}

function aboutOrders(known: Order[] | undefined, onChoose: (text: string) => void): Suggestion[] {
    const orderList = known ?? [];
    const first = orderList.find((order) => order.id === "ORD-1001") ?? orderList[0];
    const where = `Where is my order ${first?.id ?? "ORD-1001"}?`;
    const open = (order: Order): number => order.amount - (order.refunds ?? []).reduce((sum, refund) => sum + refund.amount, 0);
    // A large one, so that the approval can be seen at work.
    const dear = [...orderList].filter((order) => order.status === "delivered" && open(order) > 0).sort((a, b) => open(b) - open(a))[0];
    // Until the orders are known, words that fit any: the page does not jump when they arrive.
    const refund = !dear ? "Please refund my last order: it arrived damaged" : `Please refund ${money(open(dear), dear.currency)} for order ${dear.id}: it arrived damaged`;
    return [
        { icon: "order", title: "Find an order", text: where, onChoose: () => onChoose(where) },
        ...(dear || !known ? [{ icon: "shield" as const, title: "Ask for a refund", text: refund, onChoose: () => onChoose(refund) }] : []),
    ];
}
