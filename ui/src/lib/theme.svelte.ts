// Light or dark: as the system says, until a person chooses.

export type Theme = "system" | "light" | "dark";

const KEY = "tasker.theme";
const ORDER: Theme[] = ["system", "light", "dark"];

function stored(): Theme {
  try {
    const found = localStorage.getItem(KEY);
    return ORDER.find((theme) => theme === found) ?? "system";
  } catch {
    return "system";
  }
}

export const theme = $state({ chosen: stored() });

export function applyTheme() {
  document.documentElement.dataset.theme = theme.chosen;
}

export function nextTheme() {
  theme.chosen = ORDER[(ORDER.indexOf(theme.chosen) + 1) % ORDER.length] ?? "system";
  try {
    localStorage.setItem(KEY, theme.chosen);
  } catch {
    // Without storage it holds until the page is left.
  }
  applyTheme();
}
