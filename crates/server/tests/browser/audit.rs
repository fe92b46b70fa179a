//! Accessibility by axe-core, in both languages, light and dark. What it cannot decide by itself is printed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value as Json;

use crate::driver::{Screen, Tab};

/// axe-core, of the version in the lock file.
fn axe() -> &'static str {
    static AXE: OnceLock<String> = OnceLock::new();
    AXE.get_or_init(|| fs::read_to_string(packages().join("axe-core/axe.min.js")).expect("axe is installed"))
}

fn packages() -> PathBuf {
    let (web, into) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("web"), Path::new(env!("CARGO_TARGET_TMPDIR")).join("web"));
    let lock = fs::read(web.join("package-lock.json")).expect("a lock file");
    let stamp = into.join("installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return into.join("node_modules");
    }
    fs::create_dir_all(&into).expect("the folder can be made");
    for file in ["package.json", "package-lock.json"] {
        fs::copy(web.join(file), into.join(file)).expect("can be copied");
    }
    let npm = Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&into).status();
    assert!(npm.expect("npm starts").success(), "npm could not fetch axe-core");
    fs::write(&stamp, lock).expect("can be written");
    into.join("node_modules")
}

pub(crate) async fn in_every_look(tab: &Tab, screen: Screen, what: &str) {
    for language in ["de", "en"] {
        tab.submit(&format!("button[value={language}]")).await;
        for theme in ["light", "dark"] {
            tab.submit(&format!("button[value={theme}]")).await;
            page(tab, screen, &format!("{what}, {language}, {theme}")).await;
        }
    }
}

pub(crate) async fn page(tab: &Tab, screen: Screen, what: &str) {
    tab.run(axe()).await;
    let found = tab
        .run_async(
            "const done = arguments[0];
             const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
             const short = (rules) => rules.map((rule) => [rule.id, ...rule.nodes.map((node) => node.target.join(' '))]);
             axe.run(document, {runOnly: tags}).then((it) => done({violations: short(it.violations), incomplete: short(it.incomplete), passes: it.passes.length}));",
        )
        .await;
    assert_eq!(found["violations"], Json::Array(vec![]), "{what} on {screen:?}");
    assert!(found["passes"].as_u64().is_some_and(|passes| passes > 15), "{what}: axe looked at nothing: {found}");
    eprintln!("{what} on {screen:?}: {} rules kept; undecided: {}", found["passes"], found["incomplete"]);
    let wider = tab.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
    assert_eq!(wider, 0, "{what} on {screen:?} has to be scrolled sideways");
}
