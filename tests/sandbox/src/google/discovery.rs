//! The discovery documents: served to clients, and read by the sandbox itself.

use serde_json::{Map, Value, json};

use crate::reply::Reply;
use crate::request::{Request, decode};

/// The documents, without their texts for people. Taken from Google's Python client (Apache-2.0).
const DOCUMENTS: [&str; 8] = [
    include_str!("../../data/discovery/admin.directory_v1.json"),
    include_str!("../../data/discovery/calendar.v3.json"),
    include_str!("../../data/discovery/docs.v1.json"),
    include_str!("../../data/discovery/drive.v3.json"),
    include_str!("../../data/discovery/gmail.v1.json"),
    include_str!("../../data/discovery/people.v1.json"),
    include_str!("../../data/discovery/sheets.v4.json"),
    include_str!("../../data/discovery/tasks.v1.json"),
];

/// The values of a path's parameters, decoded, in the path's order.
pub(crate) type Values = Vec<(String, String)>;

/// All APIs.
pub(crate) struct Discovery {
    apis: Vec<Api>,
}

/// An API.
pub(crate) struct Api {
    name: String,
    version: String,
    document: Value,
    methods: Vec<Method>,
}

/// A method of an API.
#[derive(Debug)]
pub(crate) struct Method {
    /// The API's name.
    pub(crate) api: String,
    /// Such as `drive.files.list`.
    pub(crate) id: String,
    pub(crate) http_method: String,
    /// The schema of its answer, if it has one.
    pub(crate) response: Option<String>,
    /// Any of them will do.
    pub(crate) scopes: Vec<String>,
    path: Vec<Segment>,
}

/// A segment of a path.
#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// A parameter, with what follows it, such as `:append`.
    Parameter(String, String),
}

impl Api {
    /// A schema by its name.
    pub(crate) fn schema(&self, name: &str) -> Option<&Map<String, Value>> {
        self.document["schemas"][name]["properties"].as_object()
    }
}

impl Method {
    /// The last word of its id.
    pub(crate) fn verb(&self) -> &str {
        self.id.rsplit('.').next().unwrap_or_default()
    }

    /// Whether its path ends with a parameter, so that it is about one item.
    pub(crate) fn is_item(&self) -> bool {
        matches!(self.path.last(), Some(Segment::Parameter(_, rest)) if rest.is_empty())
    }

    /// Whether its path ends with a parameter and a word, such as `files/{fileId}/copy`.
    pub(crate) fn is_action(&self) -> bool {
        matches!(
            self.path.as_slice(),
            [.., Segment::Parameter(_, rest), Segment::Literal(_)] if rest.is_empty()
        )
    }

    /// Whether its path ends with `:verb`.
    pub(crate) fn path_ends_with(&self, verb: &str) -> bool {
        match self.path.last() {
            Some(Segment::Literal(text)) => {
                text.split_once(':').is_some_and(|(_, own)| own == verb)
            }
            Some(Segment::Parameter(_, rest)) => rest.strip_prefix(':') == Some(verb),
            None => false,
        }
    }

    /// The values of the path's parameters, and how many segments matched letter by letter.
    fn matches(&self, path: &[&str]) -> Option<(usize, Values)> {
        if path.len() != self.path.len() {
            return None;
        }
        let mut literal = 0;
        let mut values = Vec::new();
        for (segment, sent) in self.path.iter().zip(path) {
            match segment {
                Segment::Literal(text) => {
                    if text != sent && *text != decode(sent) {
                        return None;
                    }
                    literal += 2;
                }
                Segment::Parameter(name, rest) => {
                    let value = sent.strip_suffix(rest.as_str())?;
                    if value.is_empty() {
                        return None;
                    }
                    literal += usize::from(!rest.is_empty());
                    values.push((name.clone(), decode(value).into_owned()));
                }
            }
        }
        Some((literal, values))
    }
}

impl Discovery {
    pub(crate) fn read() -> Self {
        let apis = DOCUMENTS.map(|text| {
            let document: Value = serde_json::from_str(text).expect("the documents are JSON");
            let mut methods = Vec::new();
            collect(&document, &document, &mut methods);
            Api {
                name: text_of(&document, "name"),
                version: text_of(&document, "version"),
                document,
                methods,
            }
        });
        Self { apis: apis.into() }
    }

    /// The method that a request calls. Paths of uploads are those of the method, behind `/upload`.
    pub(crate) fn find(&self, http_method: &str, path: &str) -> Option<(&Api, &Method, Values)> {
        let path = path
            .strip_prefix("/resumable/upload/")
            .or_else(|| path.strip_prefix("/upload/"))
            .or_else(|| path.strip_prefix('/'))?;
        let path: Vec<&str> = path.split('/').collect();
        let candidates = self.apis.iter().flat_map(|api| {
            let path = &path;
            let methods = api.methods.iter();
            methods
                .filter(move |method| method.http_method == http_method)
                .filter_map(move |method| {
                    let (literal, values) = method.matches(path)?;
                    Some((literal, api, method, values))
                })
        });
        let (_, api, method, values) = candidates.max_by_key(|(literal, ..)| *literal)?;
        Some((api, method, values))
    }

    /// The documents, whose roots are the sandbox.
    pub(crate) fn answer(&self, request: &Request) -> Option<Reply> {
        if request.method != "GET" {
            return None;
        }
        if request.path == "/discovery/v1/apis" {
            return Some(self.list(request));
        }
        let api = match request.path.strip_prefix("/discovery/v1/apis/") {
            Some(rest) => {
                let (name, version) = rest.strip_suffix("/rest")?.split_once('/')?;
                self.api(name, version)
            }
            // Each API's own address serves it under this path; here that names only a version.
            None if request.path == "/$discovery/rest" => {
                let version = request.param("version")?;
                let name = request.param("api").unwrap_or_default();
                self.api(name, version)
                    .or_else(|| self.apis.iter().find(|api| api.version == version))
            }
            None => return None,
        };
        Some(match api {
            Some(api) => Reply::ok(&api.served(&request.base)),
            None => super::access::not_found("Requested entity was not found."),
        })
    }

    fn api(&self, name: &str, version: &str) -> Option<&Api> {
        self.apis
            .iter()
            .find(|api| api.name == name && api.version == version)
    }

    fn list(&self, request: &Request) -> Reply {
        let items: Vec<Value> = self
            .apis
            .iter()
            .filter(|api| request.param("name").is_none_or(|name| name == api.name))
            .map(|api| {
                json!({
                    "kind": "discovery#directoryItem",
                    "id": api.document["id"],
                    "name": api.name,
                    "version": api.version,
                    "title": api.document["title"],
                    "discoveryRestUrl": format!("{}/discovery/v1/apis/{}/{}/rest", request.base, api.name, api.version),
                    "preferred": true,
                })
            })
            .collect();
        Reply::ok(
            &json!({ "kind": "discovery#directoryList", "discoveryVersion": "v1", "items": items }),
        )
    }
}

impl Api {
    fn served(&self, base: &str) -> Value {
        let mut document = self.document.clone();
        let service = text_of(&document, "servicePath");
        document["rootUrl"] = json!(format!("{base}/"));
        document["baseUrl"] = json!(format!("{base}/{service}"));
        document
    }
}

fn collect(document: &Value, resource: &Value, methods: &mut Vec<Method>) {
    for method in resource["methods"]
        .as_object()
        .into_iter()
        .flat_map(Map::values)
    {
        let path = match method["flatPath"].as_str() {
            Some(path) => path,
            None => method["path"].as_str().unwrap_or_default(),
        };
        let path = format!("{}{path}", text_of(document, "servicePath"));
        methods.push(Method {
            api: text_of(document, "name"),
            id: text_of(method, "id"),
            http_method: text_of(method, "httpMethod"),
            response: method["response"]["$ref"].as_str().map(str::to_owned),
            scopes: method["scopes"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|scope| scope.as_str().map(str::to_owned))
                .collect(),
            path: path.split('/').map(segment).collect(),
        });
    }
    for inner in resource["resources"]
        .as_object()
        .into_iter()
        .flat_map(Map::values)
    {
        collect(document, inner, methods);
    }
}

fn segment(text: &str) -> Segment {
    match text.strip_prefix('{').and_then(|text| text.split_once('}')) {
        Some((name, rest)) => {
            Segment::Parameter(name.trim_start_matches('+').to_owned(), rest.to_owned())
        }
        None => Segment::Literal(text.to_owned()),
    }
}

fn text_of(value: &Value, name: &str) -> String {
    super::text(value, name).to_owned()
}
