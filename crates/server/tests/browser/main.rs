//! The board in a real browser: a miss is returned before one's eyes, nobody is shut out by colours, sizes or scripts,
//! and the README gets its picture. Needs Debian's chromium and chromium-driver; `cargo xtask test` runs it.

mod audit;
mod demo;
mod driver;

use std::{env, fs, path::Path};

use demo::Demo;
use driver::{Driver, Screen, Tab};

const IGNORED: &str = "the browser test runs by `cargo xtask test`, or with chromedriver on PATH and `--ignored`";

#[tokio::test]
#[ignore = "needs Chromium and its driver; `cargo xtask test` runs it"]
async fn a_miss_is_returned_before_ones_eyes() {
    let demo = Demo::start();
    let driver = Driver::start();
    let tab = driver.open(Screen::Desktop).await;
    let outcome = tokio::spawn({
        let tab = tab.clone();
        async move {
            sign_in(&tab, &demo).await;
            watch_a_miss_being_returned(&tab).await;
            the_focused_element_is_left_alone(&tab).await;
            call_somebody_off(&tab).await;
            picture(&tab).await;
            nothing_is_left_behind(&tab, &demo).await;
            tab.until("document.querySelector('#queue .act')", "somebody waits").await;
            drop(demo);
            tab.until("document.querySelector('#link').dataset.state === 'lost'", "the lost connection is said").await;
            assert!(tab.text("#link").await.starts_with("Connection lost – as of "));
            let shown = tab.run("return document.querySelector('#as-of-said').getClientRects().length").await;
            assert_eq!(shown, 0, "the time is said once");
            what_cannot_be_carried_out_is_said(&tab).await;
        }
    });
    let outcome = outcome.await;
    tab.close().await;
    outcome.expect("the browser test failed");
}

#[tokio::test]
#[ignore = "needs Chromium and its driver; `cargo xtask test` runs it"]
async fn everybody_can_read_every_page() {
    let demo = Demo::start();
    let driver = Driver::start();
    for screen in [Screen::Desktop, Screen::Phone] {
        let tab = driver.open(screen).await;
        let outcome = tokio::spawn({
            let (tab, demo) = (tab.clone(), demo.clone());
            async move {
                tab.go(&format!("{}/login", demo.url)).await;
                audit::in_every_look(&tab, screen, "sign-in").await;
                wrong_password(&tab, &demo).await;
                audit::page(&tab, screen, "sign-in refused").await;
                sign_in(&tab, &demo).await;
                tab.until("document.querySelector('#queue .row') && document.querySelector('#outcomes .act')", "all kinds of rows").await;
                audit::in_every_look(&tab, screen, "board").await;
                what_is_tapped_is_large_enough_and_nothing_overlaps(&tab, screen).await;
                what_came_of_a_move_is_in_sight(&tab, &demo, screen).await;
                tab.go(&format!("{}/board?show=on_hold", demo.url)).await;
                audit::page(&tab, screen, "board, filtered and empty").await;
            }
        });
        let outcome = outcome.await;
        tab.close().await;
        outcome.expect("the browser test failed");
    }
}

async fn sign_in(tab: &Tab, demo: &Demo) {
    tab.go(&format!("{}/login", demo.url)).await;
    tab.submit("button[value=en]").await;
    tab.enter("#email", &demo.email).await;
    tab.enter("#password", &demo.password).await;
    tab.submit("main button").await;
    tab.until("document.querySelector('#link').dataset.state === 'live'", "the board is live").await;
}

async fn wrong_password(tab: &Tab, demo: &Demo) {
    tab.enter("#email", &demo.email).await;
    tab.enter("#password", "not the password").await;
    tab.submit("main button").await;
    assert!(!tab.text("[role=alert]").await.is_empty());
}

/// One caller, from the queue over a channel to the outcomes, on one page that is never loaded again.
async fn watch_a_miss_being_returned(tab: &Tab) {
    // Kept by the page itself: a slow machine may look only after the call has ended.
    tab.run(
        "window.neverReloaded = true; window.calledBack = new Set();
         new MutationObserver(() => document.querySelectorAll('.channel.tone-info .number').forEach(it => calledBack.add(it.textContent)))
             .observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })",
    )
    .await;
    tab.until("document.querySelector('#queue .row .position')?.textContent === '1'", "somebody waits").await;
    let number = tab.run("return document.querySelector('#queue .row .number').textContent").await;
    let number = number.as_str().expect("a number");
    let among = |css: &str| format!("[...document.querySelectorAll('{css} .number')].some(it => it.textContent === '{number}')");
    tab.until(&format!("calledBack.has('{number}')"), "the caller is called back").await;
    tab.until(&format!("!({})", among("#queue")), "the caller waits no longer").await;
    tab.until(&among("#outcomes"), "the outcome is shown").await;
    assert_eq!(tab.run("return window.neverReloaded").await, true, "the page was loaded again");
}

async fn the_focused_element_is_left_alone(tab: &Tab) {
    tab.until("document.querySelectorAll('#queue .act').length >= 2", "two wait").await;
    tab.run(
        "window.held = [...document.querySelectorAll('#queue .act button')].at(-1); held.focus(); held.dataset.mine = 'yes';
         window.asOf = document.querySelector('#as-of').dateTime",
    )
    .await;
    tab.until("document.querySelector('#as-of').dateTime !== window.asOf", "an update came").await;
    let kept = tab.run("return !held.isConnected || (document.activeElement === held && held.dataset.mine === 'yes')").await;
    assert_eq!(kept, true, "an update took the focus or changed the focused element");
    let somewhere = tab.run("return document.activeElement !== document.body").await;
    assert_eq!(somewhere, true, "the keyboard fell back to the top of the page");
}

async fn call_somebody_off(tab: &Tab) {
    tab.until("document.querySelectorAll('#queue .act').length >= 2", "two wait").await;
    tab.run("[...document.querySelectorAll('#queue .act button')].at(-1).click()").await;
    tab.accept().await;
    tab.until("document.querySelector('#said').textContent.trim() !== ''", "what came of it is said").await;
    let said = tab.text("#said").await;
    // The dispatcher may have been faster: then that is what is said.
    assert!(said.starts_with("Cancelled.") || said.starts_with("Too late"), "{said}");
    assert_eq!(tab.run("return window.neverReloaded").await, true, "the page was loaded again");
}

/// Somebody else at the same computer goes back after a sign-out.
async fn nothing_is_left_behind(tab: &Tab, demo: &Demo) {
    tab.submit(".me button").await;
    tab.run("history.back()").await;
    tab.until("document.querySelector('#password') && !document.querySelector('.me')", "the way back leads to the sign-in").await;
    sign_in(tab, demo).await;
}

/// The server is gone: the row stays, and the page says that nothing came of it.
async fn what_cannot_be_carried_out_is_said(tab: &Tab) {
    let rows = tab.run("return document.querySelectorAll('#queue .row').length").await;
    tab.run("document.querySelector('#queue .act button').click()").await;
    tab.accept().await;
    tab.until("document.querySelector('#said .failed')", "what did not happen is said").await;
    assert!(tab.text("#said").await.starts_with("Not carried out: there is no connection"), "{}", tab.text("#said").await);
    assert_eq!(tab.run("return document.querySelectorAll('#queue .row').length").await, rows, "a row that nobody called off is gone");
}

async fn what_is_tapped_is_large_enough_and_nothing_overlaps(tab: &Tab, screen: Screen) {
    const OVERLAPPING: &str = "const box = (it) => it.getBoundingClientRect();
        const meet = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
        const groups = [document.querySelector('.heading'), ...document.querySelectorAll('.card')];
        return groups.filter((group) => [...group.children].some((one, at, all) => all.slice(at + 1).some((other) => meet(box(one), box(other)))
            || box(one).right > box(group).right + 0.5)).map((group) => group.textContent)";
    assert_eq!(tab.run(OVERLAPPING).await, serde_json::json!([]), "on {screen:?}");
    if screen == Screen::Phone {
        const SMALL: &str = "return [...document.querySelectorAll('#live a, .brand, .act button')]
            .filter((it) => it.getBoundingClientRect().height < 44).map((it) => it.textContent)";
        assert_eq!(tab.run("return matchMedia('(pointer: coarse)').matches").await, true);
        assert_eq!(tab.run(SMALL).await, serde_json::json!([]));
    }
}

/// With scripts the page stays where it is, without them it comes anew: either way the notice is on the screen.
async fn what_came_of_a_move_is_in_sight(tab: &Tab, demo: &Demo, screen: Screen) {
    const IN_SIGHT: &str = "const said = document.querySelector('#said').getBoundingClientRect();
        const seen = document.elementFromPoint(said.left + 12, said.top + 12);
        return said.height > 0 && said.top >= 0 && said.bottom <= window.innerHeight && seen?.id === 'said'";
    tab.until("document.querySelectorAll('#queue .act').length >= 2", "two wait").await;
    tab.run("const last = [...document.querySelectorAll('#queue .act button')].at(-1); last.scrollIntoView({block: 'end'}); last.click()")
        .await;
    tab.accept().await;
    tab.until("document.querySelector('#said').textContent.trim() !== ''", "what came of it is said").await;
    assert_eq!(tab.run(IN_SIGHT).await, true, "the notice has to be looked for on {screen:?}");
    tab.run("window.scrollTo(0, document.documentElement.scrollHeight)").await;
    assert_eq!(tab.run(IN_SIGHT).await, true, "the notice scrolls away on {screen:?}");
    audit::page(tab, screen, "board with a notice").await;
    tab.run("document.querySelector('#unsay').click()").await;
    assert_eq!(tab.run("return document.querySelector('#said').textContent + getComputedStyle(unsay).display").await, "none");
    tab.go(&format!("{}/board?said=cancelled", demo.url)).await;
    assert_eq!(tab.run(IN_SIGHT).await, true, "the notice is not on the first screen on {screen:?}");
}

/// Into the repository only when asked: a test run leaves the tree as it was.
async fn picture(tab: &Tab) {
    let wanted = "document.querySelectorAll('#queue .row').length >= 3 && document.querySelectorAll('#outcomes .row').length >= 4
        && document.querySelector('.channel.tone-info') && !document.querySelector('.channel.free')";
    tab.run("document.querySelector('#said').textContent = ''; document.activeElement.blur()").await;
    tab.until(wanted, "a lively board").await;
    let image = tab.screenshot().await;
    let image_file = if env::var_os("RINGBACK_TEST_PICTURE").is_some() {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images/board.png")
    } else {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("board.png")
    };
    fs::create_dir_all(image_file.parent().expect("a folder")).expect("can be made");
    fs::write(&image_file, image).expect("can be written");
    eprintln!("the picture of the board: {}", image_file.display());
}
