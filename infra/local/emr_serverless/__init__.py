"""Amazon EMR Serverless on one machine: its API, its states, its events and its bill, around a real `spark-submit`.

It runs inside `ministack`, in that program's interpreter, and needs nothing but what is there: the standard library and
botocore. So it imports nothing from outside this folder, and its own rooms by relative imports: the same files serve as
`infra.local.emr_serverless` to the tests and as `emr_serverless` to the local cloud.
"""

SERVICE = "emr-serverless"
"""Its name: to botocore, in a signature's scope, in ministack's tables."""
