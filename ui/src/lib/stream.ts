// Server-sent events of an answer.

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

export async function* events(response: Response): AsyncGenerator<ServerEvent> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = "";
  let found: ServerEvent = { id: "", event: "", data: "" };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (found.event) yield found;
          found = { id: found.id, event: "", data: "" };
          continue;
        }
        const [, name, text = ""] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
        if (name === "data") found.data += text;
        else if (name === "id") found.id = text;
        else if (name === "event") found.event = text;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
