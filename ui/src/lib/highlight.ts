// JavaScript in colours: enough to read by, nothing more.

export interface Piece {
  text: string;
  kind?: "comment" | "string" | "number" | "word";
}

/** Larger files are plain. */
const MOST = 300_000;
const TOKEN =
  /(\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\[\s\S])*`?)|\b(\d[\w.]*)\b|\b(async|await|break|case|catch|class|const|continue|default|delete|do|else|export|extends|false|finally|for|from|function|if|import|in|instanceof|let|new|null|of|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|yield)\b/g;
const KINDS = ["comment", "string", "number", "word"] as const;

/** The lines of a file, each in pieces. */
export function highlight(code: string): Piece[][] {
  if (code.length > MOST) return code.split("\n").map((text) => [{ text }]);
  const lines: Piece[][] = [[]];
  const add = (text: string, kind?: Piece["kind"]) => {
    text.split("\n").forEach((part, at) => {
      if (at) lines.push([]);
      if (part) lines.at(-1)?.push({ text: part, kind });
    });
  };
  let done = 0;
  for (const match of code.matchAll(TOKEN)) {
    add(code.slice(done, match.index));
    add(match[0], KINDS[match.slice(1).findIndex((group) => group !== undefined)]);
    done = match.index + match[0].length;
  }
  add(code.slice(done));
  return lines;
}
