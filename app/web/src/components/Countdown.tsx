import { dateTime, timeLeft } from "../lib/format.ts";
import { useNow } from "../state/hooks.ts";

/** How long until then; silent for screen readers, which are told the time itself. */
export function Countdown({ until }: { until: string }) {
    const now = useNow(1000);
    const left = timeLeft(until, now);
    const urgent = left !== "" && Date.parse(until) - now < 300_000;
    return (
        <time dateTime={until} title={dateTime(until)} className={urgent ? "countdown urgent" : "countdown"}>
            <span aria-hidden="true">{left === "" ? "expired" : `expires in ${left}`}</span>
            <span className="visually-hidden">{left === "" ? "expired" : `expires ${dateTime(until)}`}</span>
        </time>
    );
}
