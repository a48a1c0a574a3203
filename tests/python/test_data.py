"""A server with a data folder: what a restart keeps, which folders it refuses, and named snapshots of one without."""
import os
import signal

import oss2
import pytest

import clients
from clients import allow
from localyun import Server, run

LARGE = os.urandom(300_000)


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / 'data')


def whole(bucket, key):
    return bucket.get_object(key).read()


@pytest.mark.parametrize('by', [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_keeps_everything(folder, by):
    with Server.start('--data', folder, '--bucket', 'demo') as server:
        assert server.health()['storage'] == 'disk'
        assert server.health()['data'] == os.path.realpath(folder)
        assert f'in {os.path.realpath(folder)}, kept' in server.log()
        bucket = clients.bucket(server, 'demo')
        for key, body in [('small', b'small'), ('large', LARGE), ('empty', b''), ('gone', LARGE)]:
            bucket.put_object(key, body, headers={'x-oss-meta-colour': 'blue'})
        etag = bucket.head_object('large').etag
        bucket.delete_object('gone')
        bucket.put_bucket_acl('public-read')
        ram = clients.Ram(server)
        key = ram.user('anna', allow('oss:Get*'))
        arn = ram.role('reader', allow('oss:GetObject'))
        session = clients.assume_acs3(server, arn)
        ram('DeleteAccessKey', user_name='localyun', user_access_key_id='localyun')
        ended = server.stop(by)
        assert ended == (0 if by == signal.SIGTERM else -signal.SIGKILL)

    with Server.start('--data', folder, '--bucket', 'demo', '--key', 'second:secret') as server:
        anna = clients.bucket(server, 'demo', key=key)
        assert whole(anna, 'small') == b'small' and whole(anna, 'large') == LARGE and whole(anna, 'empty') == b''
        head = anna.head_object('large')
        assert head.etag == etag and head.headers['x-oss-meta-colour'] == 'blue'
        with clients.refused(404, 'NoSuchKey'):
            anna.get_object('gone')
        # a role, a session that was issued before, and its role's permissions
        token = clients.bucket(server, 'demo', key=session)
        assert whole(token, 'large') == LARGE
        with clients.refused(403, 'AccessDenied'):
            token.put_object('small', b'x')
        # what somebody changed is not made anew
        with clients.refused(403, 'InvalidAccessKeyId'):
            clients.bucket(server, 'demo').list_objects()
        admin = clients.bucket(server, 'demo', key=('second', 'secret'))
        assert admin.get_bucket_acl().acl == 'public-read'
        assert sorted(o.key for o in admin.list_objects().object_list) == ['empty', 'large', 'small']


def test_a_reset_empties_the_folder_too(folder):
    with Server.start('--data', folder, '--bucket', 'demo') as server:
        clients.bucket(server, 'demo').put_object('large', LARGE)
        arn = clients.Ram(server).role('reader', allow('oss:GetObject'))
        session = clients.assume_acs3(server, arn)
        server.reset()
        bucket = clients.bucket(server, 'demo')
        assert bucket.list_objects().object_list == []
        bucket.put_object('after', b'after')
        server.stop(signal.SIGKILL)
    with Server.start('--data', folder) as server:
        bucket = clients.bucket(server, 'demo')
        assert [o.key for o in bucket.list_objects().object_list] == ['after']
        with pytest.raises(oss2.exceptions.OssError) as refused:
            clients.bucket(server, 'demo', key=session).get_object('after')
        assert refused.value.status == 403


def test_a_folder_in_use_is_refused(folder):
    with Server.start('--data', folder) as server:
        done = run('start', '--listen', '127.0.0.1:0', '--data', folder, seconds=20)
        assert done.returncode == 1 and 'in use by another process' in done.stderr and folder in done.stderr
        assert server.health()['status'] == 'ok'


@pytest.mark.parametrize('text, says', [('localyun store 2\n', ['format 2', 'format 1', 'newer version']), ('x', ['FORMAT', 'damaged'])])
def test_a_folder_of_another_format_is_refused_and_left_alone(folder, text, says):
    with Server.start('--data', folder, '--bucket', 'demo'):
        pass
    path = os.path.join(folder, 'FORMAT')
    mine = open(path).read()
    with open(path, 'w') as file:
        file.write(text)
    done = run('start', '--listen', '127.0.0.1:0', '--data', folder, seconds=20)
    assert done.returncode == 1 and 'panicked' not in done.stderr
    for words in says:
        assert words in done.stderr, done.stderr
    with open(path, 'w') as file:
        file.write(mine)
    with Server.start('--data', folder) as server:
        clients.bucket(server, 'demo').list_objects()


def test_a_folder_of_something_else_is_refused(folder):
    os.mkdir(folder)
    with open(os.path.join(folder, 'thesis.txt'), 'w'):
        pass
    done = run('start', '--listen', '127.0.0.1:0', '--data', folder, seconds=20)
    assert done.returncode == 1 and 'thesis.txt' in done.stderr
    assert os.listdir(folder) == ['thesis.txt']
    done = run('start', '--listen', '127.0.0.1:0', '--data', os.path.join(folder, 'thesis.txt'), seconds=20)
    assert done.returncode == 1 and 'thesis.txt' in done.stderr


# ------------------------------------------------------------------ objects that are read again and again

# More than enough to have an object kept for the next read.
OFTEN = 40


@pytest.mark.parametrize('disk', [False, True])
def test_what_is_read_often_follows_every_change(folder, disk):
    with Server.start(*(['--data', folder] if disk else []), '--bucket', 'demo') as server:
        bucket = clients.bucket(server, 'demo')
        nobody = oss2.Bucket(oss2.AnonymousAuth(), server.url, 'demo')
        bucket.put_object('k', b'first')
        for round in range(10):
            for acl, allowed in [('public-read', True), ('private', False)]:
                bucket.put_object_acl('k', acl)
                for _ in range(OFTEN):
                    if allowed:
                        whole(nobody, 'k')
                    else:
                        with pytest.raises(oss2.exceptions.AccessDenied):
                            nobody.get_object('k')
                    whole(bucket, 'k')
            body = b'body %d' % round
            bucket.put_object('k', body)
            assert [whole(bucket, 'k') for _ in range(OFTEN)] == [body] * OFTEN
            bucket.delete_object('k')
            with pytest.raises(oss2.exceptions.NoSuchKey):
                bucket.get_object('k')
            bucket.put_object('k', b'again')
            assert whole(bucket, 'k') == b'again'
        server.reset()  # which makes the bucket of the command line again
        with pytest.raises(oss2.exceptions.NoSuchKey):
            bucket.get_object('k')


def test_what_is_read_often_comes_back_with_a_snapshot(server, bucket):
    bucket.put_object('k', b'before')
    assert [whole(bucket, 'k') for _ in range(OFTEN)] == [b'before'] * OFTEN
    assert snapshot(server, 'save', 'often').returncode == 0
    bucket.put_object('k', b'after')
    assert [whole(bucket, 'k') for _ in range(OFTEN)] == [b'after'] * OFTEN
    assert snapshot(server, 'restore', 'often').returncode == 0
    assert [whole(bucket, 'k') for _ in range(OFTEN)] == [b'before'] * OFTEN
    assert snapshot(server, 'delete', 'often').returncode == 0


# ------------------------------------------------------------------ named snapshots

def snapshot(server, *args):
    return run('snapshot', '--endpoint', server.url, *args)


def test_a_snapshot_comes_back(server, ram, bucket):
    bucket.put_object('a', LARGE)
    key = ram.user('anna', allow('oss:GetObject'))
    assert '"saved"' in snapshot(server, 'save', 'before').stdout
    bucket.delete_object('a')
    bucket.put_object('b', b'b')
    ram('DeleteAccessKey', user_name='anna', user_access_key_id=key[0])
    server.reset()

    assert snapshot(server, 'restore', 'before').returncode == 0
    assert [o.key for o in bucket.list_objects().object_list] == ['a']
    assert whole(clients.bucket(server, 'demo', key=key), 'a') == LARGE
    assert snapshot(server, 'list').stdout.split() == ['{', '"snapshots":', '[', '"before"', ']', '}']
    assert snapshot(server, 'delete', 'before').returncode == 0
    again = snapshot(server, 'restore', 'before')
    assert again.returncode == 1 and 'there is no snapshot `before`' in again.stderr
    assert whole(bucket, 'a') == LARGE


@pytest.mark.parametrize('name', ['', 'a b', 'a/b', 'ä', 'x' * 65])
def test_a_snapshot_wants_a_proper_name(server, name):
    done = snapshot(server, 'save', name)
    assert done.returncode == 1 and done.stderr.strip() and 'panicked' not in done.stderr


def test_a_server_with_a_data_folder_says_that_it_has_no_snapshots(folder):
    with Server.start('--data', folder) as server:
        for args in [('save', 'a'), ('restore', 'a'), ('delete', 'a'), ('list',)]:
            done = snapshot(server, *args)
            assert done.returncode == 1 and 'on disk' in done.stderr, done.stderr
