"""The packages that the cloud's runtimes have built in, installed from wheels that stand for them: no index is asked."""
import glob
import os
import re
import signal
import subprocess
import sys
import zipfile

import pytest

from functions import Fc3
from localyun import BINARY, Server, clean_environment, run, wait_until

HANDLER = '''
import oss2, requests
def handler(event, context):
    return [oss2.WHOSE, oss2.__version__, requests.WHOSE]
'''


def wheel(folder, name, version):
    """A module of this name, which says that it is the installed one."""
    module = re.sub('[^a-z0-9]+', '_', name.lower())
    info = f'{module}-{version}.dist-info'
    with zipfile.ZipFile(os.path.join(folder, f'{module}-{version}-py3-none-any.whl'), 'w') as archive:
        archive.writestr(f'{module}.py', f"WHOSE = 'installed'\n__version__ = '{version}'\n")
        archive.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n')
        archive.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
        archive.writestr(f'{info}/RECORD', '')


@pytest.fixture(scope='module')
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp('wheels')
    for line in run('runtimes', 'list', 'python3.10').stdout.splitlines():
        name, _, version = line.partition('==')
        wheel(folder, name, version or '1.0')
    return str(folder)


@pytest.fixture(scope='module')
def cache(wheels, tmp_path_factory):
    """Where the packages of python3.10 are installed."""
    cache = str(tmp_path_factory.mktemp('cache'))
    done = run('runtimes', 'install', 'python3.10', '--cache', cache, seconds=300, **offline(wheels))
    assert done.returncode == 0, done.stderr
    assert os.access(done.stdout.strip(), os.X_OK)
    return cache


def offline(wheels=None):
    """Variables that keep pip from any index; without wheels there is nothing to install."""
    return {'PIP_NO_INDEX': '1', 'PIP_FIND_LINKS': wheels or '/nonexistent', 'PIP_CONFIG_FILE': os.devnull,
            'LOCALYUN_PYTHON': sys.executable}


def left(cache):
    return [name for name in os.listdir(cache) if not name.endswith('.lock')]


def test_a_list_says_what_the_cloud_has():
    lines = run('runtimes', 'list', 'python3.12').stdout.splitlines()
    assert 'oss2==2.18.6' in lines and 'requests==2.32.3' in lines
    assert run('runtimes', 'list', 'nodejs20').returncode == 2


def test_a_list_says_what_is_installed(cache):
    done = run('runtimes', 'list', '--cache', cache, **offline())
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert list(lines) == ['python3', 'python3.9', 'python3.10', 'python3.12']
    assert 'packages installed' in lines['python3.10'] and 'no packages' in lines['python3.12']
    assert sys.executable.split('/')[-1].startswith('python') and 'Python 3.' in lines['python3.9']


def test_what_is_installed_is_used_offline(cache, tmp_path):
    (tmp_path / 'index.py').write_text(HANDLER)
    done = run('invoke', str(tmp_path), '--cache', cache, **offline())
    assert done.returncode == 0, done.stderr
    installed, version, requests = __import__('json').loads(done.stdout)
    assert (installed, requests) == ('installed', 'installed') and version.startswith('2.16.0')


def test_functions_of_a_server_have_it_too_and_their_own_copies_come_first(cache):
    with Server.start('--cache', cache, **offline()) as server:
        fc = Fc3(server)
        fc.create('plain', HANDLER)
        assert b'"installed"' in fc.invoke('plain')[1]
        fc.create('own', {'index.py': HANDLER, 'oss2.py': "WHOSE = 'mine'\n__version__ = '0'\n"})
        answer = __import__('json').loads(fc.invoke('own')[1])
        assert answer == ['mine', '0', 'installed']


def test_a_second_installation_has_nothing_to_do(cache):
    done = run('runtimes', 'install', 'python3.10', '--cache', cache, **offline())
    assert done.returncode == 0 and 'preparing' not in done.stderr


def test_without_an_index_it_says_so_and_leaves_nothing(tmp_path):
    done = run('runtimes', 'install', 'python3.10', '--cache', str(tmp_path), seconds=300, **offline())
    assert done.returncode == 1
    assert 'cannot prepare the packages of python3.10, installing with pip failed' in done.stderr
    assert 'with a package index in reach' in done.stderr
    assert left(tmp_path) == []


def test_an_interruption_leaves_nothing(tmp_path, wheels):
    process = subprocess.Popen([BINARY, 'runtimes', 'install', 'python3.10', '--cache', str(tmp_path)],
                               env=clean_environment(**offline(wheels)), stderr=subprocess.PIPE)
    wait_until(lambda: glob.glob(f'{tmp_path}/.unfinished-*/venv'), what='the beginning')
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 1
    assert b'nothing half-made is left' in process.stderr.read()
    assert left(tmp_path) == []


def test_no_interpreter_is_said(tmp_path):
    done = run('runtimes', 'install', 'python3.10', '--cache', str(tmp_path), PATH=str(tmp_path))
    assert done.returncode == 1 and 'install Python 3.10, or name an interpreter' in done.stderr
    done = run('runtimes', 'install', 'python3.10', '--python', 'python3.10=/bin/false', '--cache', str(tmp_path))
    assert done.returncode == 1 and '`/bin/false` cannot run Python functions' in done.stderr


def test_a_runtime_has_the_interpreter_that_was_named_for_it(tmp_path):
    (tmp_path / 'index.py').write_text('import sys\ndef handler(event, context):\n    return sys.executable\n')
    done = run('invoke', str(tmp_path), '--python', '/bin/false', '--python', f'python3.10={sys.executable}')
    assert done.returncode == 0 and done.stdout.strip() == sys.executable
    done = run('invoke', str(tmp_path), '--python', '/bin/false', '--python', f'python3.9={sys.executable}')
    assert done.returncode == 1 and '/bin/false' in done.stderr
    done = run('invoke', str(tmp_path), '--python', f'python3.11={sys.executable}')
    assert done.returncode == 2 and 'no runtime of Python that the cloud has' in done.stderr
