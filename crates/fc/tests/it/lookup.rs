//! How a handler is found (`spec/fc.md` §1.2), and what stays out of the code directory.

use serde_json::json;

use crate::bench::Bench;

const ANSWER: &str = "def handler(event, context):\n    return __name__\n";

#[tokio::test]
async fn a_module_in_a_folder_is_named_with_slashes_or_dots() {
    for handler in [
        "folder/mod.handler",
        "folder.mod.handler",
        "./folder/mod.handler",
    ] {
        let bench = Bench::returning("1")
            .file("folder/mod.py", ANSWER)
            .handler(handler);
        assert_eq!(bench.answer().await, "folder.mod", "{handler}");
    }
}

#[tokio::test]
async fn a_package_may_hold_the_handler() {
    let bench = Bench::returning("1")
        .file("package/__init__.py", ANSWER)
        .handler("package.handler");
    assert_eq!(bench.answer().await, "package");
}

#[tokio::test]
async fn a_failed_import_is_tried_again() {
    let source = "\
import os
place = os.environ['TMPDIR'] + '/tried'
if not os.path.exists(place):
    os.mkdir(place)
    raise ImportError('not yet')
def handler(event, context):
    return 'found'
";
    let bench = Bench::new(source);
    let mut instance = bench.start().await;
    let outcome = instance.invoke(bench.invocation.clone()).await;
    assert!(outcome.error.is_some());
    assert_eq!(
        instance.invoke(bench.invocation.clone()).await.body,
        "found"
    );
}

#[tokio::test]
async fn the_code_directory_comes_first_and_is_the_working_directory() {
    let bench = Bench::new(
        "import os, sys\nimport colorsys\ndef handler(event, context):\n    return [sys.path[0], os.getcwd(), colorsys.WHOSE]\n",
    )
    .file("colorsys.py", "WHOSE = 'mine'\n");
    assert_eq!(
        bench.json().await,
        serde_json::json!(["/code", "/code", "mine"])
    );
}

#[tokio::test]
async fn nothing_is_left_among_the_code() {
    let source =
        "import folder.mod\ndef handler(event, context):\n    return folder.mod.__cached__\n";
    let bench = Bench::new(source).file("folder/mod.py", "");
    bench.run().await;
    let entries = |path: std::path::PathBuf| {
        let mut names: Vec<_> = std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(entries(bench.folder()), ["folder", "index.py"]);
    assert_eq!(entries(bench.folder().join("folder")), ["mod.py"]);
}

#[tokio::test]
async fn a_single_file_stands_alone() {
    let mut bench =
        Bench::new("import os\ndef handler(event, context):\n    return sorted(os.listdir())\n")
            .file("neighbour.py", "");
    bench.function.code = bench.folder().join("index.py");
    assert_eq!(bench.json().await, serde_json::json!(["index.py"]));
}

#[tokio::test]
async fn code_that_is_not_there_is_an_error_before_anything_runs() {
    use fc::Runtime;
    let mut bench = Bench::returning("1");
    bench.function.code = bench.folder().join("absent");
    let error = crate::bench::python(fc::SandboxLevel::None)
        .await
        .start(&bench.function, &bench.launch)
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("cannot read the code at `"),
        "{error}"
    );
}

/// <https://help.aliyun.com/zh/functioncompute/fc/user-guide/deploy-a-code-package-3>: `PYTHONUSERBASE=/code/python`.
#[tokio::test]
async fn packages_of_a_user_base_come_behind_the_standard_library() {
    let source = "import colorsys, vendored\ndef handler(event, context):\n    return [vendored.__file__, colorsys.__file__]\n";
    let (major, minor, _) = crate::bench::python(fc::SandboxLevel::Auto)
        .await
        .interpreter()
        .version();
    // As installed with the cloud's Python, and with this one.
    for version in ["3.10".to_owned(), format!("{major}.{minor}")] {
        let folder = format!("python/lib/python{version}/site-packages");
        let mut bench = Bench::new(source)
            .file(&format!("{folder}/vendored.py"), "")
            .file(&format!("{folder}/colorsys.py"), "");
        let base = ("PYTHONUSERBASE".to_owned(), "/code/python".to_owned());
        bench.function.environment.extend([base]);
        let found = bench.json().await;
        assert_eq!(found[0], format!("/code/{folder}/vendored.py"));
        let standard = found[1].as_str().unwrap();
        assert!(!standard.starts_with("/code/"), "{standard}");
    }
}

#[tokio::test]
async fn libraries_are_looked_for_in_the_code() {
    let bench = Bench::returning("__import__('os').environ['LD_LIBRARY_PATH']");
    assert_eq!(bench.answer().await, "/code:/code/lib:/usr/local/lib");
}

#[tokio::test]
async fn processes_are_spawned_from_nothing() {
    let source = "\
import multiprocessing
def work(queue):
    queue.put('worked')
def handler(event, context):
    spawning = multiprocessing.get_context('spawn')
    queue = spawning.SimpleQueue()
    process = spawning.Process(target=work, args=(queue,))
    process.start()
    process.join()
    return queue.get() if process.exitcode == 0 else process.exitcode
";
    assert_eq!(Bench::new(source).answer().await, "worked");
}

#[tokio::test]
async fn a_process_that_was_just_forked_can_be_ended() {
    let source = "\
import multiprocessing, time
def handler(event, context):
    forking = multiprocessing.get_context('fork')
    codes = []
    for _ in range(300):
        process = forking.Process(target=time.sleep, args=(600,))
        process.start()
        process.terminate()
        process.join()
        codes.append(process.exitcode)
    return sorted(set(codes))
";
    assert_eq!(Bench::new(source).json().await, json!([-15]));
}
