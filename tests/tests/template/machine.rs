//! The state machine of the archive pass, its schedules, and the alarms that follow them.

use audit_compact::Task;
use audit_runtime::metrics::Metric;
use serde_json::json;
use yaml_serde::Value;

use crate::template;

fn text(value: &Value) -> String {
    yaml_serde::to_string(value).unwrap()
}

/// The states of a definition and of the maps in it.
fn states(definition: &Value) -> Vec<&Value> {
    let own = definition["States"].as_mapping().unwrap().values();
    own.flat_map(|state| {
        let inner = state.get("ItemProcessor").map(states).unwrap_or_default();
        std::iter::once(state).chain(inner)
    })
    .collect()
}

fn definition() -> Value {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/archive.asl.json")).unwrap();
    // The template puts a number here.
    yaml_serde::from_str(&text.replace("${ArchiveConcurrency}", "1")).unwrap()
}

#[test]
fn the_machine_may_do_what_its_states_do_on_compact_and_itself_and_nothing_else() {
    let (template, definition) = (template(), definition());
    let mut used: Vec<_> = states(&definition)
        .iter()
        .filter_map(|state| state.get("Resource")?.as_str())
        .map(|resource| match resource {
            "${CompactFunctionArn}" => "lambda:InvokeFunction",
            "arn:${Partition}:states:::states:startExecution" => "states:StartExecution",
            other => panic!("{other}"),
        })
        .collect();
    used.sort_unstable();
    used.dedup();
    let resources = &template["Resources"];
    let role = &resources["ArchivePassRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
    let allowed = role.as_sequence().unwrap().iter().filter(|statement| statement["Sid"].as_str() != Some("Logs"));
    let allowed: Vec<_> =
        allowed.map(|statement| (statement["Action"].as_str().unwrap(), text(&statement["Resource"]))).collect();
    let mut actions: Vec<_> = allowed.iter().map(|(action, _)| *action).collect();
    actions.sort_unstable();
    assert_eq!(actions, used);
    // A reference to the machine itself would be a circle: the machine needs the role.
    let name = text(&resources["ArchivePass"]["Properties"]["Name"]);
    let name = name.trim().trim_start_matches("!Sub ").trim_matches('\'').to_owned();
    for (action, resource) in &allowed {
        let expected = match *action {
            "states:StartExecution" => format!(":stateMachine:{name}"),
            _ => "CompactFunction.Arn".to_owned(),
        };
        assert!(resource.trim().trim_matches('\'').ends_with(&expected), "{action} on {resource}, not {expected}");
        assert!(!resource.contains('*'), "{action} on {resource}");
    }
}

#[test]
fn the_tasks_that_the_machine_gives_are_tasks_of_the_function() {
    let definition = definition();
    let mut given = Vec::new();
    for state in states(&definition) {
        if state.get("Resource").and_then(Value::as_str) != Some("${CompactFunctionArn}") {
            continue;
        }
        let mut task = json!({});
        for (name, value) in state["Parameters"].as_mapping().unwrap() {
            let name = name.as_str().unwrap();
            task[name.trim_end_matches(".$")] = match name {
                "task" => value.as_str().unwrap().into(),
                "start.$" => "acme".into(),
                "force.$" => true.into(),
                "worker.$" => "an execution".into(),
                "chunk.$" => json!({"after": null, "through": "acme"}),
                other => panic!("{other}"),
            };
        }
        given.push(format!("{:?}", serde_json::from_value::<Task>(task).unwrap()));
    }
    assert!(matches!(&given[..], [a, b] if a.starts_with("List") && b.starts_with("ArchiveChunk")), "{given:?}");
}

#[test]
fn every_schedule_has_alarms_that_fit_it() {
    let template = template();
    let schedules = template["Mappings"]["ArchiveSchedules"].as_mapping().unwrap();
    let offered = template["Parameters"]["ArchiveSchedule"]["AllowedValues"].as_sequence().unwrap();
    assert!(schedules.keys().eq(offered.iter()), "the template and the code list different schedules");
    for (name, schedule) in schedules {
        let number = |key: &str| schedule[key].as_i64().unwrap_or_else(|| panic!("{name:?} has no {key}"));
        let period = number("PeriodSeconds");
        // Rows of a day are archived by the first pass of the next one, or the one after that.
        assert_eq!(number("LagSeconds"), 86_400 + 2 * period, "{name:?}");
        // An attempt that is older than the next pass is useless.
        assert!(number("RetrySeconds") < period, "{name:?}");
        // The longest period that CloudWatch evaluates.
        assert!(
            (2..=3).contains(&number("SilentPeriods")) && number("SilentPeriods") * period <= 7 * 86_400,
            "{name:?}"
        );
    }
}

#[test]
fn alarms_of_the_pass_follow_the_schedule() {
    let template = template();
    for alarm in ["ArchiveLagAlarm", "ArchiveSilentAlarm", "PassesFailedAlarm", "RowsQuarantinedAlarm"] {
        let period = text(&template["Resources"][alarm]["Properties"]["Period"]);
        assert!(period.contains("ArchiveSchedules") && period.contains("PeriodSeconds"), "{alarm}: {period}");
    }
    let failed = text(&template["Resources"]["ArchiveFailedAlarm"]["Properties"]);
    assert_eq!(failed.matches("Period: !FindInMap").count(), failed.matches("MetricStat").count(), "{failed}");
    let lag = &template["Resources"]["ArchiveLagAlarm"]["Properties"];
    assert!(text(&lag["Threshold"]).contains("LagSeconds"));
    let schedule = text(&template["Resources"]["Schedule"]["Properties"]);
    assert!(["Expression", "RetrySeconds"].iter().all(|key| schedule.contains(key)), "{schedule}");
}

#[test]
fn the_orgs_behind_an_alarm_are_named_by_a_rule_over_the_lines_of_its_metric() {
    let template = template();
    for (rule, alarm, metric) in [
        ("PassesFailedOrgs", "PassesFailedAlarm", Metric::PassesFailed),
        ("ArchiveLagOrgs", "ArchiveLagAlarm", Metric::ArchiveLagSeconds),
    ] {
        let properties = &template["Resources"][rule]["Properties"];
        let body = text(&properties["RuleBody"]);
        let name = text(&properties["RuleName"]).replace("!Sub", "").trim().trim_matches('\'').to_owned();
        assert!(body.contains(&format!("$.{}", metric.name())) && body.contains("$.org_id"), "{body}");
        assert!(body.contains("${CompactLogs}"), "{body}");
        let alarm = &template["Resources"][alarm]["Properties"];
        assert_eq!(alarm["MetricName"].as_str(), Some(metric.name()));
        assert!(text(&alarm["AlarmDescription"]).contains(&name), "the alarm does not state where the orgs are listed");
    }
}
