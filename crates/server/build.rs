//! Fetches the front-end packages by the committed lock file and turns them, with our own stylesheet and modules, into
//! assets that the binary carries: named after their content, compressed once, here.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, exit},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for input in ["build.rs", "web"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let packages = fetch(&out.join("web"));
    let mut assets = Assets { out: out.join("assets"), table: String::new(), names: String::new() };
    fs::create_dir_all(&assets.out).expect("the build directory can be written");
    assets.add("STYLE", "style.css", "text/css; charset=utf-8", read("web/style.css").as_bytes());
    assets.add("BOARD", "board.js", "text/javascript; charset=utf-8", read("web/board.js").as_bytes());
    assets.add("HTMX", "htmx.js", "text/javascript; charset=utf-8", htmx(&packages).as_bytes());
    assets.add("FAVICON", "favicon.svg", "image/svg+xml", read("web/favicon.svg").as_bytes());
    let names = read("web/icons.txt");
    let icons: Vec<&str> = names.split_whitespace().collect();
    let sprite = assets.add("", "icons.svg", "image/svg+xml", sprite(&packages, &icons).as_bytes());
    assets.write(&out.join("assets.rs"), &sprite, &icons);
}

/// `npm ci` into the build directory, only when the lock file differs from the one that was last installed; so a
/// second build needs no network.
fn fetch(into: &Path) -> PathBuf {
    let lock = read("web/package-lock.json");
    let packages = into.join("node_modules");
    let stamp = into.join("installed-lock.json");
    if packages.is_dir() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return packages;
    }
    fs::create_dir_all(into).expect("the build directory can be written");
    for file in ["package.json", "package-lock.json"] {
        fs::write(into.join(file), read(format!("web/{file}"))).expect("the build directory can be written");
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let arguments = ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    match Command::new(npm).args(arguments).current_dir(into).output() {
        Ok(done) if done.status.success() => {}
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stderr);
            let said = said.lines().find(|line| line.contains("npm error")).unwrap_or("it gave no reason");
            stop(&format!("npm could not fetch the front-end packages named in crates/server/web/package-lock.json: {said}"));
        }
        Err(error) => stop(&format!(
            "npm is needed to fetch the two front-end packages of the pages and could not be started ({error}); \
             install Node.js 18 or later from https://nodejs.org or by `apt-get install npm` or `brew install node`, then build again"
        )),
    }
    fs::write(&stamp, lock).expect("the build directory can be written");
    packages
}

fn stop(sentence: &str) -> ! {
    println!("cargo::error={sentence}");
    exit(1)
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| stop(&format!("{}: {error}", path.display())))
}

/// The library and the extension that we use of it, in one file. Their source maps are not shipped.
fn htmx(packages: &Path) -> String {
    ["htmx.min.js", "ext/hx-sse.min.js"]
        .map(|file| read(packages.join("htmx.org/dist").join(file)))
        .map(|text| text.lines().filter(|line| !line.starts_with("//# sourceMappingURL")).collect::<Vec<_>>().join("\n"))
        .join(";\n")
}

/// One SVG with the icons of `web/icons.txt`; the strokes are the stylesheet's.
fn sprite(packages: &Path, icons: &[&str]) -> String {
    let mut sprite =
        "<!-- icons: Lucide, ISC licence, https://lucide.dev/license -->\n<svg xmlns=\"http://www.w3.org/2000/svg\">\n".to_owned();
    for icon in icons {
        let text = read(packages.join("lucide-static/icons").join(format!("{icon}.svg")));
        let shapes = text.split_once("<svg").and_then(|(_, svg)| svg.split_once('>')).and_then(|(_, rest)| rest.rsplit_once("</svg>"));
        let Some((shapes, _)) = shapes else { stop(&format!("the icon {icon} is not an SVG")) };
        let shapes: String = shapes.lines().map(str::trim).collect();
        writeln!(sprite, "<symbol id=\"{icon}\" viewBox=\"0 0 24 24\">{shapes}</symbol>").expect("a string takes everything");
    }
    sprite + "</svg>\n"
}

struct Assets {
    out: PathBuf,
    table: String,
    names: String,
}

impl Assets {
    /// Writes the file and its compressed twin; returns the path under which it is served.
    fn add(&mut self, constant: &str, name: &str, content_type: &str, content: &[u8]) -> String {
        let hash = Sha256::digest(content).iter().take(6).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        let (stem, extension) = name.split_once('.').expect("every asset has an extension");
        let path = format!("/assets/{stem}-{hash}.{extension}");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content).expect("memory takes everything");
        fs::write(self.out.join(name), content).expect("the build directory can be written");
        fs::write(self.out.join(format!("{name}.gz")), gzip.finish().expect("memory takes everything"))
            .expect("the build directory can be written");
        writeln!(
            self.table,
            "    Asset {{ path: {path:?}, content_type: {content_type:?}, plain: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/assets/{name}\")), \
             gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/assets/{name}.gz\")) }},"
        )
        .expect("a string takes everything");
        if !constant.is_empty() {
            writeln!(self.names, "pub(crate) const {constant}: &str = {path:?};").expect("a string takes everything");
        }
        path
    }

    /// The icons become constants, so that a name that does not exist does not compile and one that nobody uses warns.
    fn write(self, to: &Path, sprite: &str, icons: &[&str]) {
        let mut code = format!("{}static ASSETS: &[Asset] = &[\n{}];\npub(crate) mod icon {{\n", self.names, self.table);
        for icon in icons {
            let constant = icon.replace('-', "_").to_uppercase();
            writeln!(code, "    pub(crate) const {constant}: super::Icon = super::Icon(\"{sprite}#{icon}\");")
                .expect("a string takes everything");
        }
        fs::write(to, code + "}\n").expect("the build directory can be written");
    }
}
