"""Example 1: parse a JSON event, which arrives as bytes, and return one of its values."""
import json


def handler(event, context):
    fields = json.loads(event)
    return fields['key']
