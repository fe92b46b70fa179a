//! What the README asks a newcomer to type works as it stands there.

use std::collections::BTreeMap;

use axum::http::Method;
use ringback_domain::access::Scope;

use super::bench::Api;

const README: &str = include_str!("../../../../../README.md");

/// `curl -H "$AUTH" --json '…' $API/path` with its body, `-X POST` without one; else it reads.
struct Example {
    path: String,
    reads: bool,
    body: Option<String>,
}

fn examples() -> Vec<Example> {
    let blocks = README.split("```sh\n").skip(1).map(|rest| rest.split("```").next().expect("a block has an end"));
    let of_block = |block: &'static str| block.split("curl -H \"$AUTH\" ").skip(1).map(read);
    blocks.flat_map(of_block).collect()
}

fn read(command: &str) -> Example {
    let (_, path) = command.split_once("$API/").expect("an address");
    let path = path.split(['\n', '"']).next().expect("a path");
    let body = command.split_once("--json '").map(|(_, rest)| rest.split_once('\'').expect("a closing quote").0.to_owned());
    Example { path: path.to_owned(), reads: body.is_none() && !command.starts_with("-X POST "), body }
}

#[tokio::test]
async fn every_example_of_the_readme_works_in_its_order() {
    let examples = examples();
    assert!(examples.len() >= 8, "{}", examples.len());
    for api in Api::each().await {
        let mut made: BTreeMap<String, String> = BTreeMap::new();
        for it in &examples {
            // What the reader has of his carrier is left out in the README.
            let fill = |text: &str| made.iter().fold(text.replace('…', "mine"), |text, (name, id)| text.replace(name, id));
            let path = format!("/api/v1/{}", fill(&it.path));
            if it.reads {
                assert_eq!(api.get(&path).await.data(200)[0]["staff"]["name"], "Lena", "{path}");
                continue;
            }
            let body = it.body.as_ref().map(|body| serde_json::from_str(&fill(body)).unwrap_or_else(|error| panic!("{path}: {error}")));
            let answer = api.ask(Method::POST, &path, Scope::Admin, body).await;
            assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text);
            let of = it.path.rsplit('/').next().expect("a name").trim_end_matches("es").trim_end_matches('s').to_uppercase();
            made.insert(format!("THE-{of}"), answer.body["data"]["id"].as_str().expect("an id").to_owned());
        }
    }
}
