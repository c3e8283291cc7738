//! Makes the packed documents of Google's own: `compact FROM TO NAME...` reads `FROM/NAME.json` and
//! writes `TO/NAME.txt` for each name. `scripts/discovery` calls it.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let (Some(from), Some(to)) = (args.next(), args.next()) else {
        eprintln!("usage: compact FROM TO NAME...");
        return ExitCode::FAILURE;
    };
    for name in args {
        if let Err(reason) = convert(Path::new(&from), Path::new(&to), &name) {
            eprintln!("{name}: {reason}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn convert(from: &Path, to: &Path, name: &str) -> Result<(), String> {
    let file = from.join(format!("{name}.json"));
    let discovery = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let text = wrappedgapi::compact::compact(&discovery).map_err(|error| error.0)?;
    println!("{name}: {} bytes, of {}", text.len(), discovery.len());
    fs::write(to.join(format!("{name}.txt")), text).map_err(|error| error.to_string())
}
