//! What a method of the client is over HTTP.

use crate::table::ENDPOINTS;

/// One method of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The method path, such as `chat.completions.create`.
    pub name: &'static str,
    /// The HTTP method.
    pub verb: &'static str,
    /// The path under the base URL. `{}` is the first argument; `{name}` is taken out of the object that
    /// comes next.
    pub path: &'static str,
    /// What the object after the path's argument is.
    pub input: Input,
    /// What the answer is.
    pub output: Output,
    /// The `accept` header.
    pub accept: &'static str,
    /// The `openai-beta` header; empty for none.
    pub beta: &'static str,
    /// Whether `{}` stands for a missing object.
    pub optional: bool,
}

/// What a method does with the object that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Takes none, or one that has values of the path only.
    None,
    /// The JSON body.
    Body,
    /// The JSON body, but for these members, which go to the query.
    BodyAndQuery(&'static [&'static str]),
    /// The query; it may be missing.
    Query,
    /// Multipart form data.
    Form,
    /// Multipart form data if it has a file, else a JSON body.
    FormIfFile,
}

/// What a method gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// JSON, or text if the answer says so.
    Value,
    /// A page: `data`.
    Page,
    /// A page with `has_more`; the next begins after the id of the last item.
    CursorPage,
    /// A page with `has_more`; the next begins after its `last_id`.
    ConversationPage,
    /// The bytes of a file.
    Binary,
    /// Vectors, which travel as base64.
    Embeddings,
    /// A chat completion; gathered if it is streamed.
    Chat,
    /// A chat completion with `parsed` beside each content.
    ParsedChat,
    /// A chat completion that is always streamed.
    StreamedChat,
    /// A response, with `output_text`; gathered if it is streamed.
    Response,
    /// A response with `parsed` beside each content.
    ParsedResponse,
    /// A response that is always streamed.
    StreamedResponse,
    /// A completion of the old kind; gathered if it is streamed.
    Completion,
    /// JSON; of a stream, its last event.
    LastEvent,
}

impl Endpoint {
    /// The endpoint of a method path.
    #[must_use]
    pub fn find(method: &[String]) -> Option<&'static Self> {
        let name = method.join(".");
        ENDPOINTS.iter().find(|endpoint| endpoint.name == name)
    }

    /// Whether the path has a place for the first argument.
    #[must_use]
    pub fn takes_id(&self) -> bool {
        self.path.contains("{}")
    }

    /// The names that the path takes out of the object.
    pub fn named(&self) -> impl Iterator<Item = &'static str> {
        let open = self.path.split('{').skip(1);
        open.filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
            .filter(|name| !name.is_empty())
    }

    /// Whether the method takes an object before its options.
    #[must_use]
    pub fn takes_object(&self) -> bool {
        self.input != Input::None || self.named().next().is_some()
    }

    /// How the method is called, for messages.
    #[must_use]
    pub fn usage(&self) -> String {
        let object = match self.input {
            Input::None if self.named().next().is_some() => Some("params"),
            Input::None => None,
            Input::Query => Some("query"),
            _ => Some("body"),
        };
        let id = self.takes_id().then_some("id");
        let arguments: Vec<_> = [id, object, Some("options")]
            .into_iter()
            .flatten()
            .collect();
        format!("tools.openai.{}({})", self.name, arguments.join(", "))
    }

    const fn new(name: &'static str, verb: &'static str, path: &'static str) -> Self {
        Self {
            name,
            verb,
            path,
            input: Input::None,
            output: Output::Value,
            accept: "application/json",
            beta: "",
            optional: false,
        }
    }

    pub(crate) const fn get(name: &'static str, path: &'static str) -> Self {
        Self::new(name, "GET", path)
    }

    pub(crate) const fn post(name: &'static str, path: &'static str) -> Self {
        Self::new(name, "POST", path)
    }

    pub(crate) const fn delete(name: &'static str, path: &'static str) -> Self {
        Self::new(name, "DELETE", path)
    }

    pub(crate) const fn takes(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    pub(crate) const fn body(self) -> Self {
        self.takes(Input::Body)
    }

    pub(crate) const fn query(self) -> Self {
        self.takes(Input::Query)
    }

    pub(crate) const fn form(self) -> Self {
        self.takes(Input::Form)
    }

    pub(crate) const fn gives(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// A list in pages by cursor.
    pub(crate) const fn list(name: &'static str, path: &'static str) -> Self {
        Self::get(name, path).query().gives(Output::CursorPage)
    }

    /// A file's bytes.
    pub(crate) const fn download(name: &'static str, path: &'static str) -> Self {
        Self::get(name, path)
            .gives(Output::Binary)
            .accept("application/binary")
    }

    pub(crate) const fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    pub(crate) const fn beta(mut self, beta: &'static str) -> Self {
        self.beta = beta;
        self
    }

    pub(crate) const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}
