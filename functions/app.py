"""The entry point of the Lambda house: Chalice's app, and each handler with the wiring of this process.

`template.yaml` names the handlers and what triggers them. They are plain Lambda functions to Chalice, because its own
event decorators can describe neither partial batch responses nor event rules.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from chalice.app import Chalice

from chalicelib import handlers
from chalicelib.wiring import wiring

app = Chalice(app_name=handlers.SERVICE)


@app.lambda_function(name="collect")
def collect(event: dict[str, Any], context: LambdaContext) -> Any:
    """Register uploads."""
    return handlers.collect(event, context, services=wiring())


@app.lambda_function(name="submit")
def submit(event: Any, context: LambdaContext) -> Any:
    """Make batches and start their runs."""
    return handlers.submit(event, context, services=wiring())


@app.lambda_function(name="on_run_event")
def on_run_event(event: dict[str, Any], context: LambdaContext) -> Any:
    """Record the end of a job run."""
    return handlers.on_run_event(event, context, services=wiring())


@app.lambda_function(name="refit")
def refit(event: Any, context: LambdaContext) -> Any:
    """Start a refit, if one is due."""
    return handlers.refit(event, context, services=wiring())


@app.lambda_function(name="maintain")
def maintain(event: Any, context: LambdaContext) -> Any:
    """Start the maintenance of the tables, if it is due."""
    return handlers.maintain(event, context, services=wiring())
