"""Amazon EMR Serverless on one machine: its API, its states, its events and its bill, around a real `spark-submit`.

It runs inside `ministack`, in that program's interpreter, which has the standard library and botocore. So it imports
nothing else from outside this folder, and its own rooms by relative imports: the tests import the same files as
`infra.local.emr_serverless`, the local cloud as `emr_serverless`.
"""

SERVICE = "emr-serverless"
"""The name of the service in botocore, in the scope of a signature, and in ministack's tables."""
