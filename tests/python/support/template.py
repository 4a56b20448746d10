"""A template of the stack: functions with their environment and routes, the state machine, the schedule, the tables."""

import json
import os

import yaml

# The names of the stack's resources in `audit serve`.
LOCAL_NAMES = {
    "OrgsTable": "audit-orgs",
    "EventsTable": "audit-events",
    "LedgerTable": "audit-ledger",
    "SessionsTable": "audit-sessions",
    "ArchiveBucket": "audit-archive",
    "StagingBucket": "audit-staging",
    "LogKey": "local-log-key",
}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, read as the long ones."""


def _intrinsic(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    construct = loader.construct_sequence if isinstance(node, yaml.SequenceNode) else loader.construct_mapping
    return {name: construct(node, deep=True)}


Loader.add_multi_constructor("!", _intrinsic)


class Template:
    """A template, built or not, with the defaults of its parameters."""

    def __init__(self, path):
        self.folder = os.path.dirname(path)
        with open(path, encoding="utf-8") as file:
            self.body = yaml.load(file, Loader)
        self.resources = self.body["Resources"]
        self.parameters = {name: body.get("Default") for name, body in self.body["Parameters"].items()}

    def of_type(self, kind):
        return {name: body for name, body in self.resources.items() if body["Type"] == kind}

    def is_true(self, condition):
        """Whether a condition is true; `condition` is its name or its body."""
        if isinstance(condition, str):
            return self.is_true(self.body["Conditions"][condition])
        ((name, value),) = condition.items()
        match name:
            case "Condition":
                return self.is_true(value)
            case "Fn::Not":
                return not self.is_true(value[0])
            case "Fn::Equals":
                return str(self.value(value[0])) == str(self.value(value[1]))
        raise ValueError(f"{name} is not supported here")

    def value(self, value):
        """A value with its intrinsic functions evaluated. AWS::NoValue is None."""
        if not (isinstance(value, dict) and len(value) == 1):
            return value
        ((name, inner),) = value.items()
        match name:
            case "Ref" if inner == "AWS::NoValue":
                return None
            case "Ref" if inner == "AWS::Partition":
                return "aws"
            case "Ref" if inner in self.parameters:
                return self.parameters[inner]
            case "Ref":
                return LOCAL_NAMES[inner]
            case "Fn::If":
                return self.value(inner[1] if self.is_true(inner[0]) else inner[2])
            case "Fn::Sub" if isinstance(inner, str):
                return inner
            case "Fn::GetAtt" if inner[0] in LOCAL_NAMES:
                return LOCAL_NAMES[inner[0]]
            case "Fn::GetAtt" if inner[1] == "Arn":
                return f"arn:aws:lambda:us-east-1:123456789012:function:{inner[0]}"
        raise ValueError(f"{name} is not supported here")

    def functions(self):
        globals_ = self.body.get("Globals", {}).get("Function", {})
        return [
            Function(self, name, {**globals_, **body["Properties"]}, body.get("Metadata", {}))
            for name, body in self.of_type("AWS::Serverless::Function").items()
        ]

    def state_machine(self):
        """The only definition, with its substitutions."""
        (body,) = self.of_type("AWS::Serverless::StateMachine").values()
        properties = body["Properties"]
        with open(os.path.join(self.folder, properties["DefinitionUri"]), encoding="utf-8") as file:
            text = file.read()
        for name, value in properties.get("DefinitionSubstitutions", {}).items():
            text = text.replace("${%s}" % name, str(self.value(value)))
        return json.loads(text)

    def schedule_input(self):
        (body,) = self.of_type("AWS::Scheduler::Schedule").values()
        return json.loads(body["Properties"]["Target"]["Input"])


class Function:
    """One function as it is deployed."""

    def __init__(self, template, name, properties, metadata):
        self.name = name
        self.arn = template.value({"Fn::GetAtt": [name, "Arn"]})
        self.binary = metadata["BuildProperties"]["Binary"]
        self.bootstrap = os.path.abspath(os.path.join(template.folder, properties["CodeUri"], properties["Handler"]))
        self.timeout_s, self.memory_mb = properties["Timeout"], properties["MemorySize"]
        self.runtime = properties["Runtime"]
        self.architectures = [template.value(value) for value in properties["Architectures"]]
        variables = properties["Environment"]["Variables"]
        named = {key: template.value(value) for key, value in variables.items()}
        self.environment = {key: value for key, value in named.items() if value is not None}
        self.routes = [
            (event["Properties"]["Method"], event["Properties"]["Path"], self._authorized(event["Properties"]))
            for event in properties.get("Events", {}).values()
            if event["Type"] == "HttpApi"
        ]

    @staticmethod
    def _authorized(route):
        return route.get("Auth", {}).get("Authorizer") != "NONE"
