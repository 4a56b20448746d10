"""The emulated AWS: starts it, deploys the template with `sam`, runs commands and clients against it."""

import json
import os
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path

import boto3
from support.processes import free_port, wait_for

ROOT = Path(__file__).parents[3]
REGION = "us-east-1"
# The parameter without a default. No test acts as this principal.
BREAK_GLASS = "BreakGlassPrincipalArn=arn:aws:iam::000000000000:role/break-glass"


class Aws:
    """One emulator on the folder of its processes. Its state survives a clean stop.

    If strict, it requires TLS and IAM decides about every request. Otherwise it uses HTTP and grants every right.
    """

    def __init__(self, processes, python, port=None, strict=True):
        self.processes, self.folder, self.python, self.port = processes, processes.folder, python, port or free_port()
        self.process, self.authority = None, self.folder / "tls" / "ca.pem" if strict else None
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)

    @property
    def endpoint(self):
        return f"{'https' if self.authority else 'http'}://localhost:{self.port}"

    @property
    def environment(self):
        """The environment with which a client reaches only the emulator."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        if self.authority:
            kept |= dict.fromkeys(("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(self.authority))
        return kept | {
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "SAM_CLI_TELEMETRY": "0", "TMPDIR": str(self.folder / "tmp"),
        }  # fmt: skip

    def start(self):
        """Starts the emulator, with the state of its last clean stop."""
        environment = os.environ | {
            "TMPDIR": str(self.folder / "tmp"), "STATE_DIR": str(self.folder / "state"), "PERSIST_STATE": "1",
            "S3_DATA_DIR": str(self.folder / "s3"), "S3_PERSIST": "1",
            # The waits of the state machine take a tenth of their time.
            "SFN_WAIT_SCALE": "0.1",
        }  # fmt: skip
        command = [self.python, Path(__file__).with_name("emulator.py"), "--port", str(self.port)]
        command += ["--strict", self.authority.parent] if self.authority else []
        self.process, log = self.processes.start("emulator", command, environment)

        def responds():
            try:
                urllib.request.urlopen(f"{self.endpoint}/_ministack/health", context=self.trust(), timeout=5).close()
                return True
            except OSError:
                return False

        wait_for("the emulator", responds, self.process, log)

    def trust(self):
        """The TLS context of a client, None over HTTP. The emulator makes the authority when it starts."""
        return ssl.create_default_context(cafile=str(self.authority)) if self.authority else None

    def stop(self):
        """Stops the emulator cleanly: it saves its state."""
        assert self.processes.stop(self.process), "the emulator had to be killed, and its state is not saved"

    def kill(self):
        """Kills the emulator. Its tables are those of its last clean stop, and its buckets are newer."""
        self.process.kill()
        self.process.wait()

    def client(self, service, key=("test", "test")):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION,
            verify=str(self.authority) if self.authority else None, aws_access_key_id=key[0], aws_secret_access_key=key[1],
        )  # fmt: skip

    def run(self, *command, key=None, check=True, cwd=None, **variables):
        """Runs a command against the emulator. Returns its status and output."""
        environment = self.environment | {name: str(value) for name, value in variables.items()}
        if key:
            environment |= {"AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1]}
        done = subprocess.run(
            [str(word) for word in command], env=environment, cwd=cwd or self.folder, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def functions_of(self, name):
        """Process ids of the emulator's running instances of a function."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                parent = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
                environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if parent == self.process.pid and f"AWS_LAMBDA_FUNCTION_NAME={name}".encode() in environment:
                found.append(int(pid))
        return found


class Stack:
    """The deployed template."""

    def __init__(self, aws, built, name="audit-logs", environment="ci"):
        self.aws, self.name, self.environment, self.outputs = aws, name, environment, {}
        # What `sam deploy` finds in a checkout after `sam build`.
        self.project = aws.folder / f"project-{name}"
        (self.project / ".aws-sam").mkdir(parents=True, exist_ok=True)
        for link, to in (
            (".aws-sam/build", built),
            ("infra", ROOT / "infra"),
            ("samconfig.toml", ROOT / "samconfig.toml"),
        ):
            (self.project / link).unlink(missing_ok=True)
            (self.project / link).symlink_to(to)

    def deploy(self, *parameters):
        """Runs `sam deploy` with an environment of samconfig.toml, as a pipeline does, and reads the outputs again.

        Other parameters keep their values, except for those that the environment sets.
        """
        command = ["sam", "deploy", "--config-env", self.environment, "--stack-name", self.name]
        if parameters:
            command += ["--parameter-overrides", *parameters]
        done = self.aws.run(*command, cwd=self.project)
        self.read_outputs()
        return done.stdout

    def read_outputs(self):
        (stack,) = self.aws.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @property
    def host(self):
        """The host of the API, which is a part of what a caller signs."""
        api = self.outputs["ApiArn"].split(":")[-1].split("/")[0]
        return f"{api}.execute-api.localhost:{self.aws.port}"

    def role(self, logical_id):
        resources = self.aws.client("cloudformation").list_stack_resources(StackName=self.name)
        (found,) = [each for each in resources["StackResourceSummaries"] if each["LogicalResourceId"] == logical_id]
        return found["PhysicalResourceId"]

    @property
    def variables(self):
        """The variables that `audit check` and `audit ledger rebuild` read."""
        names = {"ORGS_TABLE": "OrgsTable", "EVENTS_TABLE": "EventsTable", "LEDGER_TABLE": "LedgerTable",
                 "ARCHIVE_BUCKET": "ArchiveBucket", "STAGING_BUCKET": "StagingBucket"}  # fmt: skip
        return {variable: self.outputs[name] for variable, name in names.items()}

    def archive(self, value='{"start": null, "force": true}'):
        """Runs the archive pass by the deployed state machine. Returns the execution after its end."""
        return self.wait(self.start_pass(value))

    def start_pass(self, value='{"start": null, "force": true}'):
        states = self.aws.client("stepfunctions")
        return states.start_execution(stateMachineArn=self.outputs["ArchivePass"], input=value)["executionArn"]

    def wait(self, execution):
        states, deadline = self.aws.client("stepfunctions"), time.monotonic() + 300
        while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline, f"{execution} does not end"
            time.sleep(0.1)
        return found

    def invoke_compact(self, task):
        response = self.aws.client("lambda").invoke(FunctionName=f"{self.name}-compact", Payload=json.dumps(task))
        payload = json.loads(response["Payload"].read())
        if response.get("FunctionError"):
            raise RuntimeError(payload.get("errorMessage"))
        return payload

    def hot_rows(self):
        return self.aws.client("dynamodb").scan(TableName=self.outputs["EventsTable"], Select="COUNT")["Count"]

    @property
    def archive_folder(self):
        """The files in which the emulator stores the objects of the archive bucket."""
        return self.aws.folder / "s3" / "000000000000" / self.outputs["ArchiveBucket"] / "events"

    def segments(self, org=None):
        objects = self.aws.client("s3").list_objects_v2(Bucket=self.outputs["ArchiveBucket"], Prefix="events/")
        keys = [each["Key"] for each in objects.get("Contents", [])]
        return [key for key in keys if org is None or f"/org_id={org}/" in key]
