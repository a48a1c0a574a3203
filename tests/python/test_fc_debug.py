"""A handler under a debugger: a client of the Debug Adapter Protocol, as editors are."""
import json
import os
import socket
import subprocess
import sys

import pytest

from localyun import BINARY, clean_environment, run, wait_until

HANDLER = '''
import sys

LOADED = True


def handler(event, context):
    word = event.decode()
    answer = word * 2
    return answer
'''


class Editor:
    """Speaks DAP: `Content-Length`, an empty line, JSON."""

    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), 20)
        self.socket.settimeout(60)
        self.reader = self.socket.makefile('rb')
        self.number, self.events, self.answers = 0, [], {}

    def send(self, command, **arguments):
        self.number += 1
        body = json.dumps({'seq': self.number, 'type': 'request', 'command': command, 'arguments': arguments}).encode()
        self.socket.sendall(b'Content-Length: %d\r\n\r\n%s' % (len(body), body))
        return self.number

    def read(self):
        length = 0
        while True:
            line = self.reader.readline().strip()
            if not line:
                break
            if line.lower().startswith(b'content-length:'):
                length = int(line.split(b':')[1])
        message = json.loads(self.reader.read(length))
        if message['type'] == 'response':
            self.answers[message['request_seq']] = message
        elif message['type'] == 'event':
            self.events.append(message)

    def answer(self, number):
        while number not in self.answers:
            self.read()
        answer = self.answers[number]
        assert answer['success'], answer
        return answer.get('body', {})

    def ask(self, command, **arguments):
        return self.answer(self.send(command, **arguments))

    def event(self, name):
        while not any(event['event'] == name for event in self.events):
            self.read()
        found = next(event for event in self.events if event['event'] == name)
        self.events.remove(found)
        return found.get('body', {})

    def attach(self, configuration, file, line):
        self.ask('initialize', adapterID='tests', pathFormat='path', linesStartAt1=True)
        attached = self.send('attach', **configuration)
        self.event('initialized')
        made = self.ask('setBreakpoints', source={'path': file}, breakpoints=[{'line': line}])
        assert made['breakpoints'][0]['line'] == line
        self.ask('configurationDone')
        self.answer(attached)


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def configuration(process, log):
    """The one that the command prints for Visual Studio Code."""
    def printed():
        assert process.poll() is None, open(log).read()
        _, found, rest = open(log).read().partition('launch.json:\n')
        try:
            return json.loads(rest) if found else None
        except ValueError:
            return None
    return wait_until(printed, seconds=60, what='the configuration')


@pytest.fixture
def code(tmp_path):
    folder = tmp_path / 'code'
    folder.mkdir()
    (folder / 'index.py').write_text(HANDLER)
    return folder


@pytest.mark.parametrize('level', ['auto', 'strict'])
def test_a_breakpoint_in_a_handler(code, tmp_path, level):
    port, log = free_port(), tmp_path / 'log'
    with open(log, 'wb') as errors:
        process = subprocess.Popen(
            [BINARY, 'invoke', str(code), '--event', 'abc', f'--debug={port}', '--timeout', '1', '--sandbox', level],
            stdout=subprocess.PIPE, stderr=errors, env=clean_environment(LOCALYUN_PYTHON=sys.executable))
    try:
        wanted = configuration(process, log)
        assert wanted['connect'] == {'host': '127.0.0.1', 'port': port}
        assert wanted['pathMappings'] == [{'localRoot': str(code), 'remoteRoot': '/code'}]
        editor = Editor(port)
        line = HANDLER.splitlines().index('    return answer') + 1
        editor.attach(wanted, str(code / 'index.py'), line)
        thread = editor.event('stopped')['threadId']
        frame = editor.ask('stackTrace', threadId=thread)['stackFrames'][0]
        assert (frame['line'], frame['source']['path']) == (line, str(code / 'index.py'))
        # Longer than the function may take: what is debugged has no time limit.
        stopped = seconds_of(process)
        wait_until(lambda: seconds_of(process) > stopped + 2, what='more than the timeout')
        changed = editor.ask('evaluate', expression='answer', frameId=frame['id'], context='watch')
        assert changed['result'] == "'abcabc'"
        # The process may be gone before it has answered.
        editor.send('continue', threadId=thread)
        out, _ = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, b'abcabc\n'), open(log).read()
    finally:
        process.kill()
        process.wait()


def seconds_of(process):
    """How long it has run."""
    with open(f'/proc/{process.pid}/stat') as stat, open('/proc/uptime') as uptime:
        began = int(stat.read().rpartition(')')[2].split()[19]) / os.sysconf('SC_CLK_TCK')
        return float(uptime.read().split()[0]) - began


def test_without_debugpy_it_says_how_to_install_it(code):
    done = run('invoke', str(code), '--debug', '--python', '/usr/bin/python3')
    assert done.returncode == 1 and '/usr/bin/python3' in done.stderr
    assert '-m pip install debugpy` installs it' in done.stderr


def test_without_namespaces_it_says_what_is_missing(code):
    done = run('invoke', str(code), '--debug', '--sandbox', 'none', LOCALYUN_PYTHON=sys.executable)
    assert done.returncode == 1 and 'at /code, and there are no namespaces' in done.stderr
