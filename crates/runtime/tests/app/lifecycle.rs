//! From the first start to the last answer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
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
        files.collect::<Vec<_>>()
    };

    load().await;
    let [file] = <[_; 1]>::try_from(kept()).unwrap();
    fs::write(cache.join("of-an-earlier-build.cwasm"), "").unwrap();
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    load().await;
    assert_eq!(kept().as_slice(), std::slice::from_ref(&file));
    assert_eq!(
        fs::metadata(&file).unwrap().modified().unwrap(),
        written,
        "used as it is"
    );

    fs::write(&file, "damaged").unwrap();
    load().await;
    assert!(fs::metadata(&file).unwrap().len() > 1000, "replaced");

    fs::remove_file(&file).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o770)).unwrap();
    load().await;
    assert!(kept().is_empty(), "not trusted");
}
