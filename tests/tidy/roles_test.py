#!/usr/bin/env python3
"""Does the table of verbs (core/auth/verbs.cpp) have each route of core/api/openapi.yaml and each rpc of proto/api.proto, and nothing else?

And does each rpc's body ask it under its own name?
"""
import re
import sys

import openapi_test
import verbs

ROOT = verbs.ROOT


def rpcs():
    text = (ROOT / "proto/api.proto").read_text()
    service = text[text.index("service Millrace {"):text.index("\n}", text.index("service Millrace {"))]
    return re.findall(r"^  rpc (\w+)\(", service, re.M)


def asked():
    """rpc -> the name that its body gives to as() or people()."""
    source = (ROOT / "core/api/client_service.cpp").read_text()
    return dict(re.findall(r"grpc::Status (\w+)\(Context\* context, const v1::[^{]*?\) override \{\n    return (?:as|people)\(context, \"(\w+)\"", source))


def main():
    table = verbs.read()
    wrong = []
    routes = {(verb.method.lower(), verb.path) for verb in table if verb.path}
    shown = openapi_test.documented()
    wrong += [f"{method} {path} is in core/api/openapi.yaml, and says nowhere who may" for method, path in sorted(shown - routes)]
    wrong += [f"{method} {path} is in core/auth/verbs.cpp, and not in core/api/openapi.yaml" for method, path in sorted(routes - shown)]
    named, served = {verb.rpc for verb in table if verb.rpc}, set(rpcs())
    wrong += [f"rpc {rpc} says nowhere who may" for rpc in sorted(served - named)]
    wrong += [f"rpc {rpc} is in core/auth/verbs.cpp, and not in proto/api.proto" for rpc in sorted(named - served)]
    asks = asked()
    wrong += [f"rpc {rpc} asks under the name {asks.get(rpc)}" for rpc in sorted(served) if asks.get(rpc) != rpc]
    if len(table) < 50 or len(served) < 45:
        wrong.append(f"only {len(table)} verbs and {len(served)} rpcs were found: their shape changed, and this test must learn it")
    print("\n".join(wrong) if wrong else f"{len(routes)} routes and {len(served)} rpcs, each with a role")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
