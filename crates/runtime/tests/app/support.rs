//! Building the fixture, running applications, talking to them, and a server for them to talk to.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tasker_runtime::{App, Error, Options};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, mpsc, oneshot};
use tokio::task::JoinHandle;

/// Starts every manifest of the tests.
const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"fixture\"\n";

/// One public component with the given settings.
pub(crate) fn front(settings: &str) -> String {
    format!(
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"front\"\n{}",
        component("front", settings)
    )
}

/// The manifest entry of a component.
pub(crate) fn component(id: &str, settings: &str) -> String {
    format!(
        "[component.{id}]\nsource = \"{}\"\n{settings}\n",
        FIXTURE.display()
    )
}

/// An application's folder.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// A folder with this manifest, and with the fixture compiled.
    pub(crate) async fn new(manifest: &str) -> Self {
        static COMPILED: OnceCell<TempDir> = OnceCell::const_new();
        let folder = Self::empty(manifest);
        let compiled = COMPILED
            .get_or_init(|| async {
                let first = Self::empty(&front(""));
                App::load(first.options()).await.unwrap();
                first.0
            })
            .await;
        let cache = folder.state().join("cache");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&cache)
            .unwrap();
        for entry in fs::read_dir(compiled.path().join("state/cache")).unwrap() {
            let entry = entry.unwrap();
            fs::hard_link(entry.path(), cache.join(entry.file_name())).unwrap();
        }
        folder
    }

    pub(crate) fn empty(manifest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("spin.toml"), format!("{HEAD}{manifest}")).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(self.path().join("spin.toml"));
        options.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        options.state_dir = self.state();
        options.quiet = true;
        options
    }

    /// What a component has printed.
    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.state().join("logs").join(name)).unwrap()
    }
}

/// An application that is being served.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) folder: Folder,
    stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<Result<(), Error>>,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// Serves an application with this manifest.
pub(crate) async fn start(manifest: &str) -> Running {
    let folder = Folder::new(manifest).await;
    let options = folder.options();
    serve(folder, options).await
}

pub(crate) async fn serve(folder: Folder, options: Options) -> Running {
    let app = App::load(options).await.unwrap();
    let address = app.address();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(app.serve(async { _ = stopped.await }));
    let client = Client::builder(TokioExecutor::new()).build_http();
    Running {
        address,
        folder,
        stop,
        served,
        client,
    }
}

impl Running {
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = Request::get(self.url(path)).body(Full::default());
        self.send(request.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::post(self.url(path)).body(Full::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The body is null if it is empty, and a string if it is not JSON.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> (StatusCode, Value) {
        let response = self.client.request(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let text = || String::from_utf8_lossy(&body).into_owned().into();
        let value = match body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&body).unwrap_or_else(|_| text()),
        };
        (status, value)
    }

    /// Gives the signal to stop. The rest is for those who want to see how it goes.
    pub(crate) fn stop(self) -> (SocketAddr, Folder, JoinHandle<Result<(), Error>>) {
        self.stop.send(()).unwrap();
        (self.address, self.folder, self.served)
    }
}

/// A server outside of any application, which answers when it is told to.
pub(crate) struct Witness {
    pub(crate) address: SocketAddr,
    seen: mpsc::UnboundedReceiver<Seen>,
}

/// A request that waits for its answer, which is an empty 200 when this is dropped.
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) host: String,
    _answer: oneshot::Sender<()>,
}

impl Witness {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (send, seen) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let send = send.clone();
                let service = service_fn(move |request| witness(send.clone(), request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self { address, seen }
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Seen {
        self.seen.recv().await.unwrap()
    }
}

async fn witness(
    send: mpsc::UnboundedSender<Seen>,
    request: Request<Incoming>,
) -> Result<http::Response<Empty<Bytes>>, std::convert::Infallible> {
    let (answer, answered) = oneshot::channel();
    let host = request
        .headers()
        .get("host")
        .and_then(|host| host.to_str().ok());
    _ = send.send(Seen {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        host: host.unwrap_or_default().to_owned(),
        _answer: answer,
    });
    _ = answered.await;
    Ok(http::Response::new(Empty::new()))
}

/// The fixture's wasm file, built as the application's components are.
static FIXTURE: LazyLock<PathBuf> = LazyLock::new(|| {
    const TARGET: &str = "wasm32-wasip1";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap();
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(root).args([
        "build",
        "--release",
        "--package=tasker-runtime-fixture",
        "--target",
        TARGET,
    ]);
    // A tool chain without a standard library for the target builds one.
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let library = Command::new(rustc)
        .args(["--print=target-libdir", "--target", TARGET])
        .output()
        .unwrap();
    if !Path::new(String::from_utf8_lossy(&library.stdout).trim()).exists() {
        build.arg("-Zbuild-std=std,panic_abort");
    }
    assert!(
        build.status().unwrap().success(),
        "the fixture cannot be built"
    );
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    root.join(folder)
        .join(TARGET)
        .join("release/tasker_runtime_fixture.wasm")
});
