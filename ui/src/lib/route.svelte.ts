// Where the page is: everything that it shows is in its address.

const ROOT = "/ui";

function read() {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

class Route {
  #at = $state.raw(read());

  /** The parts of the path below `/ui/`, decoded. */
  get parts(): string[] {
    return this.#at.path.slice(ROOT.length).split("/").filter(Boolean).map(decoded);
  }

  get path() {
    return this.#at.path;
  }

  /** A value of the query; empty if it is not there. */
  value(name: string): string {
    return this.#at.query.get(name) ?? "";
  }

  /** The address here with these values changed; an empty one is left out. */
  with(values: Record<string, string>): string {
    const query = new URLSearchParams(this.#at.query);
    for (const [name, value] of Object.entries(values)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    const text = query.toString();
    return this.#at.path + (text ? `?${text}` : "");
  }

  /** Changes values of the query: as a step to come back from, or in place. */
  set(values: Record<string, string>, replace = false) {
    go(this.with(values), replace);
  }

  update() {
    this.#at = read();
  }
}

export const route = new Route();

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a place, such as `to("runs", id)`. */
export function to(...parts: string[]): string {
  return [ROOT, ...parts.map(encodeURIComponent)].join("/");
}

export function go(href: string, replace = false) {
  if (href === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", href);
  const moved = href.split("?")[0] !== route.path;
  route.update();
  if (moved) scrollTo(0, 0);
}

/** Follows links of the page without loading it anew. */
export function followLinks() {
  const onpop = () => route.update();
  const onclick = (event: MouseEvent) => {
    const link = (event.target as Element | null)?.closest?.("a");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || !link.pathname.startsWith(`${ROOT}/`) || link.pathname.startsWith(`${ROOT}/api/`)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  };
  addEventListener("popstate", onpop);
  document.addEventListener("click", onclick);
  return () => {
    removeEventListener("popstate", onpop);
    document.removeEventListener("click", onclick);
  };
}
