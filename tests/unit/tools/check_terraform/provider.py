"""A small provider with one resource and one data source, in the format of the real package."""

from tools.check_terraform.schema import Provider

_BUCKET = '''
class BucketArgs:
    def __init__(__self__, *,
                 location: pulumi.Input[str],
                 labels: pulumi.Input[Optional[Mapping[str, pulumi.Input[str]]]] = None,
                 lifecycle_rules: pulumi.Input[Optional[Sequence[pulumi.Input['BucketLifecycleRuleArgs']]]] = None,
                 name: pulumi.Input[Optional[str]] = None,
                 versioning: pulumi.Input[Optional['BucketVersioningArgs']] = None):
        """Arguments."""

class Bucket:
    def __init__(__self__, name): ...
    @property
    def self_link(self): ...
    @property
    def name(self): ...
'''
_INPUTS = '''
class BucketLifecycleRuleArgs:
    def __init__(__self__, *, condition: pulumi.Input['BucketLifecycleRuleConditionArgs']): ...

class BucketLifecycleRuleConditionArgs:
    def __init__(__self__, *, age: pulumi.Input[Optional[int]] = None): ...

class BucketVersioningArgs:
    def __init__(__self__, *, enabled: pulumi.Input[bool], state: pulumi.Input[Optional[str]] = None):
        """
        :param pulumi.Input[bool] enabled: Whether it is on.
        :param pulumi.Input[str] state: (Output)
               The state.
        """
'''
_PROJECT = """
class GetProjectResult:
    def __init__(__self__): ...
    @property
    def number(self): ...

def get_project(project_id=None, opts=None): ...
"""
_FILES = {
    "storage/bucket.py": _BUCKET,
    "storage/_inputs.py": _INPUTS,
    "organizations/get_project.py": _PROJECT,
}


def small_provider() -> Provider:
    return Provider(_FILES.get)
