/** Light, dark, or what the system says. The one thing kept in the browser's storage. */
import { useState } from "react";

export type Theme = "system" | "light" | "dark";

function stored(): Theme {
    const theme = document.documentElement.dataset.theme;
    return theme === "light" || theme === "dark" ? theme : "system";
}

/** The chosen theme, and a function that chooses another. */
export function useTheme(): [Theme, (theme: Theme) => void] {
    const [theme, setTheme] = useState(stored);
    const choose = (next: Theme): void => {
        setTheme(next);
        try {
            if (next === "system") {
                delete document.documentElement.dataset.theme;
                localStorage.removeItem("theme");
            } else {
                document.documentElement.dataset.theme = next;
                localStorage.setItem("theme", next);
            }
        } catch {
            // Storage is forbidden: the choice lasts as long as this page.
        }
    };
    return [theme, choose];
}
