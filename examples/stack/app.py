"""The user guide's Example 2 as a program of its own: the handler as it is, with credentials that no code holds.

The vendor's chain of credentials finds them: in the metadata service of the machine, or behind a URL.
"""
import json
import sys
from types import SimpleNamespace

import oss2
from alibabacloud_credentials.client import Client

from index import handler

ORDER = {
    'endpoint': 'http://oss-cn-shenzhen-internal.aliyuncs.com',
    'bucket': 'stack-app',
    'objectName': 'oss-test-object',
    'message': 'oss-test-content',
}


def main():
    found = Client().get_credential()
    print(f'credentials of {found.provider_name or found.type}: {found.access_key_id}')
    context = SimpleNamespace(credentials=found)
    try:
        print(handler(json.dumps(ORDER), context))
    except oss2.exceptions.ServerError as refusal:
        print(f'{type(refusal).__name__}: HTTP {refusal.status} {refusal.code}: {refusal.message}', file=sys.stderr)
        detail = refusal.details.get('AccessDeniedDetail')
        print(f'request {refusal.request_id}, detail {detail}', file=sys.stderr)
        print(f'ask why: docker-compose exec localyun localyun explain {refusal.request_id}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
