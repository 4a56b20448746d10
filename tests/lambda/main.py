"""Runs every check over the built functions; see `run`."""

import argparse
import os
import signal
import sys
import tempfile

import api_cases
import archive_cases
import build_cases
import checks
import machine_cases
import silent_cases
import size_cases
from dynamodb import DynamoDb
from functions import Functions, Gateway
from pair import Pair
from processes import Processes
from served import Served
from template import Template


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audit", required=True, help="the command `audit`")
    parser.add_argument("--built", required=True, help="the template that `sam build` wrote")
    arguments = parser.parse_args()
    # So that what was started is stopped, whoever ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    template = Template(os.path.abspath(arguments.built))
    with tempfile.TemporaryDirectory() as folder:
        processes = Processes(folder)
        functions = None
        try:
            stores = Served(processes, arguments.audit, "stores")
            reference = Served(processes, arguments.audit, "reference")
            build_cases.run(template)
            machine_cases.run(template)
            functions = Functions(processes, template, stores)
            pair = Pair(Gateway(functions), reference)
            build_cases.cold_starts(functions, pair.gateway)
            # The same orgs on both sides, so that their lists are the same too.
            reference.request("PUT", "/v1/orgs/cold", '{"name":"Cold","plan":"enterprise"}')
            api_cases.run(pair)
            archive_cases.run(pair, functions, template, DynamoDb(stores.dynamodb))
            size_cases.run(pair, functions)
            silent_cases.run(processes, template)
        finally:
            processes.stop_all()
            if functions:
                functions.emulator.close()
    print(f"{checks.passed} passed, {len(checks.failures)} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
