"""Runs a command and says on the last line of standard error how many seconds it took and how many MB it held at most."""
import os
import resource
import subprocess
import sys
import time

began = time.monotonic()
status = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, check=False).returncode
seconds = time.monotonic() - began
megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"{seconds:.1f} {megabytes:.0f}", file=sys.stderr)
sys.exit(status)
