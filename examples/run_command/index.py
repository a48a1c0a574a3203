"""Example 3: run a command and return what it prints, as bytes."""
import subprocess


def handler(event, context):
    return subprocess.check_output(['ls', '-l'])
