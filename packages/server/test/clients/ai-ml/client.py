"""Drives the unmodified azure-ai-ml client (MLClient) against a server, with the environment of `lazurite exec`.

Every check raises on failure; all run, and the last line is `ok <number of checks>`. ONLY names those to run after the
workspace is there.
"""

import os
import sys
import traceback

import assets
import jobs
import workspaces


def main():
    only = os.environ.get("ONLY")
    workspaces.make_workspace()
    checks = {name: check for module in (workspaces, assets, jobs) for name, check in vars(module).items() if name.startswith("test_")}
    done, failed = 0, 0
    for name, check in checks.items():
        if only and name not in only.split(","):
            continue
        try:
            check()
            done += 1
        except Exception:
            failed += 1
            print(f"FAILED {name}", flush=True)
            traceback.print_exc()
    if failed:
        sys.exit(f"{failed} of {failed + done} checks failed")
    print(f"ok {done}")


main()
