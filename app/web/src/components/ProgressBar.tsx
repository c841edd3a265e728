/** A thin bar that says how far something is. */
export function ProgressBar({ share, label, text }: { share: number; label: string; text?: string }) {
    const percent = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * 100);
    return (
        <div className={percent === 0 ? "progress waiting" : "progress"} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} aria-valuetext={text}>
            <div className="progress-fill" style={{ width: `${percent}%` }} />
        </div>
    );
}
