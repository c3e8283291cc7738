"""What the API's fuzzer is told of the app under test: names and ids that exist, in the environment as JSON.

Without them nearly every generated path is that of a thing that there is not. The choice hangs on the generated
value alone, so that the same seed makes the same requests.
"""

import json
import os
import zlib

import schemathesis

KNOWN = json.loads(os.environ["TASKER_FUZZ_KNOWN"])


def known(name, value):
    """The generated value, or in two of three cases one that exists."""
    there = KNOWN.get(name)
    if not there or not isinstance(value, str):
        return value
    choice = zlib.crc32(value.encode("utf-8", "surrogatepass"))
    return value if choice % 3 == 0 else there[choice // 3 % len(there)]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    kind = context.operation.path.split("/")[1]
    if not path_parameters:
        return path_parameters
    return {name: known(f"{kind}.{name}", value) for name, value in path_parameters.items()}


@schemathesis.hook
def map_query(context, query):
    # Nobody has a minute for a run that sleeps.
    if isinstance(query, dict) and isinstance(query.get("wait"), (int, float)):
        query = {**query, "wait": min(query["wait"], 0.05)}
    return query


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict) and "taskName" in body:
        body = {**body, "taskName": known("tasks.name", body["taskName"])}
    return body
