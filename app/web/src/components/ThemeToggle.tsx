import { type Theme, useTheme } from "../state/theme.ts";
import { Icon, type IconName } from "./Icon.tsx";

const choices: { theme: Theme; label: string; icon: IconName }[] = [
    { theme: "light", label: "Light", icon: "sun" },
    { theme: "system", label: "Like the system", icon: "screen" },
    { theme: "dark", label: "Dark", icon: "moon" },
];

/** Three small radio buttons: light, system, dark. */
export function ThemeToggle({ name }: { name: string }) {
    const [theme, choose] = useTheme();
    return (
        <fieldset className="theme-toggle">
            <legend className="visually-hidden">Colours</legend>
            {choices.map((choice) => (
                <label key={choice.theme} title={choice.label}>
                    <input type="radio" name={name} className="visually-hidden" checked={theme === choice.theme} onChange={() => choose(choice.theme)} aria-label={choice.label} />
                    <Icon name={choice.icon} size={16} />
                </label>
            ))}
        </fieldset>
    );
}
