// Records what the official client sends and gives, for golden.rs to compare with:
//
//     npm install openai && node record.mjs > client.json
//
// A case is a method path, its arguments as a task writes them (`{ name, content | base64, type }` for a file) and the answer
// of the server.

import OpenAI, { toFile } from "openai";

const list = (...ids) => ({ object: "list", data: ids.map((id) => ({ id, object: "item" })), first_id: ids[0], last_id: ids.at(-1), has_more: true });
const file = { name: "folder/lines.jsonl", content: '{"a":1}\n{"b":2}\n', type: "application/jsonl" };
const picture = { name: "picture.png", base64: "iVBORw0KGgo=", type: "image/png" };
const messages = [{ role: "user", content: "Grüße 🌍" }];
const json = (body, status = 200, headers = {}) => ({ status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
const events = (...all) => ({ status: 200, headers: { "content-type": "text/event-stream; charset=utf-8" }, body: all.map((event) => (typeof event === "string" ? event : `${event.type ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`)).join("") });
const bytes = (base64, type) => ({ status: 200, headers: { "content-type": type }, base64 });

const completion = { id: "chatcmpl-1", object: "chat.completion", created: 1700000000, model: "gpt-4o-mini", choices: [{ index: 0, message: { role: "assistant", content: '{"city":"Ulm"}', refusal: null }, logprobs: null, finish_reason: "stop" }], usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }, system_fingerprint: "fp_1" };
const message = (...texts) => ({ id: "msg_1", type: "message", status: "completed", role: "assistant", content: texts.map((text) => ({ type: "output_text", text, annotations: [] })) });
const response = { id: "resp_1", object: "response", created_at: 1700000000, status: "completed", model: "gpt-4o-mini", temperature: 0.1, output: [{ id: "rs_1", type: "reasoning", summary: [] }, message("Hello, ", "world"), { id: "fc_1", type: "function_call", name: "f", call_id: "call_1", arguments: "{\"x\":1}", status: "completed" }], usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } };
const chunk = (choices, more = {}) => ({ id: "chatcmpl-2", object: "chat.completion.chunk", created: 1700000001, model: "gpt-4o-mini", system_fingerprint: "fp_2", choices, ...more });
const delta = (delta, more = {}) => chunk([{ index: 0, delta, logprobs: null, finish_reason: null, ...more }]);
const failure = (status, error, headers) => json({ error }, status, headers);

const cases = [];
const add = (method, args, answer = json({ id: "x_1", object: "thing", deleted: true }), more = {}) => cases.push({ method, args, answer, ...more });

// Every method, as simply as it can be called.
add("chat.completions.create", [{ model: "gpt-4o-mini", messages, temperature: 0.2, tools: [] }], json(completion));
add("chat.completions.retrieve", ["chatcmpl-1"], json(completion));
add("chat.completions.update", ["chatcmpl-1", { metadata: { topic: "a" } }], json(completion));
add("chat.completions.list", [], json(list("a", "b")));
add("chat.completions.list", [{ limit: 2, after: "a", metadata: { topic: "x y" }, order: "asc" }], json(list("a", "b")));
add("chat.completions.delete", ["chatcmpl-1"]);
add("chat.completions.messages.list", ["chatcmpl-1", { limit: 1 }], json(list("m-1")));
add("chat.completions.parse", [{ model: "m", messages, response_format: { type: "json_schema", json_schema: { name: "n", schema: {} } } }], json(completion), { helper: "plain" });
add("completions.create", [{ model: "m", prompt: "x" }], json({ id: "cmpl-1", object: "text_completion", choices: [{ text: "y", index: 0, finish_reason: "stop" }] }));
add("responses.create", [{ model: "m", input: "x" }], json(response));
add("responses.parse", [{ model: "m", input: "x", tools: [{ type: "function", name: "f", strict: true, parameters: {} }] }], json(response), { helper: "plain" });
add("responses.retrieve", ["resp_1"], json(response));
add("responses.retrieve", ["resp_1", { include: ["a.b", "c"], starting_after: 3 }], json(response));
add("responses.delete", ["resp_1"], { status: 204, headers: {}, body: "" });
add("responses.cancel", ["resp_1"], json({ ...response, status: "cancelled" }));
add("responses.compact", [{ model: "m", input: "x" }], json({ id: "cmp_1", object: "response.compaction", output: [] }));
add("responses.inputItems.list", ["resp_1", { limit: 2, order: "desc" }], json(list("i-1", "i-2")));
add("responses.inputTokens.count", [], json({ object: "response.input_tokens", input_tokens: 5 }));
add("conversations.create", [], json({ id: "conv_1", object: "conversation" }));
add("conversations.retrieve", ["conv_1"]);
add("conversations.update", ["conv_1", { metadata: { a: "b" } }]);
add("conversations.delete", ["conv_1"]);
add("conversations.items.create", ["conv_1", { include: ["x.y"], items: [{ type: "message", role: "user", content: "x" }] }], json(list("i-1")));
add("conversations.items.retrieve", ["i-1", { conversation_id: "conv_1", include: ["x.y"] }]);
add("conversations.items.list", ["conv_1", { limit: 1 }], json(list("i-1")));
add("conversations.items.delete", ["i-1", { conversation_id: "conv_1" }]);
const floats = Buffer.from(new Float32Array([0.1, -0.25, 3e-9, 1]).buffer).toString("base64");
add("embeddings.create", [{ model: "text-embedding-3-small", input: ["a", "b"], dimensions: 4 }], json({ object: "list", model: "m", data: [0, 1].map((index) => ({ object: "embedding", index, embedding: floats })), usage: { prompt_tokens: 2, total_tokens: 2 } }));
add("embeddings.create", [{ model: "m", input: "a", encoding_format: "float" }], json({ object: "list", data: [{ index: 0, embedding: [0.123456789012345, -1] }] }));
add("embeddings.create", [{ model: "m", input: "a", encoding_format: "base64" }], json({ object: "list", data: [{ index: 0, embedding: floats }] }));
add("models.list", [], json({ object: "list", data: [{ id: "gpt-4o", object: "model" }] }));
add("models.retrieve", ["ft:gpt-4o:org/name with space:1"]);
add("models.delete", ["ft:x"]);
add("moderations.create", [{ input: [{ type: "text", text: "x" }] }], json({ id: "modr-1", model: "m", results: [{ flagged: false, category_scores: { hate: 0.000012345678901234 } }] }));
add("images.generate", [{ model: "gpt-image-1", prompt: "a cat", n: 1 }], json({ created: 1, data: [{ b64_json: "AAAA" }] }));
add("images.edit", [{ image: [picture, { ...picture, name: "other.png" }], prompt: "x", mask: picture, n: 2 }], json({ created: 1, data: [] }));
add("images.createVariation", [{ image: picture, n: 1, size: "256x256" }], json({ created: 1, data: [] }));
add("files.create", [{ file, purpose: "batch", expires_after: { anchor: "created_at", seconds: 3600 } }], json({ id: "file-1", object: "file" }));
add("files.retrieve", ["file-1"]);
add("files.list", [{ purpose: "batch", limit: 10 }], json({ object: "list", data: [{ id: "file-1" }] }));
add("files.delete", ["file-1"]);
add("files.content", ["file-1"], bytes(Buffer.from('{"a":1}\n').toString("base64"), "application/octet-stream"));
add("files.content", ["file-2"], bytes("AP8AEA==", "application/octet-stream"));
add("audio.speech.create", [{ model: "tts-1", voice: "alloy", input: "x" }], bytes("//uQAA==", "audio/mpeg"));
add("audio.transcriptions.create", [{ file: { name: "a.mp3", base64: "//uQAA==", type: "audio/mpeg" }, model: "whisper-1", timestamp_granularities: ["word", "segment"], temperature: 0.5 }], json({ text: "x" }));
add("audio.transcriptions.create", [{ file: { name: "a.mp3", base64: "//uQAA==" }, model: "whisper-1", response_format: "text" }], { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: "hello\n" });
add("audio.translations.create", [{ file: { name: "a.mp3", base64: "//uQAA==" }, model: "whisper-1" }], json({ text: "x" }));
add("batches.create", [{ input_file_id: "file-1", endpoint: "/v1/embeddings", completion_window: "24h" }]);
add("batches.retrieve", ["batch_1"]);
add("batches.list", [{ limit: 2 }], json(list("batch_1", "batch_2")));
add("batches.cancel", ["batch_1"]);
add("uploads.create", [{ bytes: 3, filename: "a", mime_type: "text/plain", purpose: "batch" }]);
add("uploads.parts.create", ["upload_1", { data: file }]);
add("uploads.complete", ["upload_1", { part_ids: ["p-1"] }]);
add("uploads.cancel", ["upload_1"]);
add("vectorStores.create", [{ name: "store", file_ids: ["file-1"] }]);
add("vectorStores.retrieve", ["vs_1"]);
add("vectorStores.update", ["vs_1", { name: "other" }]);
add("vectorStores.list", [{ limit: 1 }], json(list("vs_1")));
add("vectorStores.delete", ["vs_1"]);
add("vectorStores.search", ["vs_1", { query: "x", max_num_results: 2 }], json({ object: "vector_store.search_results.page", search_query: ["x"], data: [{ file_id: "file-1", score: 0.9 }], has_more: false, next_page: null }));
add("vectorStores.files.create", ["vs_1", { file_id: "file-1" }]);
add("vectorStores.files.retrieve", ["file-1", { vector_store_id: "vs_1" }]);
add("vectorStores.files.update", ["file-1", { vector_store_id: "vs_1", attributes: { a: 1 } }]);
add("vectorStores.files.list", ["vs_1", { filter: "completed" }], json(list("file-1")));
add("vectorStores.files.delete", ["file-1", { vector_store_id: "vs_1" }]);
add("vectorStores.files.content", ["file-1", { vector_store_id: "vs_1" }], json({ object: "page", data: [{ type: "text", text: "x" }], has_more: false, next_page: null }));
add("vectorStores.fileBatches.create", ["vs_1", { file_ids: ["file-1"] }]);
add("vectorStores.fileBatches.retrieve", ["vsfb_1", { vector_store_id: "vs_1" }]);
add("vectorStores.fileBatches.cancel", ["vsfb_1", { vector_store_id: "vs_1" }]);
add("vectorStores.fileBatches.listFiles", ["vsfb_1", { vector_store_id: "vs_1", limit: 3 }], json(list("file-1")));
add("fineTuning.jobs.create", [{ model: "m", training_file: "file-1" }]);
add("fineTuning.jobs.retrieve", ["ftjob-1"]);
add("fineTuning.jobs.list", [{ limit: 2, metadata: { a: "b" } }], json(list("ftjob-1")));
add("fineTuning.jobs.cancel", ["ftjob-1"]);
add("fineTuning.jobs.pause", ["ftjob-1"]);
add("fineTuning.jobs.resume", ["ftjob-1"]);
add("fineTuning.jobs.listEvents", ["ftjob-1"], json(list("e-1")));
add("fineTuning.jobs.checkpoints.list", ["ftjob-1"], json(list("c-1")));
add("fineTuning.checkpoints.permissions.create", ["ft:m:ckpt", { project_ids: ["p"] }], json(list("cp-1")));
add("fineTuning.checkpoints.permissions.retrieve", ["ft:m:ckpt", { order: "ascending" }], json(list("cp-1")));
add("fineTuning.checkpoints.permissions.list", ["ft:m:ckpt"], json({ object: "list", data: null }));
add("fineTuning.checkpoints.permissions.delete", ["cp-1", { fine_tuned_model_checkpoint: "ft:m:ckpt" }]);
add("fineTuning.alpha.graders.run", [{ grader: {}, model_sample: "x" }]);
add("fineTuning.alpha.graders.validate", [{ grader: {} }]);
add("evals.create", [{ data_source_config: { type: "custom" }, testing_criteria: [] }]);
add("evals.retrieve", ["eval_1"]);
add("evals.update", ["eval_1", { name: "x" }]);
add("evals.list", [{ order_by: "created_at" }], json(list("eval_1")));
add("evals.delete", ["eval_1"]);
add("evals.runs.create", ["eval_1", { data_source: {} }]);
add("evals.runs.retrieve", ["run_1", { eval_id: "eval_1" }]);
add("evals.runs.list", ["eval_1", { status: "failed" }], json(list("run_1")));
add("evals.runs.delete", ["run_1", { eval_id: "eval_1" }]);
add("evals.runs.cancel", ["run_1", { eval_id: "eval_1" }]);
add("evals.runs.outputItems.retrieve", ["o_1", { eval_id: "eval_1", run_id: "run_1" }]);
add("evals.runs.outputItems.list", ["run_1", { eval_id: "eval_1", limit: 2 }], json(list("o_1")));
add("containers.create", [{ name: "c" }]);
add("containers.retrieve", ["cntr_1"]);
add("containers.list", [{ limit: 1 }], json(list("cntr_1")));
add("containers.delete", ["cntr_1"], { status: 204, headers: {}, body: "" });
add("containers.files.create", ["cntr_1", { file }]);
add("containers.files.create", ["cntr_1", { file_id: "file-1" }]);
add("containers.files.retrieve", ["cfile_1", { container_id: "cntr_1" }]);
add("containers.files.list", ["cntr_1"], json(list("cfile_1")));
add("containers.files.delete", ["cfile_1", { container_id: "cntr_1" }], { status: 204, headers: {}, body: "" });
add("containers.files.content.retrieve", ["cfile_1", { container_id: "cntr_1" }], bytes("AAE=", "application/binary"));
add("skills.create", [{ files: [file] }]);
add("skills.retrieve", ["skill_1"]);
add("skills.update", ["skill_1", { default_version: "2" }]);
add("skills.list", [], json(list("skill_1")));
add("skills.delete", ["skill_1"]);
add("skills.content.retrieve", ["skill_1"], bytes("AAE=", "application/zip"));
add("skills.versions.create", ["skill_1", { default: true }]);
add("skills.versions.retrieve", ["2", { skill_id: "skill_1" }]);
add("skills.versions.list", ["skill_1", { limit: 2 }], json(list("v-1")));
add("skills.versions.delete", ["2", { skill_id: "skill_1" }]);
add("skills.versions.content.retrieve", ["2", { skill_id: "skill_1" }], bytes("AAE=", "application/zip"));
add("realtime.clientSecrets.create", [{ session: { type: "realtime" } }]);
add("realtime.calls.accept", ["call_1", { type: "realtime" }], { status: 200, headers: {}, body: "" });
add("realtime.calls.hangup", ["call_1"], { status: 200, headers: {}, body: "" });
add("realtime.calls.refer", ["call_1", { target_uri: "tel:+1" }], { status: 200, headers: {}, body: "" });
add("realtime.calls.reject", ["call_1"], { status: 200, headers: {}, body: "" });
add("videos.create", [{ prompt: "x", seconds: "4", input_reference: picture }]);
add("videos.retrieve", ["video_1"]);
add("videos.list", [{ limit: 2, order: "asc" }], json({ object: "list", data: [{ id: "video_1" }] }));
add("videos.delete", ["video_1"]);
add("videos.createCharacter", [{ name: "x", video: picture }]);
add("videos.downloadContent", ["video_1", { variant: "thumbnail" }], bytes("AAEC", "image/webp"));
add("videos.edit", [{ prompt: "x", video: { id: "video_1" } }]);
add("videos.extend", [{ prompt: "x", seconds: "4", video: picture }]);
add("videos.getCharacter", ["char_1"]);
add("videos.remix", ["video_1", { prompt: "y" }]);

// Options, encodings, any path.
add("models.list", [{ headers: { "X-Trace": "abc", Accept: "text/plain" }, query: { a: [1, 2], b: { c: null } } }], json({ object: "list" }));
add("chat.completions.create", [{ model: "m", messages }, { headers: { "OpenAI-Beta": "x=v1" }, query: { "api-version": "2024-10-21" } }], json(completion));
add("models.retrieve", ["../../admin?x#y%2e"]);
add("files.content", ["a/b"], bytes("eA==", "text/plain"));
add("get", ["/organization/usage/costs?limit=1&start=2", { query: { limit: 5, group_by: ["project_id", "line item"] } }], json({ object: "page" }));
add("post", ["/any/path", { body: { a: [1, { b: null }] } }]);
add("post", ["/any/empty"]);
add("put", ["/any/path", { body: { x: 1 } }]);
add("patch", ["/any/path", { body: { x: 1 }, headers: { "X-A": "b" } }]);
add("delete", ["/any/path"], { status: 204, headers: {}, body: "" });
add("get", ["/any/text"], { status: 200, headers: { "content-type": "text/csv" }, body: "a;b\n1;2\n" });

// Streams.
const tool = (index, more) => ({ tool_calls: [{ index, ...more }] });
add("chat.completions.create", [{ model: "m", messages, stream: true, stream_options: { include_usage: true } }], events(
  ": keep-alive\n\n",
  delta({ role: "assistant", content: "", refusal: null }), delta({ content: "Grü" }), delta({ content: "ße 🌍" }), delta({}, { finish_reason: "stop" }),
  chunk([], { usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }), "data: [DONE]\n\n"), { helper: "chat" });
add("chat.completions.stream", [{ model: "m", messages, tools: [{ type: "function", function: { name: "f", parameters: {} } }] }], events(
  delta({ role: "assistant", content: null }), delta(tool(0, { id: "call_a", type: "function", function: { name: "f", arguments: "" } })), delta(tool(0, { function: { arguments: '{"x"' } })),
  delta(tool(1, { id: "call_b", type: "function", function: { name: "g", arguments: "{}" } })), delta(tool(0, { function: { arguments: ":1}" } })), delta({}, { finish_reason: "tool_calls" }), "data: [DONE]\n\n"), { helper: "chat" });
add("chat.completions.create", [{ model: "m", messages, stream: true, n: 2 }], events(
  chunk([{ index: 1, delta: { role: "assistant", content: "b" }, finish_reason: null }]), chunk([{ index: 0, delta: { role: "assistant", refusal: "No" }, finish_reason: null }]),
  chunk([{ index: 0, delta: { refusal: "." }, finish_reason: "stop" }, { index: 1, delta: { content: "c" }, logprobs: { content: [{ token: "c", logprob: -0.31725305 }], refusal: null }, finish_reason: null }]),
  chunk([{ index: 1, delta: {}, logprobs: { content: [{ token: "!", logprob: -0.1 }], refusal: [] }, finish_reason: "length" }]), "data: [DONE]\n\n"), { helper: "chat" });
add("chat.completions.create", [{ model: "m", messages, stream: true, functions: [] }], events(
  delta({ role: "assistant", function_call: { name: "f", arguments: "" } }), delta({ function_call: { arguments: "{}" } }), delta({}, { finish_reason: "function_call" }), "data: [DONE]\n\n"), { helper: "chat" });
add("chat.completions.create", [{ model: "m", messages, stream: true, response_format: { type: "json_schema", json_schema: { name: "n", strict: true, schema: {} } }, tools: [{ type: "function", function: { name: "f", strict: true, parameters: {} } }] }], events(
  delta({ role: "assistant", content: '{"a":' }), delta({ content: "1}" }), delta(tool(0, { id: "call_a", type: "function", function: { name: "f", arguments: '{"y":' } })), delta(tool(0, { function: { arguments: "2}" } })), delta({}, { finish_reason: "tool_calls" }), "data: [DONE]\n\n"), { helper: "chat" });
add("chat.completions.create", [{ model: "m", messages, stream: true, modalities: ["audio"] }], events(
  delta({ role: "assistant", audio: { id: "audio_1", data: "AA", transcript: "he" } }), delta({ audio: { data: "BB", transcript: "llo" } }), delta({ audio: { expires_at: 17 } }), "data: [DONE]\n\n"), { helper: "chat" });
const step = (type, more) => ({ type: `response.${type}`, ...more });
const started = { ...response, status: "in_progress", output: [], usage: null };
add("responses.create", [{ model: "m", input: "x", stream: true }], events(
  step("created", { response: started }), step("in_progress", { response: started }), step("output_item.added", { output_index: 0, item: { ...message(), status: "in_progress" } }),
  step("content_part.added", { output_index: 0, content_index: 0, part: { type: "output_text", text: "", annotations: [] } }), step("output_text.delta", { output_index: 0, content_index: 0, delta: "Hi" }),
  step("output_text.done", { output_index: 0, content_index: 0, text: "Hi" }), step("completed", { response })), { helper: "response" });
add("responses.stream", [{ model: "m", input: "x", tools: [{ type: "function", name: "f", strict: true, parameters: {} }], text: { format: { type: "json_schema", name: "n", schema: {} } } }], events(
  step("created", { response: started }), step("completed", { response: { ...response, output: [message('{"a":1}'), response.output[2]] } })), { helper: "response" });
add("responses.create", [{ model: "m", input: "x", stream: true }], events(
  step("created", { response: { ...started, status: "completed" } }),
  step("output_item.added", { output_index: 0, item: { id: "rs", type: "reasoning", summary: [] } }), step("reasoning_summary_part.added", { output_index: 0, summary_index: 0, part: { type: "summary_text", text: "" } }),
  step("reasoning_summary_text.delta", { output_index: 0, summary_index: 0, delta: "Th" }), step("reasoning_summary_text.delta", { output_index: 0, summary_index: 0, delta: "ink" }),
  step("output_item.added", { output_index: 1, item: message() }), step("content_part.added", { output_index: 1, content_index: 0, part: { type: "output_text", text: "", annotations: [] } }),
  step("output_text.delta", { output_index: 1, content_index: 0, delta: "a" }), step("output_text.delta", { output_index: 1, content_index: 0, delta: "b" }),
  step("output_text.annotation.added", { output_index: 1, content_index: 0, annotation_index: 0, annotation: { type: "url_citation", url: "https://example.com" } }),
  step("content_part.added", { output_index: 1, content_index: 1, part: { type: "refusal", refusal: "" } }), step("refusal.delta", { output_index: 1, content_index: 1, delta: "no" }),
  step("output_item.added", { output_index: 2, item: { id: "fc", type: "function_call", name: "f", arguments: "" } }), step("function_call_arguments.delta", { output_index: 2, delta: "{" }), step("function_call_arguments.done", { output_index: 2, arguments: "{}" }),
  step("output_item.added", { output_index: 3, item: { id: "ws", type: "web_search_call", status: "x" } }), step("web_search_call.searching", { output_index: 3 }), step("web_search_call.completed", { output_index: 3 }),
  step("output_item.added", { output_index: 4, item: { id: "ci", type: "code_interpreter_call", code: null } }), step("code_interpreter_call_code.delta", { output_index: 4, delta: "1+" }), step("code_interpreter_call_code.delta", { output_index: 4, delta: "1" }),
  step("output_item.added", { output_index: 5, item: { id: "ct", type: "custom_tool_call", input: "" } }), step("custom_tool_call_input.delta", { output_index: 5, delta: "q" })), { helper: "response" });
add("responses.create", [{ model: "m", input: "x", stream: true }], events(step("created", { response: started }), step("failed", { response: { ...started, status: "failed", error: { code: "server_error", message: "x" } } })), { helper: "response" });

// Errors.
add("models.list", [], failure(400, { message: "Bad", type: "invalid_request_error", param: "model", code: null }));
add("models.list", [], failure(401, { message: "Incorrect API key provided", type: "invalid_request_error", param: null, code: "invalid_api_key" }));
add("models.list", [], failure(403, { message: "Region", code: "unsupported_country_region_territory" }));
add("models.list", [], failure(404, { message: "No model", code: "model_not_found" }));
add("models.list", [], failure(409, { message: "Conflict", code: "c" }));
add("models.list", [], failure(422, { message: { nested: true }, code: "u" }));
add("models.list", [], failure(429, { message: "Slow down", code: "rate_limit_exceeded" }, { "retry-after": "7" }));
add("models.list", [], failure(429, { message: "You exceeded your current quota", type: "insufficient_quota", code: "insufficient_quota" }));
add("models.list", [], failure(500, { message: "Oops", code: "server_error" }, { "retry-after-ms": "1500.5" }));
add("models.list", [], failure(418, { message: "Teapot", code: "t" }));
add("models.list", [], failure(503, "just text"));
add("models.list", [], { status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad gateway</h1>" });
add("models.list", [], { status: 500, headers: {}, body: "" });

const isFile = (value) => value && typeof value === "object" && (typeof value.content === "string" || typeof value.base64 === "string") && Object.keys(value).every((key) => ["name", "content", "base64", "type"].includes(key));
const withFiles = async (value) => {
  if (isFile(value)) return toFile(value.base64 === undefined ? Buffer.from(value.content) : Buffer.from(value.base64, "base64"), value.name, { type: value.type });
  if (Array.isArray(value)) return Promise.all(value.map(withFiles));
  if (value && typeof value === "object") return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, value]) => [key, await withFiles(value)])));
  return value;
};

let sent;
let answer;
const client = new OpenAI({
  apiKey: "sk-test", adminAPIKey: "sk-test", organization: "org-1", project: "proj-1", baseURL: "https://api.example.com/base/v1", maxRetries: 0, logLevel: "off",
  fetch: async (url, { method, headers, body }) => {
    const request = new Request(url, { method, headers, body });
    const names = ["accept", "authorization", "content-type", "openai-beta", "openai-organization", "openai-project", "x-trace", "x-a"];
    sent = { method, url: String(url), headers: Object.fromEntries(names.map((name) => [name, request.headers.get(name)]).filter(([, value]) => value !== null)) };
    if (body instanceof FormData) {
      sent.headers["content-type"] = "multipart/form-data";
      sent.form = await Promise.all([...body].map(async ([name, value]) => typeof value === "string" ? { name, value } : { name, filename: value.name, type: value.type || "application/octet-stream", base64: Buffer.from(await value.arrayBuffer()).toString("base64") }));
    } else if (body !== undefined) sent.body = JSON.parse(body);
    return new Response([204].includes(answer.status) ? null : answer.base64 === undefined ? answer.body : Buffer.from(answer.base64, "base64"), { status: answer.status, headers: answer.headers });
  },
});

const binary = async (response) => {
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString("utf8");
  const plain = Buffer.from(text).equals(bytes) && !text.includes("\0");
  return { type: response.headers.get("content-type"), size: bytes.length, ...(plain ? { text } : { base64: bytes.toString("base64") }) };
};
const plain = (value) => {
  if (value?.constructor?.name?.endsWith("Page")) {
    const { options, response, body, ...own } = value;
    return { ...body, ...own };
  }
  return value === undefined ? null : value;
};

const recorded = [];
for (const { method, args, helper, ...more } of cases) {
  ({ answer } = more);
  sent = undefined;
  const path = method.split(".");
  const called = await withFiles(args);
  let outcome;
  try {
    let value;
    if (helper === "chat") value = await client.chat.completions.stream(...called).finalChatCompletion();
    else if (helper === "response") value = await client.responses.stream(...called).finalResponse();
    else {
      const target = path.slice(0, -1).reduce((object, name) => object[name], client);
      value = await target[path.at(-1)](...called);
    }
    outcome = { value: value instanceof Response ? await binary(value) : plain(value) };
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    outcome = { error: { name: error.constructor.name, message: error.message, status: error.status, code: error.code ?? error.type ?? null } };
  }
  recorded.push({ method, args, answer, request: sent, ...outcome });
}
console.log(`[\n${recorded.map((one) => JSON.stringify(one)).join(",\n")}\n]`);
