"""Start the binary, wait until it is ready, talk to its admin API, stop it."""
import os
import signal
import subprocess
import tempfile
import time

import requests

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.abspath(os.environ.get('LOCALYUN_BIN') or os.path.join(ROOT, 'target', 'release', 'localyun'))
SPEC = os.environ.get('LOCALYUN_SPEC') or os.path.join(ROOT, '..', 'shared', 'spec')
ACCOUNT = '1234567890123456'
REGION = 'cn-hangzhou'


# How long anything may take, on a machine that is busy with something else too, before a test says that it hangs.
PATIENCE = 60


def wait_until(condition, seconds=PATIENCE, what='the condition'):
    """Poll, never longer than `seconds`."""
    give_up = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < give_up, f'{what} did not come true in {seconds} seconds'
        time.sleep(0.02)


def clean_environment(**more):
    """This process's environment without proxies and without anything that would configure the binary or an SDK."""
    prefixes = ('LOCALYUN_', 'ALIBABA_CLOUD_', 'OSS_')
    env = {k: v for k, v in os.environ.items() if not k.startswith(prefixes) and not k.lower().endswith('_proxy')}
    env.update(more)
    return env


def run(*args, seconds=PATIENCE, stdin=None, **env):
    """Run the binary once, to its end."""
    return subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=seconds, input=stdin,
                          env=clean_environment(**env))


class Server:
    @classmethod
    def start(cls, *flags, listen='127.0.0.1:0', **env):
        self = cls()
        self.folder = tempfile.TemporaryDirectory(prefix='localyun-tests-')
        url_file = os.path.join(self.folder.name, 'url')
        self.log_path, self.log_start = os.path.join(self.folder.name, 'log'), 0
        with open(self.log_path, 'wb') as log:
            self.process = subprocess.Popen(
                [BINARY, 'start', '--listen', listen, '--url-file', url_file, *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment(**env))

        def ready():
            assert self.process.poll() is None, f'the server ended at once:\n{self.log()}'
            return os.path.exists(url_file) and open(url_file).read().strip()

        try:
            self.url = wait_until(ready, what='readiness').rstrip('/')
        except BaseException:
            self.stop()
            raise
        self.address = self.url.split('//', 1)[1]
        self.host, port = self.address.rsplit(':', 1)
        self.port = int(port)
        self.http = requests.Session()
        self.http.trust_env = False
        return self

    def log(self):
        """What it has written since the last reset. Warnings and errors are there before what they are about is answered; other
        lines are written a few milliseconds late, so that a test waits for one, and for the one after what must not be there."""
        with open(self.log_path, 'rb') as log:
            log.seek(self.log_start)
            return log.read().decode(errors='replace')

    def stop(self, by=signal.SIGTERM):
        """Ask the server to end, and wait for it. Returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f'killed: it did not end within {PATIENCE} seconds'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # the admin API

    def admin(self, method, path, **kwargs):
        answer = self.http.request(method, f'{self.url}/_localyun/{path}', timeout=PATIENCE, **kwargs)
        assert answer.status_code in (200, 204), f'{method} {path}: {answer.status_code} {answer.text}'
        return answer.json() if answer.content and 'json' in answer.headers.get('content-type', '') else None

    def health(self):
        return self.admin('GET', 'health')

    def clock(self):
        return self.admin('GET', 'clock')

    def advance(self, seconds):
        self.admin('POST', 'clock', json={'advance_seconds': seconds})

    def reset(self):
        self.log_start = os.path.getsize(self.log_path)
        self.admin('POST', 'reset')
        clock = self.clock()
        if abs(clock['offset_seconds']) > 1:
            self.admin('POST', 'clock', json={'set': clock['wall']})
