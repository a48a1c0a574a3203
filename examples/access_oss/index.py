"""Example 2: put an object into OSS with the temporary keys of the function's role."""
import json

import oss2


def handler(event, context):
    order = json.loads(event)
    keys = context.credentials
    # Temporary keys are only good together with their token, hence StsAuth.
    auth = oss2.StsAuth(keys.access_key_id, keys.access_key_secret, keys.security_token)
    bucket = oss2.Bucket(auth, order['endpoint'], order['bucket'])
    bucket.put_object(order['objectName'], order['message'])
    return 'success'
