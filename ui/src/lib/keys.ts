// Keys that work everywhere.

/** Whether what is typed goes into a field. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return target.matches("input, textarea, select, [contenteditable]");
}

/** `/` goes to the filter, `j` and `k` through the list (what is marked with `data-step`), `?` shows all keys. */
export function followKeys(help: () => void) {
  const onkeydown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    // A filter counts when it is left.
    if (event.key === "Escape" || (event.key === "Enter" && (event.target as HTMLElement).matches("[type=search]"))) {
      if (isTyping(event)) (event.target as HTMLElement).blur();
    }
    if (isTyping(event)) return;
    if (event.key === "/") {
      const field = document.querySelector<HTMLInputElement>("[data-filter]");
      if (field) event.preventDefault();
      field?.focus();
      field?.select();
    } else if (event.key === "j" || event.key === "k") {
      step(event.key === "j" ? 1 : -1);
    } else if (event.key === "?") {
      help();
    }
  };
  addEventListener("keydown", onkeydown);
  return () => removeEventListener("keydown", onkeydown);
}

function step(by: number) {
  const steps = [...document.querySelectorAll<HTMLElement>("[data-step]")];
  const at = steps.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (by > 0 ? 0 : steps.length - 1) : at + by;
  steps[next]?.focus();
}
