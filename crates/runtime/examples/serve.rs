//! Serves an application: `serve SPIN_TOML LISTEN STATE_DIR [NAME=VALUE]...`

use tasker_runtime::{App, Options, parse_variable, shutdown_signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [manifest, listen, state_dir, variables @ ..] = arguments.as_slice() else {
        return Err("usage: serve SPIN_TOML LISTEN STATE_DIR [NAME=VALUE]...".into());
    };
    let mut options = Options::new(manifest);
    options.listen = listen.parse()?;
    options.state_dir = state_dir.into();
    for variable in variables {
        options.variables.extend(parse_variable(variable)?);
    }
    if let Ok(script) = std::env::var("SQLITE_SCRIPT") {
        options.sqlite_scripts.push(script.into());
    }
    let begun = std::time::Instant::now();
    let app = App::load(options).await?;
    println!("http://{} after {:?}", app.address(), begun.elapsed());
    app.serve(shutdown_signal()).await?;
    Ok(())
}
