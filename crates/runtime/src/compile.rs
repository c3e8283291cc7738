//! From the components' wasm files to machine code, with a cache between starts.

mod source;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::cache::{Cache, Key};
use crate::manifest::Manifest;
use crate::{Error, engine};
pub(crate) use source::Source;

/// What [`compile`] has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// How many components the application has.
    pub components: usize,
    /// How many of them, alike ones counted once, were not in the cache.
    pub compiled: usize,
}

/// Compiles those components of an application that are in none of these folders into the first of them that can be written to.
/// Two processes that do so at once do the work once.
///
/// # Errors
/// If the manifest or a component is not good, or a compiled component cannot be kept.
pub fn compile(manifest: &Path, folders: &[PathBuf]) -> Result<Compiled, Error> {
    let engine = engine::new()?;
    let cache = Cache::open(folders);
    let sources = Source::all(&Manifest::read(manifest)?, manifest);
    let keys = sources
        .iter()
        .map(|source| source.key(&engine))
        .collect::<Result<Vec<_>, _>>()?;
    let _lock = cache.lock();
    let mut seen = HashSet::new();
    let missing: Vec<(&Source, &Key)> = sources
        .iter()
        .zip(&keys)
        .filter(|(_, key)| seen.insert(*key) && cache.find(key).is_none())
        .collect();
    let progress = Progress::of(missing.len());
    let stored = side_by_side(&missing, |(source, key)| {
        let code = source.precompile(&engine)?;
        cache.store(key, &code).map_err(Error::NotKept)?;
        progress.done(&source.id);
        Ok::<_, Error>(())
    });
    stored.into_iter().collect::<Result<(), Error>>()?;
    cache.prune(&keys);
    Ok(Compiled {
        components: sources.len(),
        compiled: missing.len(),
    })
}

/// The machine code of these components, each with its id. What is in no folder of the cache is compiled by `compiler`, a
/// command, or else, and if that fails, here.
pub(crate) fn load(
    engine: &Engine,
    sources: Vec<Source>,
    folders: &[PathBuf],
    compiler: Option<&[OsString]>,
) -> Result<Vec<(String, Component)>, Error> {
    let cache = Cache::open(folders);
    let mut loaded = find(engine, &cache, &sources)?;
    if loaded.iter().any(Option::is_none)
        && cache.is_writable()
        && let Some(compiler) = compiler
    {
        run(compiler);
        loaded = find(engine, &cache, &sources)?;
    }
    let progress = Progress::of(loaded.iter().filter(|found| found.is_none()).count());
    let sources: Vec<_> = sources.into_iter().zip(loaded).collect();
    let components = side_by_side(&sources, |(source, found)| {
        let component = match found {
            Some(found) => found.clone(),
            None => source
                .compile(engine, &cache)
                .inspect(|_| progress.done(&source.id))?,
        };
        Ok::<_, Error>((source.id.clone(), component))
    });
    components.into_iter().collect()
}

/// What of the sources is in the cache.
fn find(
    engine: &Engine,
    cache: &Cache,
    sources: &[Source],
) -> Result<Vec<Option<Component>>, Error> {
    let found = side_by_side(sources, |source| {
        let entry = cache.find(&source.key(engine)?);
        Ok::<_, Error>(entry.and_then(|entry| entry.load(engine)))
    });
    found.into_iter().collect()
}

/// Runs the compiler in a process of its own: the memory that compiling takes goes with it.
fn run(compiler: &[OsString]) {
    let [program, arguments @ ..] = compiler else {
        return;
    };
    let ended = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => tracing::warn!("the compiler ended with {status}"),
        Err(error) => tracing::warn!("the compiler cannot be run: {error}"),
    }
}

/// Tells people how far compiling is.
struct Progress {
    total: usize,
    done: AtomicUsize,
}

impl Progress {
    fn of(total: usize) -> Self {
        if total > 0 {
            tracing::info!("{}: 0/{total}", Self::what(total));
        }
        let done = AtomicUsize::new(0);
        Self { total, done }
    }

    fn done(&self, id: &str) {
        let (done, total) = (self.done.fetch_add(1, Ordering::Relaxed) + 1, self.total);
        tracing::info!("{}: {done}/{total} ({id})", Self::what(total));
    }

    fn what(total: usize) -> String {
        let s = if total == 1 { "" } else { "s" };
        format!("compiling {total} component{s} for this machine, once")
    }
}

/// Does the work for all items, as many at a time as there are cores; the results in the order of the items.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..cores.min(items.len()) {
            let (next, work, sender) = (&next, &work, sender.clone());
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    // The receiver outlives all workers.
                    _ = sender.send((index, work(item)));
                }
            });
        }
    });
    drop(sender);
    let mut results: Vec<_> = results.into_iter().collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
