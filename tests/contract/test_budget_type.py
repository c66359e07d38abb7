"""The template's budget is deployed to the local cloud as CloudFormation would make it."""

from typing import Any

from tests.contract.emr import Emr, eventually

TEMPLATE = """
Parameters:
  Amount: {Type: Number, Default: 10}
  Email: {Type: String, Default: someone@example.org}
Conditions:
  Tells: !Not [!Equals [!Ref Email, ""]]
Resources:
  Budget:
    Type: AWS::Budgets::Budget
    Properties:
      Budget:
        BudgetType: COST
        TimeUnit: MONTHLY
        BudgetLimit: {Amount: !Ref Amount, Unit: USD}
      NotificationsWithSubscribers: !If
        - Tells
        - - Notification:
              {NotificationType: ACTUAL, ComparisonOperator: GREATER_THAN, ThresholdType: PERCENTAGE, Threshold: 80}
            Subscribers: [{SubscriptionType: EMAIL, Address: !Ref Email}]
        - !Ref AWS::NoValue
Outputs:
  Name: {Value: !Ref Budget}
"""
ACCOUNT = "000000000000"


def stack(emr: Emr) -> dict[str, Any]:
    def look() -> Any:
        (found,) = emr.client("cloudformation").describe_stacks(StackName="budgets")["Stacks"]
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

    found: dict[str, Any] = eventually(look, "the stack")
    return found


def test_a_budget_is_made_changed_and_deleted_with_its_stack(emr: Emr) -> None:
    cloudformation, budgets = emr.client("cloudformation"), emr.client("budgets")
    cloudformation.create_stack(StackName="budgets", TemplateBody=TEMPLATE)
    made = stack(emr)
    assert made["StackStatus"] == "CREATE_COMPLETE", made.get("StackStatusReason")
    name = made["Outputs"][0]["OutputValue"]
    budget = budgets.describe_budget(AccountId=ACCOUNT, BudgetName=name)["Budget"]
    assert float(budget["BudgetLimit"]["Amount"]) == 10
    asked = {"AccountId": ACCOUNT, "BudgetName": name}
    (told,) = budgets.describe_notifications_for_budget(**asked)["Notifications"]
    assert (told["Threshold"], told["ThresholdType"]) == (80, "PERCENTAGE")

    changed = [
        {"ParameterKey": "Amount", "ParameterValue": "25"},
        {"ParameterKey": "Email", "ParameterValue": ""},
    ]
    cloudformation.update_stack(StackName="budgets", TemplateBody=TEMPLATE, Parameters=changed)
    assert stack(emr)["StackStatus"] == "UPDATE_COMPLETE"
    assert float(budgets.describe_budget(**asked)["Budget"]["BudgetLimit"]["Amount"]) == 25
    assert budgets.describe_notifications_for_budget(**asked).get("Notifications", []) == []

    cloudformation.delete_stack(StackName="budgets")

    def gone() -> bool:
        return not budgets.describe_budgets(AccountId=ACCOUNT).get("Budgets")

    eventually(gone, "the budget to go with its stack")
