"""Methods of Google's client for Python with their parameters: see common.mjs."""

import base64
import json
import sys
import urllib.request
import warnings


import google_auth_httplib2
import httplib2
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaInMemoryUpload

warnings.filterwarnings("ignore")

VERSIONS = {
    "admin": "directory_v1", "calendar": "v3", "docs": "v1", "drive": "v3",
    "gmail": "v1", "people": "v1", "sheets": "v4", "tasks": "v1",
}
SCOPES = [
    "https://mail.google.com/",
    *("https://www.googleapis.com/auth/" + name for name in (
        "admin.directory.customer", "admin.directory.domain", "admin.directory.group", "admin.directory.orgunit",
        "admin.directory.user", "calendar", "contacts", "documents", "drive", "spreadsheets", "tasks",
        "gmail.settings.basic", "userinfo.profile",
    )),
]

base, calls_file, out_file = sys.argv[1:]


def control(method, path):
    request = urllib.request.Request(base + "/__sandbox/" + path, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def request_of(call, params):
    """The client's request of a call that is written as for Node."""
    api, *path = call.split(".")
    if api == "admin" and path[0] == "directory":
        path = path[1:]
    resource = services[api]
    for name in path[:-1]:
        resource = getattr(resource, name)()
    params = dict(params)
    name = path[-1]
    media = params.pop("media", None)
    if "requestBody" in params:
        params["body"] = params.pop("requestBody")
    if media is not None:
        content = media["body"].encode() if "body" in media else base64.b64decode(media["base64"])
        params["media_body"] = MediaInMemoryUpload(content, mimetype=media["mimeType"])
    if params.pop("alt", None) == "media":
        name += "_media"
    # A word of Python.
    name = {"import": "import_"}.get(name, name)
    return getattr(resource, name)(**params)


info = json.loads(control("GET", "service-account"))
credentials = service_account.Credentials.from_service_account_info(info, scopes=SCOPES, subject="admin@example.com")
discovery = base + "/discovery/v1/apis/{api}/{apiVersion}/rest"
services = {
    api: build(api, version, credentials=credentials, discoveryServiceUrl=discovery, static_discovery=False, cache_discovery=False)
    for api, version in VERSIONS.items()
}

results = []
for one in json.load(open(calls_file, encoding="utf-8")):
    control("POST", "reset")
    # A reset forgets the tokens that were given out.
    credentials.refresh(google_auth_httplib2.Request(httplib2.Http()))
    control("DELETE", "requests")
    try:
        value = request_of(one["call"], one.get("params", {})).execute()
        if isinstance(value, bytes) and value:
            value = {"base64": base64.b64encode(value).decode()}
        outcome = {"value": "" if value == b"" else value}
    except HttpError as error:
        outcome = {"error": {"status": error.status_code, "message": error.reason}}
    results.append({"requests": json.loads(control("GET", "requests")), **outcome})

with open(out_file, "w", encoding="utf-8") as out:
    json.dump(results, out)
