use std::collections::BTreeSet;

use super::*;
use crate::voice_agent::{ToolCall, ToolRequest};

const URL: &str = "https://x.example/intake/retell/k";

fn parameters_of(platform: VoicePlatform, tool: Tool) -> Value {
    let definition = platform.tool_definition(tool, URL);
    let function = if platform == VoicePlatform::Vapi { &definition["function"] } else { &definition };
    assert_eq!(function["name"], tool.as_str());
    assert!(function["description"].as_str().is_some_and(|text| text.len() > 40));
    let url = if platform == VoicePlatform::Vapi { &definition["server"]["url"] } else { &definition["url"] };
    assert_eq!(url, URL);
    function["parameters"].clone()
}

#[test]
fn both_platforms_get_the_same_four_tools() {
    for platform in VoicePlatform::ALL {
        assert_eq!(platform.tool_definitions(URL).as_array().map(Vec::len), Some(4));
    }
    for tool in Tool::ALL {
        let parameters = parameters_of(VoicePlatform::Retell, tool);
        assert_eq!(parameters, parameters_of(VoicePlatform::Vapi, tool));
        assert_eq!(parameters["type"], "object");
        let properties: BTreeSet<_> = parameters["properties"].as_object().expect("properties").keys().collect();
        let required: BTreeSet<_> = parameters["required"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        assert!(required.iter().all(|name| properties.iter().any(|property| property == name)), "{tool}");
    }
}

/// A value of the wrong kind for each property: what is not read would not be refused.
#[test]
fn every_parameter_that_is_offered_is_read() {
    for tool in Tool::ALL {
        let parameters = parameters_of(VoicePlatform::Retell, tool);
        for property in parameters["properties"].as_object().expect("properties").keys() {
            let read = |value| {
                let arguments = Ok(serde_json::Map::from_iter([(property.clone(), value)]));
                ToolRequest::read(&ToolCall { id: None, name: tool.to_string(), arguments, call: None }, "DE")
            };
            match read(json!([])) {
                Err(wrong) => assert!(wrong.to_string().contains(&format!("{property}: ")), "{tool}: {wrong}"),
                // Told along: left out where it is no text.
                Ok(_) => assert!(format!("{:?}", read(json!("told along"))).contains("told along"), "{tool}: {property}"),
            }
        }
        let required: Vec<_> = parameters["required"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        let empty = ToolCall { id: None, name: tool.to_string(), arguments: Ok(serde_json::Map::new()), call: None };
        assert_eq!(ToolRequest::read(&empty, "DE").is_err(), !required.is_empty(), "{tool}");
    }
}
