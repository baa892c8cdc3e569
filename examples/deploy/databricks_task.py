"""What `in_databricks.py` runs on Databricks: the binary, copied to where files may be executed."""

import shutil
import subprocess
import sys

binary = shutil.copy("/dbfs/FileStore/baselinr/baselinr-pipes", "/tmp/baselinr-pipes")
subprocess.run(["chmod", "+x", binary], check=True)
# On a cluster that exists already Dagster passes its parameters as arguments.
subprocess.run([binary, "profile", *sys.argv[1:]], check=True)
