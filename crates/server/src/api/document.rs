//! The OpenAPI document: what the handlers say of themselves, and what is true of all of them.

mod precise;

use utoipa::{
    Modify, OpenApi as _,
    openapi::{
        ContentBuilder, HeaderBuilder, OpenApi, RefOr, Required, Response, ResponseBuilder,
        path::{Operation, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Ref, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::errors::{PROBLEM_JSON, Problem};

const ABOUT: &str = "No missed call and no request for a call is ever forgotten.

**Tokens.** Every request carries `Authorization: Bearer TOKEN`; only this document and the page that shows it are for everybody.

**How often.** Every answer has `X-RateLimit-Limit`, the requests of a minute, and `X-RateLimit-Remaining`. With a valid token they are the \
token's; without one (also the 401 itself) they are those of the address that asks. All of a minute may come at once; then they come back \
evenly. Beyond that: 429, with `Retry-After` in seconds.

**Lists** are asked for by `page` and `per_page` (20 unless told, 100 at most; some also by `limit`, as they say themselves), or by `cursor`, the `meta.next_cursor` of the answer before. \
`meta.total` is exact up to 10,000; beyond, `meta.total_estimated` is true and there are more.

**Errors** are problem documents (RFC 9457). With 422, `errors` names every field and parameter that is wrong, each with a `code` for \
programs: `required`, `unknown`, `read_only`, `type`, `format`, `range`, `choice`, `repeated`, `reference` or `conflict`.";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Ringback",
        description = ABOUT,
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
        contact()
    ),
    components(schemas(Problem)),
    modifiers(&Token)
)]
struct Frame;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token of `ringback token create`. Scopes: read, write, admin, operator; each includes the ones before it.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

pub fn openapi() -> OpenApi {
    let (_, nouns) = super::nouns().split_for_parts();
    let mut document = Frame::openapi().nest("/api/v1", nouns);
    let components = document.components.get_or_insert_default();
    components.schemas.values_mut().for_each(precise::schema);
    let all = document.paths.paths.values().flat_map(|it| [&it.post, &it.put, &it.patch]).flatten().collect::<Vec<_>>();
    precise::close_bodies(&all, &mut components.schemas);
    for item in document.paths.paths.values_mut() {
        // One handler serves PATCH and PUT; an operation's id is there once.
        if let Some(id) = item.put.as_mut().and_then(|put| put.operation_id.as_mut()) {
            *id = id.replacen("change_", "put_", 1);
        }
        if let Some(post) = &mut item.post {
            post.parameters.get_or_insert_default().push(RefOr::T(idempotency_key()));
        }
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            precise::parameters(operation);
            precise::body(operation, &components.schemas);
            complete(operation);
        }
    }
    document
}

/// As `ringback openapi` prints it and `docs/api/openapi.json` keeps it.
pub fn document() -> String {
    let mut text = openapi().to_pretty_json().expect("the document is plain JSON");
    text.push('\n');
    text
}

/// Printable ASCII, quoted or bare.
const KEY: &str = r#"^("[ !#-~]{1,253}"|[!#-~]([ !#-~]{0,253}[!#-~])?)$"#;

fn idempotency_key() -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The same key and request within 24 hours are answered, not done, again."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(255)).pattern(Some(KEY))))
        .build()
}

/// Every answer tells the rate limit; everything that goes wrong is a problem document.
fn complete(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            let done = match status.as_str() {
                "201" => "Made",
                "204" => "Done; there is nothing to show",
                _ => "What was asked for",
            };
            done.clone_into(&mut response.description);
            tell_limit(response);
        }
    }
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let mut problem = ResponseBuilder::new().description("What went wrong").content(PROBLEM_JSON, problem).build();
    tell_limit(&mut problem);
    operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
}

fn tell_limit(response: &mut Response) {
    for name in ["X-RateLimit-Limit", "X-RateLimit-Remaining"] {
        let header = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::Integer))).build();
        response.headers.insert(name.to_owned(), RefOr::T(header));
    }
}
