//! From the first start to the last answer.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use http::StatusCode;
use tokio::net::TcpStream;

use crate::support::{Folder, Witness, component, front, serve, start};

fn allow(witness: &Witness) -> String {
    format!("allowed_outbound_hosts = [\"http://{}\"]", witness.address)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_work_that_goes_on_after_the_answer() {
    let mut witness = Witness::start().await;
    let app = start(&front(&allow(&witness))).await;
    let path = format!("/later/http://{}/work", witness.address);
    assert_eq!(app.get(&path).await.0, StatusCode::ACCEPTED);
    let work = witness.next().await;
    assert_eq!(work.path, "/work", "though the client has its answer");

    let (address, _folder, served) = app.stop();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!served.is_finished(), "the work is not done");
    drop(work);
    served.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_what_outlasts_the_grace_time() {
    let folder = Folder::new(&front("")).await;
    let mut options = folder.options();
    options.grace = Duration::ZERO;
    let app = serve(folder, options).await;
    // More than there are threads: busy components share them.
    for _ in 0..8 {
        assert_eq!(app.get("/spin").await.0, StatusCode::OK);
    }
    assert_eq!(app.get("/headers").await.0, StatusCode::OK);
    let (_, _folder, served) = app.stop();
    served.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn cron_components_are_called_at_their_times() {
    let mut witness = Witness::start().await;
    let manifest = format!(
        "[[trigger.cron]]\ncron_expression = \"* * * * * *\"\ncomponent = \"clock\"\n{}",
        component(
            "clock",
            &format!(
                "{}\nvariables = {{ cron_target = \"http://{}\" }}",
                allow(&witness),
                witness.address
            )
        )
    );
    let begun = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let _app = start(&manifest).await;
    let first = witness.next().await;
    let time = |path: &str| path.trim_start_matches('/').parse::<u64>().unwrap();
    let first_time = time(&first.path);
    assert!(first_time >= begun.as_secs());
    drop(first);
    assert!(time(&witness.next().await.path) > first_time);
}

#[tokio::test(flavor = "multi_thread")]
async fn compiled_components_are_kept_where_only_their_owner_can_write() {
    let folder = Folder::empty(&front(""));
    let cache = folder.state().join("cache");
    let load = async || drop(tasker_runtime::App::load(folder.options()).await.unwrap());
    let kept = || {
        let files = fs::read_dir(&cache)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let is_code = |file: &PathBuf| file.extension().is_some_and(|end| end == "cwasm");
        files.filter(is_code).collect::<Vec<_>>()
    };

    load().await;
    let [file] = <[_; 1]>::try_from(kept()).unwrap();
    assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let inode = || fs::metadata(&file).unwrap().ino();
    let whole = fs::read(&file).unwrap();
    let first = inode();
    load().await;
    assert_eq!(inode(), first, "used as it is");

    // Nothing of a damaged entry is run, wherever the damage is.
    let mut bit = whole.clone();
    bit[whole.len() / 2] ^= 1;
    for damaged in [
        &bit[..],
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
        b"",
    ] {
        fs::write(&file, damaged).unwrap();
        let before = inode();
        load().await;
        assert_ne!(inode(), before, "replaced");
        assert!(fs::read(&file).unwrap() == whole, "compiled again");
    }

    // Nor of one that another could have written.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o620)).unwrap();
    load().await;
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    fs::remove_file(&file).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o770)).unwrap();
    load().await;
    assert!(kept().is_empty(), "not trusted");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_cache_serves_all_and_is_kept_within_bounds() {
    let folder = Folder::empty(&front(""));
    let manifest = folder.path().join("spin.toml");
    let cache = folder.path().join("shared/deep");
    let compile = |folders: &[&PathBuf]| {
        let folders: Vec<_> = folders.iter().map(|path| (*path).clone()).collect();
        let done = tasker_runtime::compile(&manifest, &folders).unwrap();
        (done.components, done.compiled)
    };
    assert_eq!(compile(&[&cache]), (1, 1));
    assert_eq!(compile(&[&cache]), (1, 0));
    let names = || {
        let entries = fs::read_dir(&cache).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != "lock").collect();
        names.sort();
        names
    };
    let [entry] = <[_; 1]>::try_from(names()).unwrap();

    // What was not used for long goes when something new comes; what others use does not.
    let aged = |name: &str, days: u64| {
        let file = fs::File::create(cache.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(days * 24 * 3600))
            .unwrap();
    };
    aged("old.cwasm", 31);
    aged("used.cwasm", 29);
    aged(".partial-left-behind", 1);
    aged(".partial-under-way", 0);
    fs::remove_file(cache.join(&entry)).unwrap();
    assert_eq!(compile(&[&cache]), (1, 1));
    let mut left = [entry.as_str(), "used.cwasm", ".partial-under-way"];
    left.sort_unstable();
    assert_eq!(names(), left);

    // An app finds it there, and needs no folder of its own.
    let mut options = folder.options();
    options.cache_dirs = vec![cache.clone(), folder.state().join("cache")];
    let inode = fs::metadata(cache.join(&entry)).unwrap().ino();
    drop(tasker_runtime::App::load(options).await.unwrap());
    assert_eq!(fs::metadata(cache.join(&entry)).unwrap().ino(), inode);
    assert!(!folder.state().join("cache").exists());

    // A folder that cannot be made, or is not trusted, gives way to the next.
    let impossible = manifest.join("below-a-file");
    let (open, next) = (folder.path().join("open"), folder.path().join("next"));
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    fs::copy(cache.join(&entry), open.join(&entry)).unwrap();
    assert_eq!(compile(&[&impossible, &open, &next]), (1, 1));
    assert!(next.join(&entry).exists());
    let nowhere = tasker_runtime::compile(&manifest, &[impossible]).unwrap_err();
    assert!(nowhere.to_string().contains("--cache-dir"), "{nowhere}");

    // Another wasm is another component.
    let wasm = folder.path().join("other.wasm");
    let source = fs::read_to_string(&manifest).unwrap();
    let (_, name) = source.split_once("source = \"").unwrap();
    let (name, _) = name.split_once('"').unwrap();
    let mut bytes = fs::read(name).unwrap();
    // A custom section with an empty name.
    bytes.extend([0, 1, 0]);
    fs::write(&wasm, bytes).unwrap();
    fs::write(&manifest, source.replace(name, wasm.to_str().unwrap())).unwrap();
    assert_eq!(compile(&[&cache]), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_written_harms_nobody() {
    let folder = Folder::new(&front("")).await;
    let logs = folder.state().join("logs");
    fs::create_dir(&logs).unwrap();
    // Writing to it fails as on a disk that is full.
    for stream in ["stdout", "stderr"] {
        std::os::unix::fs::symlink("/dev/full", logs.join(format!("front_{stream}.txt"))).unwrap();
    }
    let mut options = folder.options();
    options.quiet = false;
    let app = serve(folder, options).await;
    for _ in 0..3 {
        assert_eq!(app.get("/print/lost").await.0, StatusCode::OK);
    }
}
